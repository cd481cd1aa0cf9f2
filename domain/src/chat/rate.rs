//! What the visitor thought of a chat.

use super::{ChatClient, Effect, Fate, Intent, Outgoing, Thread};
use crate::{CommandId, Timestamp, activity::Rating};

impl ChatClient {
    /// The visitor rates the chat that has ended; once.
    pub fn rate(
        &mut self,
        id: CommandId,
        now: Timestamp,
        rating: Rating,
        comment: String,
    ) -> Vec<Effect> {
        let unrated = |thread: &&Thread| thread.is_over() && thread.head.rating.is_none();
        let to = self.current().filter(unrated).map(|thread| thread.head.id);
        let Some(to) = to.filter(|_| !self.rating()) else {
            return Vec::new();
        };
        self.push(Outgoing {
            id,
            at: now,
            intent: Intent::Rate {
                to,
                rating,
                comment,
            },
            fate: Fate::Waiting,
        })
    }

    /// Whether a rating is on its way.
    pub fn rating(&self) -> bool {
        let rates = |outgoing: &Outgoing| matches!(outgoing.intent, Intent::Rate { .. });
        self.outbox.iter().any(rates)
    }
}
