//! The inbox in the browser with the pages that few open: settings and agents. A program of its
//! own, so that the inbox need not load what it does not show.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server has rendered.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
