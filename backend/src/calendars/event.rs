//! A meeting as it is written into an agent's calendar.

use calendar::{
    invitation::{Invitation, Method, Person},
    stored::stored,
};
use domain::{MeetingId, Timestamp, meeting::Span};
use serde::{Deserialize, Serialize};

/// What is written. Nobody takes part in it, as far as the calendar knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub meeting: MeetingId,
    pub sequence: u32,
    /// When it became as it is.
    pub changed_at: Timestamp,
    pub span: Span,
    pub summary: String,
    pub description: String,
    /// Where it takes place; may be empty. Looked up when it is written.
    #[serde(skip)]
    pub location: String,
}

impl Event {
    /// As iCalendar, of one event.
    pub fn text(&self) -> String {
        text(None, std::slice::from_ref(self))
    }
}

/// Meetings as iCalendar; `name`: what a feed of them is called.
pub fn text(name: Option<&str>, events: &[Event]) -> String {
    let uids: Vec<String> = events
        .iter()
        .map(|event| event.meeting.to_string())
        .collect();
    let meetings: Vec<Invitation<'_>> = events
        .iter()
        .zip(&uids)
        .map(|(event, uid)| Invitation {
            method: Method::Publish,
            uid,
            sequence: event.sequence,
            stamp: event.changed_at,
            span: event.span,
            cancelled: false,
            summary: &event.summary,
            description: &event.description,
            location: &event.location,
            organizer: Person {
                name: "",
                email: "",
            },
            attendees: &[],
        })
        .collect();
    stored(name, &meetings)
}
