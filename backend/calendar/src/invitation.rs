//! Writes a meeting as iCalendar: what invitations carry, and what can be downloaded (RFC 5545,
//! and RFC 5546 for how calendars take it in).
//!
//! The text is put together by `calcard`, which folds and escapes. Names are freed beforehand of
//! what the value of a parameter cannot hold.

use calcard::{
    common::PartialDateTime,
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarMethod,
        ICalendarParameter, ICalendarParameterValue, ICalendarParticipationRole,
        ICalendarParticipationStatus, ICalendarProperty, ICalendarStatus, ICalendarTransparency,
        ICalendarValue, Uri,
    },
};
use domain::{Timestamp, meeting::Span};
use jiff::tz::TimeZone;

/// Who made the text.
pub(crate) const PRODUCT: &str = "-//Casella//Casella//EN";

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// An invitation, or what changed of it: goes to those who take part.
    Request,
    /// The meeting does not take place, for those who are told.
    Cancel,
    /// To be looked at or taken into a calendar by hand: nobody is asked, nobody takes part.
    Publish,
}

/// Somebody who takes part, or who invites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// As one reads it; may be empty.
    pub name: &'a str,
    pub email: &'a str,
}

/// A meeting as a calendar is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation<'a> {
    pub method: Method,
    /// The same for all that is ever said of this meeting.
    pub uid: &'a str,
    /// Higher with each change.
    pub sequence: u32,
    /// When this was said.
    pub stamp: Timestamp,
    pub span: Span,
    /// Whether it was called off.
    pub cancelled: bool,
    pub summary: &'a str,
    pub description: &'a str,
    /// Where it takes place; empty: nothing is said of it.
    pub location: &'a str,
    /// In whose name it is: calendars take changes from nobody else.
    pub organizer: Person<'a>,
    /// Left out of what is published (RFC 5546, 3.2.1).
    pub attendees: &'a [Person<'a>],
}

impl Invitation<'_> {
    /// The text, with lines of at most 75 bytes.
    pub fn write(&self) -> String {
        let mut calendar = ICalendarComponent::new(ICalendarComponentType::VCalendar);
        calendar.add_property(ICalendarProperty::Version, "2.0");
        calendar.add_property(ICalendarProperty::Prodid, PRODUCT);
        calendar.add_property(
            ICalendarProperty::Method,
            ICalendarValue::Method(match self.method {
                Method::Request => ICalendarMethod::Request,
                Method::Cancel => ICalendarMethod::Cancel,
                Method::Publish => ICalendarMethod::Publish,
            }),
        );
        calendar.component_ids = vec![1];
        let whole = ICalendar {
            components: vec![calendar, self.event()],
        };
        whole.to_string()
    }

    pub(crate) fn event(&self) -> ICalendarComponent {
        let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
        event.add_uid(self.uid);
        event.add_sequence(self.sequence.into());
        event.add_dtstamp(utc(self.stamp));
        event.add_property(ICalendarProperty::Dtstart, utc(self.span.start()));
        event.add_property(ICalendarProperty::Dtend, utc(self.span.end()));
        event.add_property(ICalendarProperty::Summary, line(self.summary));
        if !self.description.is_empty() {
            event.add_property(ICalendarProperty::Description, text(self.description));
        }
        if !self.location.is_empty() {
            event.add_property(ICalendarProperty::Location, line(self.location));
        }
        event.add_property(
            ICalendarProperty::Status,
            ICalendarValue::Status(if self.cancelled {
                ICalendarStatus::Cancelled
            } else {
                ICalendarStatus::Confirmed
            }),
        );
        event.add_property(
            ICalendarProperty::Transp,
            ICalendarValue::Transparency(ICalendarTransparency::Opaque),
        );
        event.entries.push(person(
            ICalendarProperty::Organizer,
            self.organizer,
            Vec::new(),
        ));
        if self.method != Method::Publish {
            for attendee in self.attendees {
                // Who books has said yes, and the agent by their hours.
                let role = ICalendarParticipationRole::ReqParticipant;
                let accepted = ICalendarParticipationStatus::Accepted;
                let params = vec![
                    ICalendarParameter::role(role),
                    ICalendarParameter::partstat(accepted),
                    ICalendarParameter::rsvp(false),
                ];
                let entry = person(ICalendarProperty::Attendee, *attendee, params);
                event.entries.push(entry);
            }
        }
        event
    }
}

