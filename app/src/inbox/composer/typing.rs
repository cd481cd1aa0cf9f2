use std::time::Duration;

use domain::ConversationId;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use crate::{browser, live::Inbox};

/// A notice of typing is renewed this often, and taken back after a pause of twice this length.
const TYPING: Duration = Duration::from_secs(3);

/// Tells the visitor that the agent is writing, now and then, and when it is over.
#[derive(Clone, Copy)]
pub struct Typing {
    inbox: Inbox,
    id: ConversationId,
    /// When the last notice was sent, while writing.
    told: StoredValue<Option<domain::Timestamp>>,
    pause: StoredValue<Option<TimeoutHandle>>,
}

impl Typing {
    pub fn new(inbox: Inbox, id: ConversationId) -> Self {
        Self {
            inbox,
            id,
            told: StoredValue::new(None),
            pause: StoredValue::new(None),
        }
    }

    /// The agent wrote something.
    pub fn go_on(self) {
        let now = browser::now();
        let due = self
            .told
            .get_value()
            .is_none_or(|told| now.since(told) >= TYPING);
        if due {
            self.told.set_value(Some(now));
            self.inbox.type_in(self.id, true);
        }
        let handle = set_timeout(move || self.stop(), TYPING + TYPING).ok();
        self.replace(handle);
    }

    /// The agent has sent it, or given it up.
    pub fn stop(self) {
        self.replace(None);
        if self.told.try_get_value().flatten().is_some() {
            self.told.set_value(None);
            self.inbox.type_in(self.id, false);
        }
    }

    fn replace(self, handle: Option<TimeoutHandle>) {
        self.pause.try_update_value(|pause| {
            if let Some(old) = core::mem::replace(pause, handle) {
                old.clear();
            }
        });
    }
}
