//! Pages beside the chats stay true: they are read again when something that they show may be no
//! longer so.

use std::{pin::Pin, time::Duration};

use leptos::prelude::*;

use crate::{browser, components::effect, live::Inbox};

/// How long what was read holds at least before it is read again.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads what a page shows, and again whenever something is no longer so, or a signal that `read`
/// looks at at once changes; at most once a second.
pub fn follow(inbox: Inbox, read: impl Fn() -> Pin<Box<dyn Future<Output = ()>>> + 'static) {
    // The server shows a page once, and drops what belongs to it on any thread.
    if cfg!(feature = "ssr") {
        return;
    }
    let read = StoredValue::new_local(read);
    let busy = StoredValue::new(false);
    // Something changed while the page was being read.
    let again = StoredValue::new(false);
    effect(move || {
        inbox.follow_page();
        let first = read.with_value(|read| read());
        if busy.get_value() {
            again.set_value(true);
            return;
        }
        busy.set_value(true);
        browser::spawn(async move {
            first.await;
            loop {
                pause().await;
                // The page may be gone by now.
                if again.try_get_value() != Some(true) {
                    break;
                }
                again.try_update_value(|again| *again = false);
                if let Some(read) = read.try_with_value(|read| read()) {
                    read.await;
                }
            }
            busy.try_update_value(|busy| *busy = false);
        });
    });
}

async fn pause() {
    let mut wait = |done: js_sys::Function, _| {
        let done = move || drop(done.call0(&wasm_bindgen::JsValue::UNDEFINED));
        let _ = set_timeout(done, PAUSE);
    };
    let _ = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::new(&mut wait)).await;
}
