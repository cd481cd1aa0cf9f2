// Runs in the chat's frame before its WebAssembly is there: takes the port from the loader, and
// only from a page of the site that carries this frame.
import init, { attach, book, later, start } from "./widget.js";

const data = (id) => JSON.parse(document.getElementById(id).textContent);
const site = data("site");
// The largest file, and one byte more, by which the chat knows a larger one.
const MOST = 10 * 1024 * 1024 + 1;

// None where the browser does not know it, or names one that it does not know itself.
try {
  site.zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  Intl.DateTimeFormat("en", { timeZone: site.zone });
} catch {
  site.zone = "";
}
site.touch = matchMedia("(pointer: coarse)");
// Booking cards are drawn by a script of their own, which comes with the first one; without it a card
// is its link.
let script;
// One promise: what is drawn first comes first.
const card = () => (script ||= import(__CARD__));
site.drawCard = (place, known) =>
  card().then(
    ({ draw }) => draw(place, known, site, { book, later }),
    () => {
      script = undefined;
      place.innerHTML = "<a target=_blank></a>";
      place.firstChild.href = `/m/${known[3]}`;
      place.firstChild.textContent = site.card.meet.replace("{agent}", () => known[1]);
    },
  );
site.refuseCard = (...what) => card().then(({ refuse }) => refuse(...what));

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
  // Words that are dragged into a field stand there. Elsewhere the browser would leave the page.
  const isOurs = ({ target, dataTransfer: { types } }) => types.includes("Files") || !target.closest?.("textarea,input");
  addEventListener("dragover", (event) => isOurs(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  addEventListener("paste", ({ clipboardData }) => {
    // Words are pasted as words, also where a picture of them lies beside.
    if (!clipboardData.getData("text")) take(clipboardData.files);
  });
});
