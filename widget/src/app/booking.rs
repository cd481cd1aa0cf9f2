//! Meetings that the visitor books by a card.

use domain::{
    CardId, Refusal,
    meeting::Slot,
    texts::{Words, keys::ChatText},
};

use super::App;
use crate::{site::Field, words::now};

impl App {
    /// The visitor books a slot.
    pub(super) fn book(&mut self, card: CardId, slot: Slot, email: String, zone: String) {
        let email = if email.is_empty() {
            // The form's, where that one asks for it.
            self.view.form().value(Field::Email)
        } else {
            email
        };
        let command = Self::fresh_id();
        let effects = self
            .chat
            .book(command, now(), card, slot, Some(email), zone);
        self.perform(effects);
    }

    /// A booking was refused, and its card says why. What was chosen and written stays.
    pub(super) fn not_booked(&self, card: CardId, refusal: Refusal) {
        let email = match refusal {
            Refusal::Required => Some(ChatText::Required),
            Refusal::Malformed => Some(ChatText::EmailMalformed),
            Refusal::EmailNotTaken => Some(ChatText::EmailNotTaken),
            _ => None,
        };
        let words = match (refusal, email) {
            // The card has its own words for that.
            (Refusal::Taken | Refusal::NotNow | Refusal::NoCalendar, _) => "",
            (Refusal::TooMany, _) => self.words.word(ChatText::EnoughMeetings),
            (_, Some(problem)) => self.words.word(problem),
            _ => self.reason(refusal),
        };
        self.view
            .refuse_card(card, &self.site, email.is_some(), words);
    }
}
