//! Reads iCalendar (RFC 5545): when the events of a text make a person busy. Writes it for meetings:
//! [`invitation`].
//!
//! The text is taken apart by `calcard`; what recurs is worked out here, on the project's own time
//! library. Nothing in a text can make this crash or run away: what cannot be read is left out and
//! named, and a rule may take only so many steps.
//!
//! Where the standard leaves a choice:
//! - A zone (`TZID`) is the one of that place in the time zone database; else what the text's
//!   `VTIMEZONE` says; else the one that the database, or somebody else (Windows), knows under that
//!   name. Else it counts as floating, and the event is named as [`Reason::Zone`].
//! - Times without a zone, and whole days, are meant in the reader's zone.
//! - An event is busy unless it is transparent or cancelled, or the reader declined it; one that
//!   takes no time is not. A date always takes a day.
//! - What recurs more often than can be looked at is busy from there on.
//! - An event lasts as long as its clock shows, also over a change of the clock.
//! - `DTSTART` is an occurrence even if its rule would not have it.

mod clock;
mod event;
pub mod invitation;
mod length;
mod moment;
mod reader;
mod rule;
mod series;
pub mod stored;

use core::fmt;
use std::collections::{BTreeSet, HashMap};

use calcard::{
    Entry, Parser,
    icalendar::{ICalendar, ICalendarComponentType},
};
use domain::{Timestamp, meeting::Span};

use clock::Zones;
use event::{Event, name};
use series::Series;

pub use reader::Reader;

/// Why a text is no calendar. Nothing is known of its events then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// There is no `BEGIN:VCALENDAR` in it.
    #[error("expected an iCalendar text, beginning with BEGIN:VCALENDAR")]
    None,
    /// It ends in the middle.
    #[error("the calendar is cut off: its END:VCALENDAR is missing")]
    CutOff,
}

/// Why an event was not understood, or not wholly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has no beginning that can be read; it was left out.
    Start,
    /// Its rule cannot be read; only its single dates were taken.
    Rule,
    /// Its time zone is not known; its times were taken as the reader's.
    Zone,
    /// It recurs too often; it was taken to be busy all the time from where reading ended.
    TooMany,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "it has no beginning that can be read",
            Self::Rule => "how it recurs cannot be read",
            Self::Zone => "its time zone is not known",
            Self::TooMany => "it recurs too often",
        })
    }
}

/// An event that was not understood, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The event's `UID`; empty if it has none.
    pub uid: String,
    pub reason: Reason,
    /// Its `SUMMARY`, at most 100 characters of it; may be empty.
    pub name: String,
    /// When it begins, or its series, if that can be read.
    pub at: Option<Timestamp>,
}

/// One time that an event takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Busy<'a> {
    /// Its instants.
    pub span: Span,
    /// The event's `UID`, by which a meeting that was written here is known again; empty if it has
    /// none.
    pub uid: &'a str,
}

/// What a calendar says of a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading<'a> {
    /// Each time that overlaps the stretch, in order, uncut; they may overlap each other.
    pub busy: Vec<Busy<'a>>,
    /// What was not understood.
    pub unread: Vec<Unread>,
}

/// The events of a text.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// By `UID`; events without one are each their own.
    series: Vec<Series>,
    unread: Vec<Unread>,
}

impl Calendar {
    /// Reads a text, which may hold several calendars one after the other: one resource of a
    /// server, or a whole feed. Anything but events and time zones is passed over. Its size is for
    /// the caller to limit; reading takes time and memory in proportion to it.
    ///
    /// # Errors
    /// [`CalendarError`] if there is no calendar in it, or not all of it.
    pub fn parse(text: &str, reader: &mut Reader) -> Result<Self, CalendarError> {
        // The parser itself takes what is cut off for whole.
        let last = text.trim_end().lines().next_back().unwrap_or_default();
        let ends = last.eq_ignore_ascii_case("END:VCALENDAR");
        let mut parser = Parser::new(text);
        let mut calendar = Self::default();
        let mut found = false;
        loop {
            match parser.entry() {
                Entry::ICalendar(read) => {
                    // A component that is no calendar holds none of its events.
                    found |= read.components.first().is_some_and(|first| {
                        first.component_type == ICalendarComponentType::VCalendar
                    });
                    calendar.add(&read, reader);
                }
                Entry::UnterminatedComponent(_) | Entry::TooManyComponents => {
                    return Err(CalendarError::CutOff);
                }
                Entry::Eof => break,
                _ => {}
            }
        }
        match (found, ends) {
            (true, true) => Ok(calendar),
            (true, false) => Err(CalendarError::CutOff),
            (false, _) => Err(CalendarError::None),
        }
    }

    /// Adds the events of one `VCALENDAR`, whose time zones are its own.
    fn add(&mut self, read: &ICalendar, reader: &mut Reader) {
        let zones = Zones::of(read, reader);
        let mut of_uid = HashMap::<String, Vec<Event>>::new();
        let mut order = Vec::new();
        let events = read
            .components
            .iter()
            .filter(|component| component.component_type == ICalendarComponentType::VEvent);
        for component in events {
            let uid = component.uid().unwrap_or_default().to_owned();
            match Event::read(component, &zones, reader) {
                Ok((event, reasons)) => {
                    let at = event.start.instant(&reader.zone);
                    let unread = reasons.into_iter().map(|reason| Unread {
                        uid: uid.clone(),
                        reason,
                        name: event.name.clone(),
                        at,
                    });
                    self.unread.extend(unread);
                    if uid.is_empty() {
                        self.series.push(Series::new(uid, vec![event]));
                    } else {
                        let events = of_uid.entry(uid.clone()).or_default();
                        if events.is_empty() {
                            order.push(uid);
                        }
                        events.push(event);
                    }
                }
                Err(reason) => self.unread.push(Unread {
                    uid,
                    reason,
                    name: name(component),
                    at: None,
                }),
            }
        }
        for uid in order {
            if let Some(events) = of_uid.remove(&uid) {
                self.series.push(Series::new(uid, events));
            }
        }
    }

    /// Hands on each time at which the events make busy within `window`, uncut, with the event's
    /// `UID`; in no order, and some perhaps twice. Returns what was not understood.
    pub fn each<'a>(
        &'a self,
        window: Span,
        reader: &mut Reader,
        mut each: impl FnMut(&'a str, Span),
    ) -> Vec<Unread> {
        let mut unread = self.unread.clone();
        let Reader { zone, steps, .. } = reader;
        for series in &self.series {
            let uid = series.uid();
            if !series.times(window, zone, steps, &mut |span| each(uid, span)) {
                unread.push(Unread {
                    uid: uid.to_owned(),
                    reason: Reason::TooMany,
                    name: series.name().to_owned(),
                    at: series.start(zone),
                });
            }
        }
        unread
    }

    /// The same in order, each time once: for what is known to be small.
    pub fn busy(&self, window: Span, reader: &mut Reader) -> Reading<'_> {
        let mut busy = BTreeSet::new();
        let unread = self.each(window, reader, |uid, span| {
            busy.insert(Busy { span, uid });
        });
        Reading {
            busy: busy.into_iter().collect(),
            unread,
        }
    }
}
