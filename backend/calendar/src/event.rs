//! One `VEVENT`, as far as it concerns when somebody is busy.

use calcard::{
    common::PartialDateTime,
    icalendar::{
        ICalendarComponent, ICalendarEntry, ICalendarParameterName, ICalendarPeriod,
        ICalendarProperty, ICalendarStatus, ICalendarTransparency, ICalendarValue,
    },
};

use crate::{Reason, clock::Zones, length::Length, moment::Moment, reader::Reader, rule::Rule};

/// How many characters of a name are kept.
const NAME: usize = 100;

/// How an event's length is given.
#[derive(Clone, Debug)]
pub enum Ends {
    /// `DTEND`.
    At(Moment),
    /// `DURATION`.
    After(Length),
    /// Not at all: a date lasts a day, a time no time (RFC 5545, 3.6.1).
    Unsaid,
}

/// Which occurrence of its series an event stands for.
#[derive(Clone, Debug)]
pub struct Instead {
    /// When that would have begun.
    pub of: Moment,
    /// And for all later ones.
    pub and_future: bool,
}

/// A single date beside the rule.
#[derive(Clone, Debug)]
pub struct Extra {
    pub start: Moment,
    /// With a length of its own, where it is a period.
    pub ends: Ends,
}

/// What an event says.
#[derive(Clone, Debug)]
pub struct Event {
    pub start: Moment,
    pub ends: Ends,
    pub rules: Vec<Rule>,
    pub extra: Vec<Extra>,
    pub except: Vec<Moment>,
    pub instead: Option<Instead>,
    /// Of two of the same, the later one has the higher number.
    pub sequence: i64,
    /// Neither transparent nor cancelled, nor declined by the reader.
    pub is_busy: bool,
    /// What it is called.
    pub name: String,
}

impl Event {
    /// Reads a component; with what of it was not understood.
    ///
    /// # Errors
    /// The reason why nothing of it can be used.
    pub fn read(
        component: &ICalendarComponent,
        zones: &Zones,
        reader: &mut Reader,
    ) -> Result<(Self, Vec<Reason>), Reason> {
        let is_free = is_free(component, reader);
        let mut lines = Lines {
            zones,
            reader,
            reasons: Vec::new(),
        };
        let start = component
            .property(&ICalendarProperty::Dtstart)
            .and_then(|line| lines.moment(line))
            .ok_or(Reason::Start)?;
        let mut event = Self {
            start,
            ends: Ends::Unsaid,
            rules: Vec::new(),
            extra: Vec::new(),
            except: Vec::new(),
            instead: None,
            sequence: 0,
            is_busy: !is_free,
            name: name(component),
        };
        for line in &component.entries {
            event.take(line, &mut lines);
        }
        lines.reasons.dedup();
        Ok((event, lines.reasons))
    }

    fn take(&mut self, line: &ICalendarEntry, lines: &mut Lines<'_>) {
        match &line.name {
            ICalendarProperty::Dtend => {
                if let Some(end) = lines.moment(line) {
                    self.ends = Ends::At(end);
                }
            }
            ICalendarProperty::Duration => {
                if let Some(ICalendarValue::Duration(length)) = line.values.first() {
                    self.ends = Ends::After(Length::read(length));
                }
            }
            ICalendarProperty::Rrule => match line.values.first() {
                Some(ICalendarValue::RecurrenceRule(value)) => match Rule::read(value) {
                    Some(rule) => self.rules.push(rule),
                    None => lines.reasons.push(Reason::Rule),
                },
                _ => lines.reasons.push(Reason::Rule),
            },
            ICalendarProperty::Rdate => {
                let extra = line
                    .values
                    .iter()
                    .filter_map(|value| lines.extra(value, line));
                self.extra.extend(extra);
            }
            ICalendarProperty::Exdate => self.except.extend(lines.moments(line)),
            ICalendarProperty::RecurrenceId => {
                let and_future = line.has_parameter(&ICalendarParameterName::Range);
                self.instead = lines.moment(line).map(|of| Instead { of, and_future });
            }
            ICalendarProperty::Sequence => {
                if let Some(ICalendarValue::Integer(number)) = line.values.first() {
                    self.sequence = *number;
                }
            }
            _ => {}
        }
    }
}

/// What an event is called; empty if it is not said.
pub fn name(component: &ICalendarComponent) -> String {
    let line = component.property(&ICalendarProperty::Summary);
    let text = line.and_then(|line| line.values.first()?.as_text());
    text.unwrap_or_default().chars().take(NAME).collect()
}

/// Whether an event takes no time of the reader's, whenever it is.
fn is_free(component: &ICalendarComponent, reader: &Reader) -> bool {
    component.status() == Some(&ICalendarStatus::Cancelled)
        || component.transparency() == Some(&ICalendarTransparency::Transparent)
        || is_not_attended(component, reader)
}

/// Whether somebody else invited the reader, who declined, or has not answered where that is
/// taken as free (RFC 5545, 3.2.12: who is said nothing of has not answered).
fn is_not_attended(component: &ICalendarComponent, reader: &Reader) -> bool {
    let of = |line: &ICalendarEntry| {
        let email = line.parameter(&ICalendarParameterName::Email);
        line.calendar_address().is_some_and(|who| reader.is(who))
            || email
                .and_then(|email| email.as_text())
                .is_some_and(|who| reader.is(who))
    };
    let organizer = component.property(&ICalendarProperty::Organizer);
    if organizer.is_some_and(of) {
        return false;
    }
    let mut lines = component.entries.iter();
    let own = lines.find(|line| line.name == ICalendarProperty::Attendee && of(line));
    own.is_some_and(|own| {
        let answer = own.parameter(&ICalendarParameterName::Partstat);
        match answer.and_then(|answer| answer.as_text()) {
            Some(answer) if answer.eq_ignore_ascii_case("DECLINED") => true,
            None => !reader.unanswered,
            Some(answer) => answer.eq_ignore_ascii_case("NEEDS-ACTION") && !reader.unanswered,
        }
    })
}

/// Reads the values of lines.
struct Lines<'a> {
    zones: &'a Zones,
    reader: &'a mut Reader,
    reasons: Vec<Reason>,
}

impl Lines<'_> {
    fn moment(&mut self, line: &ICalendarEntry) -> Option<Moment> {
        self.moments(line).next()
    }

    fn moments(&mut self, line: &ICalendarEntry) -> impl Iterator<Item = Moment> {
        line.values.iter().filter_map(|value| match value {
            ICalendarValue::PartialDateTime(value) => self.read(value, line),
            _ => None,
        })
    }

    fn extra(&mut self, value: &ICalendarValue, line: &ICalendarEntry) -> Option<Extra> {
        let mut read = |value| self.read(value, line);
        match value {
            ICalendarValue::PartialDateTime(start) => Some(Extra {
                start: read(start)?,
                ends: Ends::Unsaid,
            }),
            ICalendarValue::Period(ICalendarPeriod::Range { start, end }) => Some(Extra {
                start: read(start)?,
                ends: Ends::At(read(end)?),
            }),
            ICalendarValue::Period(ICalendarPeriod::Duration { start, duration }) => Some(Extra {
                start: read(start)?,
                ends: Ends::After(Length::read(duration)),
            }),
            _ => None,
        }
    }

    fn read(&mut self, value: &PartialDateTime, line: &ICalendarEntry) -> Option<Moment> {
        let (moment, known) = Moment::read(value, line, self.zones, self.reader)?;
        if !known {
            self.reasons.push(Reason::Zone);
        }
        Some(moment)
    }
}
