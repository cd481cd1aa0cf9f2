//! The occurrences of a rule, period by period.

use calcard::icalendar::ICalendarFrequency;
use jiff::{Span, ToSpan as _, civil};

use super::Rule;
use crate::reader::Steps;

const DAY: i64 = 24 * 60 * 60;

/// A stretch of a rule's periods: years, months, weeks, days, or parts of a day.
struct Period {
    /// The first day, and how many.
    first: civil::Date,
    days: i64,
    /// The part of the day, for periods that are shorter.
    part: Option<civil::Time>,
}

impl Rule {
    /// Hands on each occurrence that begins from the first to the last time of the window, in
    /// order, until `ended` says that one is behind the rule's end. `start` is where the rule
    /// begins; a rule of whole days has no parts of a day.
    ///
    /// # Errors
    /// The time from which on nothing is known, if the steps did not suffice.
    pub fn walk(
        &self,
        start: civil::DateTime,
        whole_days: bool,
        window: (civil::DateTime, civil::DateTime),
        ended: impl Fn(civil::DateTime) -> bool,
        steps: &mut Steps,
        each: &mut dyn FnMut(civil::DateTime),
    ) -> Result<(), civil::DateTime> {
        let (from, to) = window;
        let mut left = self.count.unwrap_or(u32::MAX);
        // Who counts must begin at the beginning.
        let mut n = if self.count.is_some() {
            0
        } else {
            self.periods_before(start, from)
        };
        let mut times = Vec::new();
        while let Some(period) = self.period(start, n) {
            let begins = period.first.to_datetime(period.part.unwrap_or_default());
            if begins > to || ended(begins.max(start)) {
                break;
            }
            if !steps.take(1 + self.looked_at(&period)) {
                return Err(begins);
            }
            n += 1;
            if let Some(skip) = self.skipped(&period, start) {
                n = self.first_from(start, n, skip);
                continue;
            }
            times.clear();
            if !self.times(&period, start, whole_days, steps, &mut times) {
                return Err(begins);
            }
            for time in self.chosen(&times) {
                if time < start {
                    continue;
                }
                if left == 0 || time > to || ended(time) {
                    return Ok(());
                }
                left -= 1;
                if time >= from {
                    each(time);
                }
            }
            if left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// How many steps it is worth to look at the days of a period.
    fn looked_at(&self, period: &Period) -> usize {
        let days = match self.months.len() {
            0 => period.days,
            months => period.days.min(i64::try_from(months).unwrap_or(12) * 31),
        };
        usize::try_from(days / 8).unwrap_or(0)
    }

    /// How long a period of a part of a day is, in seconds.
    fn part(&self) -> Option<i64> {
        match self.frequency {
            ICalendarFrequency::Hourly => Some(3_600),
            ICalendarFrequency::Minutely => Some(60),
            ICalendarFrequency::Secondly => Some(1),
            _ => None,
        }
    }

    /// A number of periods that surely end before a time.
    fn periods_before(&self, start: civil::DateTime, from: civil::DateTime) -> i64 {
        let days = i64::from((from.date() - start.date()).get_days()) - 1;
        let periods = match self.frequency {
            ICalendarFrequency::Yearly => days / 366 - 1,
            ICalendarFrequency::Monthly => days / 31 - 1,
            ICalendarFrequency::Weekly => days / 7 - 1,
            ICalendarFrequency::Daily => days - 1,
            _ => self.part().map_or(0, |part| days * (DAY / part)),
        };
        (periods / self.interval).max(0)
    }

    /// The nth period; none behind the last year there is.
    fn period(&self, start: civil::DateTime, n: i64) -> Option<Period> {
        let count = n.checked_mul(self.interval)?;
        let date = start.date();
        let days = |first: civil::Date, days| Period {
            first,
            days,
            part: None,
        };
        match self.frequency {
            ICalendarFrequency::Yearly => {
                let year = i64::from(date.year()).checked_add(count)?;
                let first = civil::Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
                Some(days(first, i64::from(first.days_in_year())))
            }
            ICalendarFrequency::Monthly => {
                let first = date.first_of_month();
                let first = first
                    .checked_add(Span::new().try_months(count).ok()?)
                    .ok()?;
                Some(days(first, i64::from(first.days_in_month())))
            }
            ICalendarFrequency::Weekly => {
                let since = date.weekday().since(self.week_start);
                let first = date.checked_sub(i64::from(since).days()).ok()?;
                let first = first.checked_add(Span::new().try_weeks(count).ok()?).ok()?;
                Some(days(first, 7))
            }
            ICalendarFrequency::Daily => {
                let first = date.checked_add(Span::new().try_days(count).ok()?).ok()?;
                Some(days(first, 1))
            }
            _ => {
                let seconds = count.checked_mul(self.part()?)?;
                let at = self.truncated(start);
                let at = at
                    .checked_add(Span::new().try_seconds(seconds).ok()?)
                    .ok()?;
                Some(Period {
                    first: at.date(),
                    days: 1,
                    part: Some(at.time()),
                })
            }
        }
    }

    /// The beginning of the part of a day that a time lies in.
    fn truncated(&self, time: civil::DateTime) -> civil::DateTime {
        let (minute, second) = match self.frequency {
            ICalendarFrequency::Hourly => (0, 0),
            ICalendarFrequency::Minutely => (time.minute(), 0),
            _ => (time.minute(), time.second()),
        };
        time.date().at(time.hour(), minute, second, 0)
    }

    /// For periods of parts of a day: where to go on, if the rule has none of the day's or hour's.
    fn skipped(&self, period: &Period, start: civil::DateTime) -> Option<civil::DateTime> {
        let part = period.part?;
        if !self.has_day(period.first, start.date()) {
            return Some(period.first.tomorrow().ok()?.at(0, 0, 0, 0));
        }
        if self.hours.is_empty() || self.hours.contains(&part.hour()) {
            return None;
        }
        let hour = period.first.at(part.hour(), 0, 0, 0);
        hour.checked_add(1.hour()).ok()
    }

    /// The number of the first period, from the nth on, that begins at a time or later.
    fn first_from(&self, start: civil::DateTime, n: i64, time: civil::DateTime) -> i64 {
        let length = self.part().unwrap_or(DAY).saturating_mul(self.interval);
        let begin = self.truncated(start);
        let days = i64::from((time.date() - begin.date()).get_days());
        let of_day = |time: civil::DateTime| {
            i64::from(time.hour()) * 3_600
                + i64::from(time.minute()) * 60
                + i64::from(time.second())
        };
        let seconds = days * DAY + of_day(time) - of_day(begin);
        n.max(seconds.saturating_add(length - 1).div_euclid(length))
    }

    /// All times of a period, in order. Says whether the steps sufficed.
    fn times(
        &self,
        period: &Period,
        start: civil::DateTime,
        whole_days: bool,
        steps: &mut Steps,
        times: &mut Vec<civil::DateTime>,
    ) -> bool {
        let first_minute = [start.minute()];
        let first_second = [start.second()];
        let first_hour = [start.hour()];
        let hour = period.part.map(|part| [part.hour()]);
        let minute = period.part.map(|part| [part.minute()]);
        let second = period.part.map(|part| [part.second()]);
        // Parts at least as long as the period limit it, shorter ones add to it.
        let choose = |fixed: Option<&'_ [i8; 1]>, listed: &[i8], otherwise: &[i8; 1]| -> Vec<i8> {
            match fixed {
                Some(fixed) if listed.is_empty() || listed.contains(&fixed[0]) => fixed.to_vec(),
                Some(_) => Vec::new(),
                None if whole_days || listed.is_empty() => otherwise.to_vec(),
                None => listed.to_vec(),
            }
        };
        let minute = minute.filter(|_| self.frequency != ICalendarFrequency::Hourly);
        let second = second.filter(|_| self.frequency == ICalendarFrequency::Secondly);
        let hours = choose(hour.as_ref(), &self.hours, &first_hour);
        let minutes = choose(minute.as_ref(), &self.minutes, &first_minute);
        let seconds = choose(second.as_ref(), &self.seconds, &first_second);
        for date in self.days_of(period, start.date()) {
            if !steps.take(hours.len() * minutes.len() * seconds.len()) {
                return false;
            }
            for hour in &hours {
                for minute in &minutes {
                    times.extend(
                        seconds
                            .iter()
                            .map(|second| date.at(*hour, *minute, *second, 0)),
                    );
                }
            }
        }
        true
    }

    /// The days of a period that the rule has.
    fn days_of(&self, period: &Period, start: civil::Date) -> impl Iterator<Item = civil::Date> {
        let mut next = Some(period.first);
        let mut left = period.days;
        std::iter::from_fn(move || {
            while left > 0 {
                let date = next?;
                if self.has_month(date.month()) {
                    left -= 1;
                    next = date.tomorrow().ok();
                    if self.has_day(date, start) {
                        return Some(date);
                    }
                } else {
                    // On with the next month.
                    let rest = i64::from(date.days_in_month() - date.day()) + 1;
                    left -= rest;
                    next = date.checked_add(rest.days()).ok();
                }
            }
            None
        })
    }

    /// Those of a period's times that stand at the rule's positions.
    fn chosen(&self, times: &[civil::DateTime]) -> impl Iterator<Item = civil::DateTime> {
        let most = i32::try_from(times.len()).unwrap_or(i32::MAX);
        times
            .iter()
            .zip(1i32..)
            .filter(move |(_, position)| {
                self.positions.is_empty()
                    || self.positions.binary_search(position).is_ok()
                    || self.positions.binary_search(&(position - most - 1)).is_ok()
            })
            .map(|(time, _)| *time)
    }
}
