//! One `VEVENT`, as far as it concerns when somebody is busy.

use calcard::icalendar::{
    ICalendarComponent, ICalendarEntry, ICalendarParameterName, ICalendarPeriod, ICalendarProperty,
    ICalendarStatus, ICalendarTransparency, ICalendarValue,
};

use crate::{Reason, clock::Zones, length::Length, moment::Moment, rule::Rule};

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
    /// Neither transparent nor cancelled.
    pub is_busy: bool,
}

impl Event {
    /// Reads a component; with what of it was not understood.
    ///
    /// # Errors
    /// The reason why nothing of it can be used.
    pub fn read(
        component: &ICalendarComponent,
        zones: &Zones,
    ) -> Result<(Self, Vec<Reason>), Reason> {
        let mut lines = Lines {
            zones,
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
            is_busy: component.status() != Some(&ICalendarStatus::Cancelled)
                && component.transparency() != Some(&ICalendarTransparency::Transparent),
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

/// Reads the values of lines.
struct Lines<'a> {
    zones: &'a Zones,
    reasons: Vec<Reason>,
}

impl Lines<'_> {
    fn moment(&mut self, line: &ICalendarEntry) -> Option<Moment> {
        self.moments(line).next()
    }

    fn moments(&mut self, line: &ICalendarEntry) -> impl Iterator<Item = Moment> {
        line.values.iter().filter_map(|value| match value {
            ICalendarValue::PartialDateTime(value) => {
                self.known(Moment::read(value, line, self.zones)?)
            }
            _ => None,
        })
    }

    fn extra(&mut self, value: &ICalendarValue, line: &ICalendarEntry) -> Option<Extra> {
        let mut read = |value| self.known(Moment::read(value, line, self.zones)?);
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

    fn known(&mut self, (moment, known): (Moment, bool)) -> Option<Moment> {
        if !known {
            self.reasons.push(Reason::Zone);
        }
        Some(moment)
    }
}
