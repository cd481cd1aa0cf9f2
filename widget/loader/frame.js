// Runs in the chat's frame before its WebAssembly is there: takes the port from the loader, and
// only from a page of the site that carries this frame.
import init, { attach, start } from "./widget.js";

const data = (id) => JSON.parse(document.getElementById(id).textContent);
const site = data("site");
// The largest file, and one byte more, by which the chat knows a larger one.
const MOST = 10 * 1024 * 1024 + 1;

site.zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
// Some browsers' own zone is not in their list.
site.zones = [...new Set([site.zone, ...Intl.supportedValuesOf("timeZone")])]
  .sort()
  .map((zone) => `<option value="${zone}">${zone.replaceAll("_", " ")}</option>`)
  .join("");
// Words instants in a zone: the day, the same on two short lines, the time. The day stands before
// the month, as everywhere in Casella.
site.wordsIn = (timeZone) => {
  const tag = site.language == "en" ? "en-GB" : site.language;
  const word = (options) => new Intl.DateTimeFormat(tag, { ...options, timeZone }).format;
  const day = word({ weekday: "long", day: "numeric", month: "long" });
  const short = word({ weekday: "short", day: "numeric", month: "short" });
  const time = word({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (at) => [day(at).replace(",", ""), short(at).replace(/,? /, "\n"), time(at)];
};

const arrived = new Promise((resolve) => {
  addEventListener("message", (event) => {
    // Casella's own pages show a preview.
    const known = event.origin == location.origin || site.origins.includes(event.origin);
    if (event.source === parent && known && event.ports[0]) {
      resolve([event.ports[0], event.data]);
    }
  });
});

Promise.all([arrived, init({ module_or_path: __WASM__ })]).then(([[port, kept]]) => {
  start(port, kept, site, data("texts"));

  // Files that the visitor chooses, drops or pastes.
  const take = async (files) => {
    for (const file of [...files]) {
      const bytes = await file.slice(0, MOST).arrayBuffer().catch(() => 0);
      attach(file.name, new Uint8Array(bytes));
    }
  };
  addEventListener("change", ({ target }) => {
    if (target.files) {
      take(target.files);
      target.value = "";
    }
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  addEventListener("paste", ({ clipboardData }) => {
    // Words are pasted as words, also where a picture of them lies beside.
    if (!clipboardData.getData("text")) take(clipboardData.files);
  });
});
