//! How long something lasts, as a clock shows it.
//!
//! The standard would have hours pass and only days be counted on the clock (RFC 5545, 3.3.6 and
//! 3.8.5.3). Calendars that people look at do otherwise: what lasts from nine to five does so over
//! a change of the clock as well.

use calcard::icalendar::ICalendarDuration;
use domain::Timestamp;
use jiff::{SignedDuration, civil, tz};

use crate::clock::Clock;

const DAY: i64 = 24 * 60 * 60;

/// A length in seconds of a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length(i64);

impl Length {
    /// What a value says; nothing if it is negative.
    pub fn read(value: &ICalendarDuration) -> Self {
        if value.neg {
            return Self::default();
        }
        let days = i64::from(value.weeks) * 7 + i64::from(value.days);
        let seconds = i64::from(value.hours) * 3_600
            + i64::from(value.minutes) * 60
            + i64::from(value.seconds);
        Self(days * DAY + seconds)
    }

    /// Whole days.
    pub fn days(days: i64) -> Self {
        Self(days.saturating_mul(DAY))
    }

    /// The same, or a day if it is nothing.
    pub fn at_least_a_day(self) -> Self {
        if self.0 > 0 { self } else { Self::days(1) }
    }

    /// From one time of a clock to another of the same.
    pub fn between(start: civil::DateTime, end: civil::DateTime) -> Self {
        Self(end.duration_since(start).as_secs())
    }

    /// When something begins and ends that begins when a clock shows `start`.
    pub fn times(
        self,
        start: civil::DateTime,
        clock: &Clock,
        reader: &tz::TimeZone,
    ) -> Option<(Timestamp, Timestamp)> {
        let passes = SignedDuration::from_secs(self.0);
        let begins = clock.instant(start, reader)?;
        let ends = clock.instant(start.checked_add(passes).ok()?, reader)?;
        // What begins in an hour that the clock skips begins later, and would end before.
        let ends = if ends <= begins && self.0 > 0 {
            Timestamp(begins.0.checked_add(self.0.checked_mul(1_000_000)?)?)
        } else {
            ends
        };
        Some((begins, ends))
    }

    /// It is never longer than this, in days: for how far back a window must look.
    pub fn whole_days(self) -> i64 {
        (self.0 / DAY).max(0) + 1
    }
}
