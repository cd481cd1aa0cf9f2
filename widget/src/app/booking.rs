//! Meetings that the visitor books by a card.

use domain::CardId;

use super::App;
use crate::{message::Step, site::Field, words::now};

impl App {
    /// The visitor did something at a card.
    pub(super) fn card(&mut self, id: CardId, step: Step) {
        let Some(card) = self.view.card(id) else {
            return;
        };
        let mut effects = Vec::new();
        match step {
            Step::Book => {
                if let Some((slot, email, zone)) = card.wish(&self.words) {
                    // The form's, where that one asks for it.
                    let email = email.unwrap_or_else(|| self.view.form().value(Field::Email));
                    let command = Self::fresh_id();
                    effects = self.chat.book(command, now(), id, slot, Some(email), zone);
                }
            }
            Step::Email => {
                card.step(step, &self.site);
                let email = card.email();
                self.view.form().learn_email(&email);
            }
            _ => {
                if card.step(step, &self.site) {
                    effects.extend(self.chat.ask_for_later_slots(id));
                }
            }
        }
        self.perform(effects);
    }
}
