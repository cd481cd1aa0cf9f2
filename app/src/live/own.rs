//! What the agent sets for themselves, as far as the rest of the inbox shows or heeds it.

use domain::{CardId, ConversationId, agent::Agent, settings::Notifications};
use leptos::prelude::*;

use super::Inbox;

impl Inbox {
    /// The agent who reads, as they look now.
    pub fn profile(self) -> Agent {
        self.track(|parts| &parts.me);
        self.me()
    }

    /// The agent changed their name or photo.
    pub fn change_profile(self, change: impl FnOnce(&mut Agent)) {
        self.inner
            .update_value(|inner| change(inner.state.me_mut()));
        self.touch(|parts| &parts.me);
    }

    /// The agent chose how to hear of offers and messages.
    pub fn set_notifications(self, notifications: Notifications) {
        self.update(|state| {
            state.set_notifications(notifications);
            Vec::new()
        });
    }

    /// A card of a conversation was withdrawn: nobody books by it any more.
    pub fn card_withdrawn(self, conversation: ConversationId, card: CardId) {
        self.update(|state| {
            state.card_withdrawn(conversation, card);
            Vec::new()
        });
    }

    /// The public VAPID key for push subscriptions.
    pub fn push_key(self) -> String {
        self.inner.with_value(|inner| inner.push_key.clone())
    }

    /// Whether this browser could not be subscribed although the agent wants it.
    pub fn is_out_of_reach(self) -> bool {
        self.push_failed.get()
    }

    /// This browser could not be subscribed, or could.
    pub fn push_has_failed(self, failed: bool) {
        self.push_failed.set(failed);
    }
}
