//! The visitor's chat in its frame.
//!
//! `domain::chat` knows the states; here they are drawn, connected and kept. Everything that
//! happens is a [`Msg`](message::Msg), taken by the [`App`](app::App) in turn.

mod app;
mod bytes;
mod clock;
mod connection;
mod dom;
mod loader;
mod message;
mod site;
mod transcript;
mod upload;
mod view;
mod words;

use std::cell::RefCell;

use domain::{CardId, meeting::Slot};
use js_sys::Array;
use uuid::Uuid;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::MessagePort;

use app::App;
use message::Msg;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

thread_local! {
    static APP: RefCell<Option<App>> = const { RefCell::new(None) };
    /// What has happened while something else was being taken in.
    static QUEUE: RefCell<Vec<Msg>> = const { RefCell::new(Vec::new()) };
}

/// Starts the chat: with the port to the loader and what that keeps, the site's data and the
/// texts of the page.
#[wasm_bindgen]
pub fn start(port: MessagePort, kept: &Array, site: &JsValue, texts: &Array) {
    let app = App::new(port, kept, site, texts);
    APP.with(|slot| *slot.borrow_mut() = app);
    APP.with(|slot| {
        if let Some(app) = slot.borrow_mut().as_mut() {
            app.begin();
        }
    });
}

/// Takes in a file that the visitor chose, dropped or pasted.
#[wasm_bindgen]
pub fn attach(name: String, bytes: Vec<u8>) {
    dispatch(Msg::Attach { name, bytes });
}

/// Books a slot, in milliseconds since 1970, by the card of this id.
#[wasm_bindgen]
pub fn book(card: &str, slot: f64, email: String, zone: String) {
    if let Some(card) = card_of(card) {
        dispatch(Msg::Book {
            card,
            slot: Slot(words::instant(slot)),
            email,
            zone,
        });
    }
}

/// Asks for slots of a card after those that are known.
#[wasm_bindgen]
pub fn later(card: &str) {
    if let Some(card) = card_of(card) {
        dispatch(Msg::LaterSlots(card));
    }
}

/// The id of a card in hexadecimal digits.
fn card_of(digits: &str) -> Option<CardId> {
    let bytes = bytes::from_hex(digits)?.try_into().ok()?;
    Some(CardId(Uuid::from_bytes(bytes)))
}

/// Takes in what happened, now or as soon as what is being taken in is done.
fn dispatch(msg: Msg) {
    QUEUE.with(|queue| queue.borrow_mut().push(msg));
    APP.with(|slot| {
        let Ok(mut slot) = slot.try_borrow_mut() else {
            return;
        };
        let Some(app) = slot.as_mut() else { return };
        loop {
            let waiting = QUEUE.with(RefCell::take);
            if waiting.is_empty() {
                break;
            }
            for msg in waiting {
                app.update(msg);
            }
            app.settle();
        }
    });
}
