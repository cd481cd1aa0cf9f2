use std::cell::Cell;

use domain::{
    ConversationId,
    texts::keys::{InboxText, SharedText},
};
use leptos::{
    ev::{self, KeyboardEvent},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{
    composer::{NOTE, REPLY},
    visitor_panel::EDIT,
};
use crate::{
    browser,
    components::{Button, Dialog},
    live::{self, Inbox},
    place::Place,
};

/// The search of the list.
const SEARCH: &str = ".conversations input[type=search]";

thread_local! {
    /// The conversation that a key led to.
    static LED_TO: Cell<Option<ConversationId>> = const { Cell::new(None) };
}

/// Whether a key led to this conversation: the next key may lead on, so its box takes no focus.
pub fn leads_to(id: ConversationId) -> bool {
    LED_TO.take() == Some(id)
}

/// Listens to single keys wherever nothing is being written.
pub fn start(inbox: Inbox) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if is_free(inbox, &event) && act(inbox, &browser::key(&event)) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

fn is_free(inbox: Inbox, event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let writes = target.is_some_and(|target| {
        let other = "[type=radio], [type=checkbox], [type=button], [type=submit]";
        target
            .closest("input, textarea, select, [contenteditable], [role=menu]")
            .ok()
            .flatten()
            .is_some_and(|field| !field.matches(other).unwrap_or(false))
    });
    let taken = event.default_prevented();
    let with_other_keys = event.ctrl_key() || event.meta_key() || event.alt_key();
    let asked = untrack(|| inbox.dialog()).is_some();
    !(writes || taken || with_other_keys || asked)
}

/// Does what a key stands for; whether it stands for anything here.
fn act(inbox: Inbox, key: &str) -> bool {
    match key {
        "?" => inbox.open_dialog(live::Dialog::Shortcuts),
        "j" => return step(inbox, 1),
        "k" => return step(inbox, -1),
        "/" => return focus(SEARCH),
        "r" | "n" => {
            if browser::element(NOTE).is_none() {
                return false;
            }
            inbox.shows_visitor.set(false);
            if is_pressed(NOTE) != (key == "n") {
                click(NOTE);
            }
            browser::focus_soon(REPLY);
        }
        "e" => {
            if browser::element(EDIT).is_none() {
                return false;
            }
            inbox.shows_visitor.set(true);
            click(EDIT);
        }
        _ => return false,
    }
    true
}

/// Goes to another conversation of the list that is in front.
fn step(inbox: Inbox, by: isize) -> bool {
    let place = inbox.place.get_untracked();
    if !matches!(place, Place::Inbox { .. }) {
        return false;
    }
    let ids = untrack(|| inbox.list(place.tab()).ids);
    let at = place
        .open()
        .and_then(|open| ids.iter().position(|id| *id == open));
    let next = match at {
        Some(at) => at.checked_add_signed(by),
        None => Some(0),
    };
    let Some(id) = next.and_then(|next| ids.get(next)) else {
        return false;
    };
    LED_TO.set(Some(*id));
    inbox.go(Place::conversation(place.tab(), *id));
    true
}

fn focus(selector: &str) -> bool {
    browser::focus_first(selector);
    document()
        .active_element()
        .is_some_and(|focused| focused.matches(selector).unwrap_or(false))
}

fn is_pressed(id: &str) -> bool {
    browser::element(id)
        .and_then(|button| button.get_attribute("aria-pressed"))
        .is_some_and(|pressed| pressed == "true")
}

fn click(id: &str) {
    if let Some(button) = browser::element(id).and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}

/// What the keys do.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let close = Callback::new(move |()| inbox.close_dialog());
    let keys = move |title: InboxText, keys: &[(&'static str, &'static str)]| {
        let rows: Vec<_> = keys
            .iter()
            .map(|(key, does)| {
                let keys: Vec<_> = key
                    .split(' ')
                    .map(|key| view! { <kbd>{key}</kbd> " " }.into_any())
                    .collect();
                view! {
                    <div>
                        <dt>{keys}</dt>
                        <dd>{*does}</dd>
                    </div>
                }
                .into_any()
            })
            .collect();
        view! {
            <h3>{texts.inbox(title)}</h3>
            <dl class="keys">{rows}</dl>
        }
        .into_any()
    };
    view! {
        <Dialog title=texts.inbox(InboxText::KeyboardShortcuts) on_close=close>
            {keys(
                InboxText::KeysAnywhere,
                &[
                    ("j", texts.inbox(InboxText::KeyNext)),
                    ("k", texts.inbox(InboxText::KeyPrevious)),
                    ("r", texts.inbox(InboxText::KeyReply)),
                    ("n", texts.inbox(InboxText::KeyNote)),
                    ("e", texts.inbox(InboxText::EditVisitor)),
                    ("/", texts.inbox(InboxText::KeySearch)),
                    ("?", texts.inbox(InboxText::KeyHelp)),
                ],
            )}
            {keys(
                InboxText::KeysWriting,
                &[
                    ("Enter", texts.shared(SharedText::Send)),
                    ("Shift Enter", texts.inbox(InboxText::KeyLine)),
                    ("/", texts.inbox(InboxText::KeySaved)),
                    ("Esc", texts.inbox(InboxText::KeyLeave)),
                ],
            )}
            <div class="actions">
                <Button label=texts.shared(SharedText::Close) on_click=close />
            </div>
        </Dialog>
    }
}
