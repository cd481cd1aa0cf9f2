//! Which days a rule has.

use calcard::icalendar::ICalendarFrequency;
use jiff::civil;

use super::{NthDay, Rule};

/// Within what the nth of a weekday is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Year,
    Month,
    /// Not at all: any of them.
    Any,
}

impl Rule {
    /// Whether all parts that speak of days have this one. What they leave open follows from the
    /// day `start` on which the rule begins.
    pub(super) fn has_day(&self, date: civil::Date, start: civil::Date) -> bool {
        let listed = |list: &[i8], number: i8| list.is_empty() || list.contains(&number);
        listed(&self.months, date.month())
            && self.has_month_day(date)
            && self.has_year_day(date)
            && self.has_week(date)
            && self.has_weekday(date)
            && self.has_day_of_start(date, start)
    }

    /// Whether a month may have days of the rule.
    pub(super) fn has_month(&self, month: i8) -> bool {
        self.months.is_empty() || self.months.contains(&month)
    }

    fn has_month_day(&self, date: civil::Date) -> bool {
        let from_end = date.day() - date.days_in_month() - 1;
        self.month_days.is_empty()
            || self.month_days.contains(&date.day())
            || self.month_days.contains(&from_end)
    }

    fn has_year_day(&self, date: civil::Date) -> bool {
        let day = date.day_of_year();
        self.year_days.is_empty()
            || self.year_days.contains(&day)
            || self.year_days.contains(&(day - date.days_in_year() - 1))
    }

    fn has_weekday(&self, date: civil::Date) -> bool {
        if self.days.is_empty() {
            return true;
        }
        let scope = match self.frequency {
            ICalendarFrequency::Yearly if !self.weeks.is_empty() => Scope::Any,
            ICalendarFrequency::Yearly if self.months.is_empty() => Scope::Year,
            ICalendarFrequency::Yearly | ICalendarFrequency::Monthly => Scope::Month,
            _ => Scope::Any,
        };
        let weekday = date.weekday();
        self.days
            .iter()
            .any(|day| day.weekday == weekday && day.is_nth(date, scope))
    }

    /// The week of a year is the one that has most of its days (RFC 5545: week 1 has at least four
    /// days in its year).
    fn has_week(&self, date: civil::Date) -> bool {
        if self.weeks.is_empty() {
            return true;
        }
        let since = date.weekday().since(self.week_start);
        // The fourth day of a week lies in the week's year.
        let Ok(middle) = date.checked_add(jiff::Span::new().days(3 - i64::from(since))) else {
            return false;
        };
        let number = (middle.day_of_year() - 1) / 7 + 1;
        let days_after = middle.days_in_year() - middle.day_of_year();
        let from_end = -(days_after / 7) - 1;
        self.weeks
            .iter()
            .any(|week| i16::from(*week) == number || i16::from(*week) == from_end)
    }

    /// Where the parts leave the day open within a year, month or week, it is that of the start.
    fn has_day_of_start(&self, date: civil::Date, start: civil::Date) -> bool {
        let no_days = self.days.is_empty();
        let none = no_days && self.month_days.is_empty() && self.year_days.is_empty();
        match self.frequency {
            ICalendarFrequency::Yearly if none && !self.weeks.is_empty() => {
                date.weekday() == start.weekday()
            }
            ICalendarFrequency::Yearly if none => {
                let month = !self.months.is_empty() || date.month() == start.month();
                month && date.day() == start.day()
            }
            ICalendarFrequency::Monthly if none => date.day() == start.day(),
            ICalendarFrequency::Weekly if no_days => date.weekday() == start.weekday(),
            _ => true,
        }
    }
}

impl NthDay {
    fn is_nth(self, date: civil::Date, scope: Scope) -> bool {
        let (Some(nth), true) = (self.nth, scope != Scope::Any) else {
            return true;
        };
        let (day, days) = match scope {
            Scope::Year => (date.day_of_year(), date.days_in_year()),
            _ => (i16::from(date.day()), i16::from(date.days_in_month())),
        };
        let number = if nth > 0 {
            (day - 1) / 7 + 1
        } else {
            -((days - day) / 7) - 1
        };
        number == nth
    }
}
