//! How something recurs: `RRULE` (RFC 5545, 3.3.10), as times that a clock shows.

mod day;
mod walk;

use calcard::{
    common::CalendarScale,
    icalendar::{
        ICalendarDay, ICalendarFrequency, ICalendarRecurrenceRule, ICalendarSkip, ICalendarWeekday,
    },
};
use domain::Timestamp;
use jiff::civil;

use crate::moment;

/// After which time a rule has no more occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// A date of the same clock, included.
    Date(civil::Date),
    /// A time of the same clock, included.
    Shown(civil::DateTime),
    /// An instant, included.
    Instant(Timestamp),
}

/// A weekday, perhaps the nth of a month or year, from its end if negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NthDay {
    nth: Option<i16>,
    weekday: civil::Weekday,
}

/// A rule with all parts in their limits. Empty lists limit nothing.
#[derive(Clone, Debug)]
pub struct Rule {
    frequency: ICalendarFrequency,
    /// At least 1.
    interval: i64,
    until: Option<Until>,
    count: Option<u32>,
    months: Vec<i8>,
    /// Not 0; negative from the year's end.
    weeks: Vec<i8>,
    /// Not 0; negative from the year's end.
    year_days: Vec<i16>,
    /// Not 0; negative from the month's end.
    month_days: Vec<i8>,
    days: Vec<NthDay>,
    hours: Vec<i8>,
    minutes: Vec<i8>,
    seconds: Vec<i8>,
    /// Not 0; negative from the end of the set.
    positions: Vec<i32>,
    week_start: civil::Weekday,
}

impl Rule {
    /// Checks a rule. None if it counts in other months than those of the Gregorian calendar, or
    /// if a part has a value out of its limits.
    pub fn read(value: &ICalendarRecurrenceRule) -> Option<Self> {
        let gregorian = matches!(value.rscale, None | Some(CalendarScale::Gregorian));
        if !gregorian || !matches!(value.skip, None | Some(ICalendarSkip::Omit)) {
            return None;
        }
        let until = match &value.until {
            None => None,
            Some(until) => {
                let shown = moment::shown(until)?;
                Some(match moment::offset(until) {
                    _ if !until.has_time() => Until::Date(shown.date()),
                    Some(offset) => {
                        Until::Instant(Timestamp(offset.to_timestamp(shown).ok()?.as_microsecond()))
                    }
                    None => Until::Shown(shown),
                })
            }
        };
        let small = |values: &[u8], most: i8| -> Option<Vec<i8>> {
            sorted(
                values
                    .iter()
                    .map(|value| i8::try_from(*value).ok().filter(|value| *value <= most)),
            )
        };
        let rule = Self {
            frequency: value.freq,
            interval: i64::from(value.interval.unwrap_or(1)).max(1),
            until,
            count: value.count,
            months: sorted(value.bymonth.iter().map(|month| {
                let number = i8::try_from(month.month()).ok()?;
                (!month.is_leap() && (1..=12).contains(&number)).then_some(number)
            }))?,
            weeks: sorted(value.byweekno.iter().map(|n| around(*n, 53)))?,
            year_days: sorted(value.byyearday.iter().map(|n| around(*n, 366)))?,
            month_days: sorted(value.bymonthday.iter().map(|n| around(*n, 31)))?,
            days: value.byday.iter().map(nth_day).collect::<Option<_>>()?,
            hours: small(&value.byhour, 23)?,
            minutes: small(&value.byminute, 59)?,
            // No clock here shows a leap second.
            seconds: sorted(value.bysecond.iter().map(|second| {
                let second = i8::try_from(*second).ok().filter(|second| *second <= 60)?;
                Some(second.min(59))
            }))?,
            positions: sorted(value.bysetpos.iter().map(|n| around(*n, 366)))?,
            week_start: value.wkst.as_ref().map_or(civil::Weekday::Monday, weekday),
        };
        Some(rule)
    }

    /// Its end, if it is given as a time.
    pub fn until(&self) -> Option<Until> {
        self.until
    }
}

/// A number from 1 to `most`, or from -1 to `-most`.
fn around<N: Copy + PartialOrd + Into<i32>>(number: N, most: i32) -> Option<N> {
    let size = number.into().abs();
    (1..=most).contains(&size).then_some(number)
}

fn sorted<N: Ord>(values: impl Iterator<Item = Option<N>>) -> Option<Vec<N>> {
    let mut values: Vec<N> = values.collect::<Option<_>>()?;
    values.sort_unstable();
    values.dedup();
    Some(values)
}

fn nth_day(day: &ICalendarDay) -> Option<NthDay> {
    let nth = match day.ordwk {
        None => None,
        Some(nth) => Some(around(nth, 53)?),
    };
    Some(NthDay {
        nth,
        weekday: weekday(&day.weekday),
    })
}

fn weekday(day: &ICalendarWeekday) -> civil::Weekday {
    match day {
        ICalendarWeekday::Monday => civil::Weekday::Monday,
        ICalendarWeekday::Tuesday => civil::Weekday::Tuesday,
        ICalendarWeekday::Wednesday => civil::Weekday::Wednesday,
        ICalendarWeekday::Thursday => civil::Weekday::Thursday,
        ICalendarWeekday::Friday => civil::Weekday::Friday,
        ICalendarWeekday::Saturday => civil::Weekday::Saturday,
        ICalendarWeekday::Sunday => civil::Weekday::Sunday,
    }
}
