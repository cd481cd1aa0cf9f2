//! Meetings that the visitor books by a card.

use domain::CardId;

use super::App;
use crate::{message::Step, words::now};

impl App {
    /// The visitor did something at a card.
    pub(super) fn card(&mut self, id: CardId, step: Step) {
        let Some(card) = self.view.card(id) else {
            return;
        };
        let mut effects = Vec::new();
        if let Step::Book = step {
            if let Some((slot, email, zone)) = card.wish(&self.words) {
                effects = self
                    .chat
                    .book(Self::fresh_id(), now(), id, slot, email, zone);
            }
        } else if card.step(step) {
            effects.extend(self.chat.ask_for_later_slots(id));
        }
        self.perform(effects);
    }
}
