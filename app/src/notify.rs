//! How an agent hears of offers and messages: a sound, and a notification of the browser when no
//! tab of the inbox is in front. Of several tabs one does it.

mod claim;
mod note;
mod permission;
pub mod push;
mod sound;
pub mod wanted;

use std::time::Duration;

use domain::ConversationId;
use leptos::prelude::*;

use crate::{browser, inbox_state::Alert, live::Inbox};

pub use note::tidy;
pub use permission::{Permission, ask, dismiss, is_dismissed, now};

/// A tab that is not in front leaves the others this time to say that they are.
const OTHERS_FIRST: Duration = Duration::from_millis(250);

/// And one that cannot sound leaves it to one that can.
const SOUNDING_FIRST: Duration = Duration::from_millis(600);

/// Until then all tabs have seen which of them was the last to claim an alert.
const SETTLED: Duration = Duration::from_millis(150);

/// Begins to listen for what decides whether alerts can be heard.
pub fn start(inbox: Inbox) {
    claim::clean(inbox.me().id);
    permission::start(inbox);
    sound::start(inbox);
    push::start(inbox);
    wanted::start(inbox);
}

/// Makes the agent hear of this, unless another tab does.
pub fn alert(inbox: Inbox, alert: Alert) {
    let front = browser::is_in_front();
    if front {
        claim(inbox, alert);
        return;
    }
    let wait = if sound::is_ready() {
        OTHERS_FIRST
    } else {
        SOUNDING_FIRST
    };
    let _ = set_timeout(move || claim(inbox, alert), wait);
}

fn claim(inbox: Inbox, alert: Alert) {
    let me = inbox.me().id;
    if !claim::take(me, alert) {
        return;
    }
    // Who reads the chat has the message before their eyes.
    if let Alert::Message { conversation, .. } = alert
        && browser::is_in_front()
        && untrack(|| inbox.in_front()) == Some(conversation)
    {
        return;
    }
    let tell = move || {
        if claim::is_own(me, alert) && inbox.stands(alert) {
            tell(inbox, alert);
        }
    };
    let _ = set_timeout(tell, SETTLED);
}

fn tell(inbox: Inbox, alert: Alert) {
    let wanted = untrack(|| inbox.notifications());
    let sounds = wanted.sound && sound::play(alert);
    if wanted.browser && !browser::is_in_front() && now() == Permission::Granted {
        note::show(inbox, alert, sounds || !wanted.sound);
    }
}

/// Brings an offer to the eye and the keyboard, without accepting it.
fn bring_up(id: ConversationId) {
    browser::focus_soon(format!("offer-{id}"));
}
