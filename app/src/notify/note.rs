//! Notifications of the browser. A click brings the inbox to the front, and in it what the
//! notification is about; it accepts nothing.

use std::{cell::RefCell, collections::HashMap};

use domain::{ConversationId, inbox::Tab, texts::keys::InboxText};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Notification, NotificationOptions};

use super::bring_up;
use crate::{browser, inbox_state::Alert, live::Inbox, place::Place};

struct Note {
    alert: Alert,
    note: Notification,
    _click: Closure<dyn FnMut()>,
}

thread_local! {
    /// What this tab shows, by tag.
    static SHOWN: RefCell<HashMap<String, Note>> = RefCell::new(HashMap::new());
}

fn tag(alert: Alert) -> String {
    match alert {
        Alert::Offer { conversation, .. } => format!("offer-{conversation}"),
        Alert::Message { conversation, .. } => format!("message-{conversation}"),
    }
}

/// Shows a notification; a newer one about the same takes the place of the older.
pub fn show(inbox: Inbox, alert: Alert, silent: bool) {
    let (title, body) = untrack(|| words(inbox, alert));
    let options = NotificationOptions::new();
    let tag = tag(alert);
    options.set_body(&body);
    options.set_tag(&tag);
    options.set_silent(Some(silent));
    options.set_require_interaction(matches!(alert, Alert::Offer { .. }));
    let Ok(note) = Notification::new_with_options(&title, &options) else {
        return;
    };
    let click = Closure::new(move || {
        let _ = browser::window().focus();
        match alert {
            Alert::Offer { conversation, .. } => bring_up(conversation),
            Alert::Message { conversation, .. } => {
                inbox.go(Place::conversation(Tab::Active, conversation));
            }
        }
        close_later(alert);
    });
    note.set_onclick(Some(click.as_ref().unchecked_ref()));
    let note = Note {
        alert,
        note,
        _click: click,
    };
    SHOWN.with_borrow_mut(|shown| shown.insert(tag, note));
}

fn words(inbox: Inbox, alert: Alert) -> (String, String) {
    match alert {
        Alert::Offer { conversation, .. } => {
            let offer = inbox
                .offers()
                .into_iter()
                .find(|offer| offer.conversation == conversation);
            let (visitor, words) = offer
                .map(|offer| (offer.visitor, offer.first_words))
                .unwrap_or_default();
            let body = [visitor.unwrap_or_default(), words].join("\n");
            let title = inbox.texts.inbox(InboxText::NewChat);
            (title.to_owned(), body.trim().to_owned())
        }
        Alert::Message { conversation, .. } => {
            let words = inbox.row(conversation).map(|row| row.preview);
            (inbox.visitor_name(conversation), words.unwrap_or_default())
        }
    }
}

/// Later, since this runs inside the closure that goes with it.
fn close_later(alert: Alert) {
    let _ = set_timeout(
        move || close(|known| known == alert),
        std::time::Duration::ZERO,
    );
}

fn close(which: impl Fn(Alert) -> bool) {
    SHOWN.with_borrow_mut(|shown| {
        shown.retain(|_, note| {
            let goes = which(note.alert);
            if goes {
                note.note.close();
            }
            !goes
        });
    });
}

/// Closes what is no longer of use: an offer that is gone, a message that was read.
pub fn tidy(inbox: Inbox, in_front: Option<ConversationId>) {
    close(|alert| {
        let seen = match alert {
            Alert::Message { conversation, .. } => Some(conversation) == in_front,
            Alert::Offer { .. } => false,
        };
        seen || !inbox.stands(alert)
    });
}