fn person(
    property: ICalendarProperty,
    person: Person<'_>,
    mut params: Vec<ICalendarParameter>,
) -> ICalendarEntry {
    let name = parameter(person.name);
    if !name.is_empty() {
        let name = ICalendarParameterValue::Text(name);
        params.insert(0, ICalendarParameter::cn(name));
    }
    ICalendarEntry {
        name: property,
        params,
        values: vec![ICalendarValue::Uri(Uri::Location(format!(
            "mailto:{}",
            person.email
        )))],
    }
}

/// A text without what no calendar can hold.
fn text(text: &str) -> String {
    let kept = |c: &char| !c.is_control() || *c == '\n' || *c == '\t';
    text.replace("\r\n", "\n").chars().filter(kept).collect()
}

/// The same on one line.
fn line(line: &str) -> String {
    text(line).replace(['\n', '\t'], " ")
}

/// The value of a parameter, which holds neither quotes nor backslashes (RFC 5545, 3.2).
fn parameter(value: &str) -> String {
    line(value)
        .replace('"', "'")
        .replace('\\', "/")
        .trim()
        .to_owned()
}

/// An instant, to the second.
fn utc(at: Timestamp) -> PartialDateTime {
    let at = jiff::Timestamp::from_microsecond(at.0)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC);
    PartialDateTime {
        year: u16::try_from(at.year()).ok(),
        month: u8::try_from(at.month()).ok(),
        day: u8::try_from(at.day()).ok(),
        hour: u8::try_from(at.hour()).ok(),
        minute: u8::try_from(at.minute()).ok(),
        second: u8::try_from(at.second()).ok(),
        tz_hour: Some(0),
        tz_minute: Some(0),
        tz_minus: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = "Zoë \"Zo\" Ærø, Ltd; and Maya";

    fn sample() -> Invitation<'static> {
        Invitation {
            method: Method::Request,
            uid: "0192f3a1-0000-7000-8000-000000000001",
            sequence: 2,
            stamp: Timestamp(1_795_420_800_000_000),
            span: Span::new(
                Timestamp(1_795_507_200_000_000),
                Timestamp(1_795_509_000_000_000),
            )
            .unwrap(),
            cancelled: false,
            summary: SUMMARY,
            description: "Dear Zoë,\nbring: papers, \\ tea; and 東京 東京 東京 東京 東京 東京 東京 東京 東京 東京 東京",
            location: "https://meet.example.com/maya?a=1,2",
            organizer: Person {
                name: "Maya",
                email: "chat@example.com",
            },
            attendees: &[Person {
                name: "Zoë \"Zo\" Ærø\r\nX-EVIL:1",
                email: "zoe@example.org",
            }],
        }
    }

    #[test]
    fn every_line_is_short_and_what_is_read_again_is_what_was_written() {
        let written = sample().write();
        assert!(written.ends_with("END:VCALENDAR\r\n"));
        for line in written.split("\r\n") {
            assert!(line.len() <= 75, "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
        let unfolded = written.replace("\r\n ", "");
        assert!(
            unfolded.contains("\r\nDTSTART:20261124T080000Z\r\n"),
            "{unfolded}"
        );
        assert!(unfolded.contains("\r\nSEQUENCE:2\r\n"), "{unfolded}");
        assert!(!unfolded.contains("\r\nX-EVIL"), "{unfolded}");
        assert!(
            unfolded.contains(
                "ATTENDEE;CN=\"Zoë 'Zo' Ærø X-EVIL:1\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:zoe@example.org\r\n"
            ),
            "{unfolded}"
        );
        let read = ICalendar::parse(&written).unwrap();
        let event = read.components.get(1).unwrap();
        let value = |property: ICalendarProperty| {
            let entry = event.property(&property).unwrap();
            entry.values.first().unwrap().as_text().unwrap().to_owned()
        };
        assert_eq!(value(ICalendarProperty::Summary), SUMMARY);
        assert_eq!(value(ICalendarProperty::Description), sample().description);
        assert_eq!(value(ICalendarProperty::Location), sample().location);
    }

    #[test]
    fn what_is_published_names_nobody_who_takes_part() {
        let published = Invitation {
            method: Method::Publish,
            cancelled: true,
            ..sample()
        };
        let written = published.write();
        assert!(!written.contains("ATTENDEE"), "{written}");
        assert!(written.contains("METHOD:PUBLISH\r\n"), "{written}");
        assert!(written.contains("STATUS:CANCELLED\r\n"), "{written}");
    }
}
