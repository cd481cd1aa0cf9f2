//! Booking cards: what is known of one is passed to the script that draws it, `loader/card.js`.

use domain::{
    CardId,
    meeting::{CalendarCard, MeetingCard, MeetingState},
};
use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

use super::Shown;
use crate::{bytes::hex, site::Site, words::millis};

pub struct Card {
    pub id: CardId,
    place: HtmlElement,
    /// The state of the bookings that is drawn, and whether the form asked for the email.
    drawn: Option<(u32, bool)>,
}

impl Card {
    pub fn new(id: CardId, place: &HtmlElement) -> Self {
        Self {
            id,
            place: place.clone(),
            drawn: None,
        }
    }

    /// Draws what has changed. `starts`: the form to start a chat is there, and asks for the email.
    pub fn draw(&mut self, card: &CalendarCard, shown: &Shown<'_>, starts: bool) {
        let chat = shown.chat;
        let drawn = Some((chat.bookings(), starts));
        if self.drawn == drawn {
            return;
        }
        self.drawn = drawn;
        let agent = &card.agent;
        let texts = [
            &hex(self.id.0.as_bytes()),
            &agent.name,
            agent.photo.as_deref().unwrap_or_default(),
            &card.address,
        ];
        let state: Array = texts.into_iter().map(JsValue::from).collect();
        for yes in [
            chat.is_newest(card),
            chat.booking(self.id).is_some(),
            starts,
        ] {
            state.push(&yes.into());
        }
        state.push(&chat.meeting_of(self.id).map_or(JsValue::NULL, meeting));
        if let Some(free) = chat.slots_of(self.id) {
            let list = Array::of3(
                &free.length.into(),
                &free.asks_email.into(),
                &free.next.is_some().into(),
            );
            for slot in &free.slots {
                list.push(&millis(slot.0).into());
            }
            state.push(&list);
        }
        let draw = &shown.site.draw_card;
        let _ = draw.call2(&JsValue::UNDEFINED, &self.place, &state);
    }

    /// Says why a booking was refused: beside the email, or of the time; without words it was taken.
    pub fn refuse(&self, site: &Site, of_email: bool, words: &str) {
        let refuse = &site.refuse_card;
        let (of_email, words) = (of_email.into(), words.into());
        let _ = refuse.call3(&JsValue::UNDEFINED, &self.place, &of_email, &words);
    }
}

fn meeting(meeting: &MeetingCard) -> JsValue {
    let list = Array::of5(
        &millis(meeting.span.start()).into(),
        &millis(meeting.span.end()).into(),
        &(meeting.state == MeetingState::Booked).into(),
        &meeting.email.as_str().into(),
        &meeting.address.as_str().into(),
    );
    list.into()
}
