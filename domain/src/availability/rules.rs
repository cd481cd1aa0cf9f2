//! The rules of availability, on the time zone database.
//!
//! A block lasts from the first instant to the last at which the wall clock shows one of its times
//! on its date. So a block over an hour that comes twice lasts through both, one that ends where
//! such an hour begins ends when the clock first shows it, and a block within a skipped hour is
//! empty. Midnight is an instant at which the clock passes into a later date, whatever it shows.

use core::time::Duration;

use jiff::{
    Timestamp as Instant, ToSpan as _, civil,
    tz::{AmbiguousOffset, TimeZone},
};

use super::{Availability, Block, Override, Schedule, Zone};
use crate::{Timestamp, zone};

/// How many days ahead a change is looked for: two weeks, because the clock may skip the only block
/// or the only day of one, and a day for each end.
const DAYS_AHEAD: i16 = 16;

/// Whether there is a time zone of this name.
pub fn exists(zone: &Zone) -> bool {
    zone::zone(zone.as_str()).is_some()
}

/// Whether the agent is available at `now` by the schedule alone.
pub fn scheduled(schedule: &Schedule, now: Timestamp) -> bool {
    let week = Week::of(schedule);
    let Some(today) = week.date(now) else {
        return false;
    };
    // A date whose midnight comes twice may still be running: look at its neighbours as well.
    week.stretches(today, -1, 1)
        .any(|(start, end)| start <= now && now < end)
}

/// The setting above the schedule after the switch was turned to `wanted` at `now`; none if the
/// schedule says so anyway. It ends when the next block starts, or at midnight.
pub fn switched(schedule: &Schedule, wanted: bool, now: Timestamp) -> Option<Override> {
    if scheduled(schedule, now) == wanted {
        return None;
    }
    let week = Week::of(schedule);
    let today = week.date(now)?;
    let midnight = week.midnight_after(today, now)?;
    let block = week
        .stretches(today, -1, 1)
        .map(|(start, _)| start)
        .filter(|start| *start > now)
        .min();
    // One that starts at midnight makes no difference: from then on the schedule says so.
    let until = block.map_or(midnight, |block| block.min(midnight));
    Some(Override {
        available: wanted,
        until,
        at_midnight: until == midnight,
    })
}

/// What holds at `now`. A setting whose time is over counts no more.
pub fn availability(
    schedule: &Schedule,
    over: Option<Override>,
    missed: bool,
    now: Timestamp,
) -> Availability {
    let over = over.filter(|over| now < over.until);
    let available = over.map_or_else(|| scheduled(schedule, now), |over| over.available);
    Availability {
        available,
        over,
        missed: missed && !available,
    }
}

/// The first instant after `now` at which what [`availability`] says may be another; none if it
/// stays so.
pub fn next_change(
    schedule: &Schedule,
    over: Option<Override>,
    now: Timestamp,
) -> Option<Timestamp> {
    if let Some(over) = over.filter(|over| now < over.until) {
        return Some(over.until);
    }
    let week = Week::of(schedule);
    let today = week.date(now)?;
    week.stretches(today, -1, DAYS_AHEAD)
        .flat_map(|(start, end)| [start, end])
        .filter(|instant| *instant > now)
        .min()
}

/// A schedule in its time zone; that of meeting hours as well.
pub(crate) struct Week<'a> {
    zone: TimeZone,
    schedule: &'a Schedule,
}

impl<'a> Week<'a> {
    pub(crate) fn of(schedule: &'a Schedule) -> Self {
        let zone = schedule
            .zone()
            .and_then(|zone| zone::zone(zone.as_str()))
            .unwrap_or(TimeZone::UTC);
        Self { zone, schedule }
    }

    /// The date that the wall clock shows.
    pub(crate) fn date(&self, now: Timestamp) -> Option<civil::Date> {
        let instant = Instant::from_microsecond(now.0).ok()?;
        Some(instant.to_zoned(self.zone.clone()).date())
    }

    /// The first midnight after `now`, when the clock shows the date `today`.
    fn midnight_after(&self, today: civil::Date, now: Timestamp) -> Option<Timestamp> {
        (1..=2).find_map(|days| {
            let date = today.checked_add(days.days()).ok()?;
            // The later one where the clock was put back over a midnight that has passed.
            [Fold::First, Fold::Last]
                .into_iter()
                .filter_map(|fold| self.shows(date.to_datetime(civil::Time::midnight()), fold))
                .find(|midnight| *midnight > now)
        })
    }

    /// The stretches of all blocks of some days around a date, from `first` to `last` days after
    /// it; empty ones are left out.
    pub(crate) fn stretches(
        &self,
        around: civil::Date,
        first: i16,
        last: i16,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        (first..=last)
            .filter_map(move |days| around.checked_add(i64::from(days).days()).ok())
            .flat_map(move |date| {
                let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
                let blocks = self.schedule.days().get(day).map_or(&[][..], Vec::as_slice);
                blocks
                    .iter()
                    .filter_map(move |block| self.stretch(date, *block))
            })
    }

    fn stretch(&self, date: civil::Date, block: Block) -> Option<(Timestamp, Timestamp)> {
        let minute = |minute: u16| {
            date.to_datetime(civil::Time::midnight())
                .checked_add(i64::from(minute).minutes())
                .ok()
        };
        let start = self.shows(minute(block.from())?, Fold::First)?;
        // Behind the last microsecond that belongs to the block: its end itself may come twice.
        let last = minute(block.to())?.checked_sub(1.microsecond()).ok()?;
        let end = match self.gap(last) {
            Some(skipped) => skipped,
            None => self.shows(last, Fold::Last)? + Duration::from_micros(1),
        };
        (start < end).then_some((start, end))
    }

    /// The instant at which the wall clock shows this, or at which it skips it.
    fn shows(&self, shown: civil::DateTime, fold: Fold) -> Option<Timestamp> {
        if let Some(skipped) = self.gap(shown) {
            return Some(skipped);
        }
        let ambiguous = self.zone.to_ambiguous_timestamp(shown);
        let instant = match fold {
            Fold::First => ambiguous.earlier(),
            Fold::Last => ambiguous.later(),
        };
        Some(Timestamp(instant.ok()?.as_microsecond()))
    }

    /// The instant at which the wall clock skips this, if it does.
    fn gap(&self, shown: civil::DateTime) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(shown);
        if !matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
            return None;
        }
        // Read with the offset that holds behind the gap it is an instant before it.
        let before = ambiguous.earlier().ok()?;
        let skip = self.zone.following(before).next()?;
        Some(Timestamp(skip.timestamp().as_microsecond()))
    }
}

/// Which of two instants at which the clock shows the same.
#[derive(Clone, Copy)]
enum Fold {
    First,
    Last,
}

#[cfg(test)]
mod tests;
