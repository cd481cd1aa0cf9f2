//! A zone as a text defines it: `VTIMEZONE` (RFC 5545, 3.6.5).

use calcard::icalendar::{
    ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue,
};
use domain::Timestamp;
use jiff::{SignedDuration, Timestamp as Instant, ToSpan as _, civil, tz};

use crate::{
    moment,
    reader::Steps,
    rule::{Rule, Until},
};

/// Until when changes of the clock are worked out.
const LAST: civil::DateTime = civil::date(2100, 1, 1).at(0, 0, 0, 0);

/// How many changes one zone may have.
const MOST: usize = 4_096;

/// The changes of a clock.
#[derive(Debug)]
pub struct OwnZone {
    /// How far it was ahead of UTC before the first change.
    before: tz::Offset,
    /// From when, and how far from then on; in order.
    changes: Vec<(Instant, tz::Offset)>,
}

impl OwnZone {
    /// From the parts `STANDARD` and `DAYLIGHT`; none if there is no part that can be read.
    pub fn read<'a>(
        parts: impl Iterator<Item = &'a ICalendarComponent>,
        steps: &mut Steps,
    ) -> Option<Self> {
        steps.begin_zone();
        let mut changes = Vec::new();
        for part in parts.filter(|part| {
            matches!(
                part.component_type,
                ICalendarComponentType::Standard | ICalendarComponentType::Daylight
            )
        }) {
            changes.extend(part_changes(part, steps).unwrap_or_default());
        }
        changes.sort_by_key(|change| change.at);
        changes.truncate(MOST);
        let before = changes.first()?.from;
        Some(Self {
            before,
            changes: changes
                .into_iter()
                .map(|change| (change.at, change.to))
                .collect(),
        })
    }

    /// The instant at which the clock shows this. Of two the first; where it skips this, as if it
    /// had not been changed yet.
    pub fn instant(&self, shown: civil::DateTime) -> Option<Timestamp> {
        // No clock is changed twice within two days.
        let near = tz::Offset::UTC.to_timestamp(shown).ok()?;
        let day = SignedDuration::from_hours(26);
        let before = self.offset(near.checked_sub(day).ok()?);
        let after = self.offset(near.checked_add(day).ok()?);
        let mut first: Option<Instant> = None;
        for offset in [before, after] {
            let instant = offset.to_timestamp(shown).ok()?;
            if self.offset(instant) == offset {
                first = Some(first.map_or(instant, |other| other.min(instant)));
            }
        }
        let instant = match first {
            Some(instant) => instant,
            None => before.to_timestamp(shown).ok()?,
        };
        Some(Timestamp(instant.as_microsecond()))
    }

    /// What the clock shows.
    pub fn shown(&self, instant: Instant) -> Option<civil::DateTime> {
        Some(self.offset(instant).to_datetime(instant))
    }

    fn offset(&self, instant: Instant) -> tz::Offset {
        let after = self.changes.partition_point(|(at, _)| *at <= instant);
        after
            .checked_sub(1)
            .and_then(|last| self.changes.get(last))
            .map_or(self.before, |(_, offset)| *offset)
    }
}

/// One change of the clock.
struct Change {
    at: Instant,
    from: tz::Offset,
    to: tz::Offset,
}

/// The changes of one part; none if it cannot be read.
fn part_changes(part: &ICalendarComponent, steps: &mut Steps) -> Option<Vec<Change>> {
    let offset = |name| match part.property(&name)?.values.first()? {
        ICalendarValue::PartialDateTime(value) => moment::offset(value),
        _ => None,
    };
    let from = offset(ICalendarProperty::Tzoffsetfrom)?;
    let to = offset(ICalendarProperty::Tzoffsetto)?;
    let start = match part.property(&ICalendarProperty::Dtstart)?.values.first()? {
        ICalendarValue::PartialDateTime(value) => moment::shown(value)?,
        _ => return None,
    };
    let mut shown = vec![start];
    for line in &part.entries {
        for value in &line.values {
            match (&line.name, value) {
                (ICalendarProperty::Rdate, ICalendarValue::PartialDateTime(value)) => {
                    shown.extend(moment::shown(value));
                }
                (ICalendarProperty::Rrule, ICalendarValue::RecurrenceRule(value)) => {
                    let rule = Rule::read(value)?;
                    // An end is given in UTC (RFC 5545, 3.6.5), the rest as the clock showed before.
                    let ended = |shown: civil::DateTime| match rule.until() {
                        None => false,
                        Some(Until::Shown(until)) => shown > until,
                        Some(Until::Date(until)) => shown.date() > until,
                        Some(Until::Instant(until)) => from
                            .to_timestamp(shown)
                            .is_ok_and(|instant| instant.as_microsecond() > until.0),
                    };
                    // Far enough back that nothing between is left out.
                    let window = (start, LAST.checked_sub(1.day()).ok()?);
                    // One that changes too often is used as far as it was looked at.
                    let _ = rule.walk(start, false, window, ended, steps, &mut |start| {
                        shown.push(start);
                    });
                }
                _ => {}
            }
        }
    }
    shown.sort_unstable();
    shown.dedup();
    let changes = shown.into_iter().filter_map(|shown| {
        let at = from.to_timestamp(shown).ok()?;
        Some(Change { at, from, to })
    });
    Some(changes.collect())
}
