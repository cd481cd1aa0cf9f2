// Runs in the chat's frame before its WebAssembly is there: takes the port from the loader, and
// only from a page of the site that carries this frame.
import init, { start } from "./widget.js";

const data = (id) => JSON.parse(document.getElementById(id).textContent);
const site = data("site");

const arrived = new Promise((resolve) => {
  addEventListener("message", (event) => {
    if (event.source === parent && site.origins.includes(event.origin) && event.ports[0]) {
      resolve([event.ports[0], event.data]);
    }
  });
});

Promise.all([arrived, init({ module_or_path: __WASM__ })]).then(([[port, kept]]) => {
  start(port, kept, site, data("texts"));
});
