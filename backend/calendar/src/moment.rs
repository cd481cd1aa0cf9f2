//! A date or a time as an event writes it.

use calcard::{common::PartialDateTime, icalendar::ICalendarEntry};
use domain::Timestamp;
use jiff::{civil, tz};

use crate::{
    clock::{Clock, Zones},
    reader::Reader,
};

/// A date or a time on some clock.
#[derive(Clone, Debug)]
pub struct Moment {
    /// What the clock shows; midnight for a date.
    pub shown: civil::DateTime,
    pub clock: Clock,
    /// A whole day is meant, on any clock.
    pub is_date: bool,
}

impl Moment {
    /// A value of a line, with the zone that the line names. The second part says whether the zone
    /// is known.
    pub fn read(
        value: &PartialDateTime,
        line: &ICalendarEntry,
        zones: &Zones,
        reader: &mut Reader,
    ) -> Option<(Self, bool)> {
        let shown = shown(value)?;
        let is_date = !value.has_time();
        let (clock, known) = match (offset(value), line.tz_id()) {
            _ if is_date => (Clock::Floating, true),
            (Some(offset), _) => (Clock::Zone(tz::TimeZone::fixed(offset)), true),
            (None, Some(name)) => match zones.clock(name, reader) {
                Some(clock) => (clock, true),
                None => (Clock::Floating, false),
            },
            (None, None) => (Clock::Floating, true),
        };
        let moment = Self {
            shown,
            clock,
            is_date,
        };
        Some((moment, known))
    }

    /// The instant, for a reader in a zone; of a date its midnight. None outside the years 1 to
    /// 9999.
    pub fn instant(&self, reader: &tz::TimeZone) -> Option<Timestamp> {
        self.clock.instant(self.shown, reader)
    }
}

/// What the clock shows. A second 60 is the one before.
pub fn shown(value: &PartialDateTime) -> Option<civil::DateTime> {
    let small = |number: Option<u8>| i8::try_from(number?).ok();
    let year = i16::try_from(value.year?).ok()?;
    let date = civil::Date::new(year, small(value.month)?, small(value.day)?).ok()?;
    if !value.has_time() {
        return Some(date.to_datetime(civil::Time::midnight()));
    }
    let second = small(value.second.or(Some(0)))?.min(59);
    let time = civil::Time::new(small(value.hour)?, small(value.minute)?, second, 0).ok()?;
    Some(date.to_datetime(time))
}

/// How far a clock is ahead of UTC, where the value says so; `Z` says zero.
pub fn offset(value: &PartialDateTime) -> Option<tz::Offset> {
    let hours = i32::from(value.tz_hour?);
    let seconds = hours * 3_600 + i32::from(value.tz_minute.unwrap_or(0)) * 60;
    tz::Offset::from_seconds(if value.tz_minus { -seconds } else { seconds }).ok()
}
