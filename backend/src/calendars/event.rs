//! A meeting as it is written into an agent's calendar.

use std::fmt;

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
    /// Rises with each time that something else is wanted of it. Looked up when it is written.
    #[serde(skip)]
    pub revision: i64,
}

impl Event {
    /// As iCalendar, of one event of this name.
    pub fn text(&self, name: &Name) -> String {
        texts(None, std::slice::from_ref(self), &[name.to_string()])
    }
}

/// What a meeting's event is called in a calendar: its `UID`, and its file's name. The first is the
/// meeting's id alone; the others are for servers that do not take a name again of what was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    pub meeting: MeetingId,
    pub number: u8,
}

/// How many names one meeting can have.
const NAMES: u8 = 9;

impl Name {
    pub fn first(meeting: MeetingId) -> Self {
        Self { meeting, number: 0 }
    }

    /// Another one; none if there were enough.
    pub fn next(self) -> Option<Self> {
        let number = self.number + 1;
        (number <= NAMES).then_some(Self { number, ..self })
    }

    /// Reads what was written; none if it is no name of a meeting.
    pub fn parse(text: &str) -> Option<Self> {
        const ID: usize = uuid::fmt::Hyphenated::LENGTH;
        let (id, rest) = match text.split_at_checked(ID) {
            Some((id, rest)) if id.contains('-') => (id, rest),
            _ => (text, ""),
        };
        let number = match rest {
            "" => 0,
            rest => rest.strip_prefix('-')?.parse().ok()?,
        };
        let meeting = id.parse().ok()?;
        Some(Self { meeting, number })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => write!(f, "{}", self.meeting),
            number => write!(f, "{}-{number}", self.meeting),
        }
    }
}

/// The meeting whose event has a `UID`, if it is one that Casella gives.
pub fn meeting_of(uid: &str) -> Option<MeetingId> {
    Name::parse(uid).map(|name| name.meeting)
}

/// Meetings as iCalendar; `name`: what a feed of them is called.
pub fn text(name: Option<&str>, events: &[Event]) -> String {
    let uids: Vec<String> = events
        .iter()
        .map(|event| event.meeting.to_string())
        .collect();
    texts(name, events, &uids)
}

fn texts(name: Option<&str>, events: &[Event], uids: &[String]) -> String {
    let meetings: Vec<Invitation<'_>> = events
        .iter()
        .zip(uids)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_meetings_event_is_called_it_is_known_as_the_meetings() {
        let first = Name::parse("0192f3a1-0000-7000-8000-000000000001").unwrap();
        let meeting = first.meeting;
        assert_eq!(first, Name::first(meeting));
        let second = first.next().unwrap();
        assert_eq!(second.to_string(), format!("{meeting}-1"));
        assert_eq!(Name::parse(&second.to_string()), Some(second));
        assert_eq!(meeting_of(&second.to_string()), Some(meeting));
        assert_eq!(meeting_of(&meeting.0.simple().to_string()), Some(meeting));
        for other in ["", "a", "0192f3a1-0000-7000-8000-000000000001@example.com"] {
            assert_eq!(meeting_of(other), None, "{other}");
        }
        assert_eq!(
            std::iter::successors(Some(first), |name| name.next()).count(),
            10
        );
    }
}
