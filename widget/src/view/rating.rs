//! What the visitor thought of a chat that is over.

use domain::{
    activity::Rating,
    chat::Phase,
    texts::{
        Words, fill,
        keys::{ChatText, SharedText},
    },
};
use web_sys::HtmlElement;

use super::{Shown, form::Labelled};
use crate::{
    dom::{add, add_button, add_text, attribute, change_text, on, show, value},
    message::Msg,
    words::{Texts, number},
};

pub struct RatingCard {
    card: HtmlElement,
    comment: Labelled,
    /// What is missing.
    error: HtmlElement,
    submit: HtmlElement,
    /// How it was rated.
    rated: HtmlElement,
}

impl RatingCard {
    pub fn new(parent: &HtmlElement, words: &Texts) -> Self {
        let card = add(parent, "fieldset", "form rating");
        card.set_hidden(true);
        add_text(&card, "p", "ask", words.word(ChatText::RatingQuestion));
        let radios = add(&card, "div", "rates");
        attribute(&radios, "role", "radiogroup");
        attribute(&radios, "aria-label", words.word(ChatText::Rating));
        attribute(&radios, "aria-describedby", "rating-scale");
        for rating in Rating::all() {
            let radio = add(&radios, "input", "");
            attribute(&radio, "type", "radio");
            attribute(&radio, "name", "rating");
            attribute(&radio, "aria-label", &number(rating.number().into()));
            on(&radio, "change", Msg::Choose(rating));
        }
        let scale = add_text(&card, "p", "optional", words.word(ChatText::RatingScale));
        attribute(&scale, "id", "rating-scale");
        let error = add(&card, "p", "error");
        attribute(&error, "role", "alert");
        let comment = Labelled::new(&card, "textarea", "comment", words.word(ChatText::Comment));
        change_text(&comment.hint, words.word(ChatText::Optional));
        attribute(&comment.input, "rows", "2");
        attribute(&comment.input, "maxlength", "2000");
        attribute(&comment.input, "dir", "auto");
        let submit = add_button(&card, "quiet", "", Msg::Rate);
        let rated = add(parent, "p", "remark");
        attribute(&rated, "role", "status");
        Self {
            card,
            comment,
            error,
            submit,
            rated,
        }
    }

    pub fn comment(&self) -> String {
        value(&self.comment.input)
    }

    /// Says whether a choice is missing.
    pub fn complain(&self, missing: bool, words: &Texts) {
        let words = if missing {
            words.word(ChatText::RatingMissing)
        } else {
            ""
        };
        change_text(&self.error, words);
    }

    pub fn draw(&self, shown: &Shown<'_>, phase: Phase) {
        // Nobody is rated where nobody answered.
        let over = shown
            .chat
            .current()
            .filter(|thread| phase == Phase::Ended && thread.head.agent.is_some());
        let rating = over.and_then(|thread| thread.head.rating);
        show(&self.card, over.is_some() && rating.is_none());
        show(&self.rated, rating.is_some());
        if let Some(rating) = rating {
            let words = shown.words.word(ChatText::Rated);
            let rating = number(rating.number().into());
            change_text(&self.rated, &fill(words, &[("rating", &rating)]));
        }
        let sends = shown.chat.rating();
        if sends {
            attribute(&self.card, "disabled", "");
        } else {
            let _ = self.card.remove_attribute("disabled");
        }
        let label = if sends {
            shown.words.word(SharedText::Waiting)
        } else {
            shown.words.word(ChatText::SubmitRating)
        };
        change_text(&self.submit, label);
    }
}
