//! Days and times of meetings in words, for pages and mails that Casella writes itself. Browsers
//! word their own.

use jiff::{Timestamp as Instant, Zoned, tz};

use super::Span;
use crate::{
    Language, Timestamp,
    texts::{Table, Words, keys::PageText},
    zone,
};

/// Words instants in a time zone and a language, as the chat does.
#[derive(Clone, Debug)]
pub struct Local {
    zone: tz::TimeZone,
    table: Table,
}

impl Local {
    /// `zone` is an IANA name; none if there is no such zone.
    pub fn new(zone: &str, language: Language) -> Option<Self> {
        Some(Self {
            zone: zone::zone(zone)?,
            table: Table(language),
        })
    }

    /// In Coordinated Universal Time.
    pub fn utc(language: Language) -> Self {
        Self {
            zone: tz::TimeZone::UTC,
            table: Table(language),
        }
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The day: `Tuesday 24 November`.
    pub fn day(&self, at: Timestamp) -> String {
        let at = self.at(at);
        let (weekday, month) = (self.weekday(&at), self.month(&at));
        format!("{weekday} {} {month}", at.day())
    }

    /// The day where there is little room: `Tue 24 Nov`.
    pub fn short_day(&self, at: Timestamp) -> String {
        let at = self.at(at);
        let short = |name: &str| name.chars().take(3).collect::<String>();
        let (weekday, month) = (short(self.weekday(&at)), short(self.month(&at)));
        format!("{weekday} {} {month}", at.day())
    }

    /// The day with its year: `Tuesday 24 November 2026`.
    pub fn date(&self, at: Timestamp) -> String {
        format!("{} {}", self.day(at), self.at(at).year())
    }

    /// Hour and minute: `10:00`.
    pub fn time(&self, at: Timestamp) -> String {
        let at = self.at(at);
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// Day and time: `Tuesday 24 November, 10:00`.
    pub fn moment(&self, at: Timestamp) -> String {
        format!("{}, {}", self.day(at), self.time(at))
    }

    /// A meeting's day with its year, and when it begins and ends:
    /// `Tuesday 24 November 2026, 10:00 – 10:30`.
    pub fn span(&self, span: Span) -> String {
        let (start, end) = (span.start(), span.end());
        format!(
            "{}, {} – {}",
            self.date(start),
            self.time(start),
            self.time(end)
        )
    }

    fn at(&self, at: Timestamp) -> Zoned {
        let at = Instant::from_microsecond(at.0).unwrap_or_default();
        at.to_zoned(self.zone.clone())
    }

    fn weekday(&self, at: &Zoned) -> &str {
        self.table.word(match at.weekday() {
            jiff::civil::Weekday::Monday => PageText::Monday,
            jiff::civil::Weekday::Tuesday => PageText::Tuesday,
            jiff::civil::Weekday::Wednesday => PageText::Wednesday,
            jiff::civil::Weekday::Thursday => PageText::Thursday,
            jiff::civil::Weekday::Friday => PageText::Friday,
            jiff::civil::Weekday::Saturday => PageText::Saturday,
            jiff::civil::Weekday::Sunday => PageText::Sunday,
        })
    }

    fn month(&self, at: &Zoned) -> &str {
        self.table.word(match at.month() {
            1 => PageText::January,
            2 => PageText::February,
            3 => PageText::March,
            4 => PageText::April,
            5 => PageText::May,
            6 => PageText::June,
            7 => PageText::July,
            8 => PageText::August,
            9 => PageText::September,
            10 => PageText::October,
            11 => PageText::November,
            _ => PageText::December,
        })
    }
}

/// An instant for machines, in UTC: `2026-11-24T09:00:00Z`.
pub fn utc(at: Timestamp) -> String {
    Instant::from_microsecond(at.0)
        .unwrap_or_default()
        .to_string()
}

/// The names of all time zones, in order.
pub fn zones() -> Vec<String> {
    zone::names()
        .into_iter()
        // Not the old names that the database keeps for old programs: they have no place.
        .filter(|name| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 24 November 2026, 09:00 UTC.
    const AT: Timestamp = Timestamp(1_795_510_800_000_000);

    #[test]
    fn days_and_times_are_worded_in_zone_and_language() {
        let rome = Local::new("Europe/Rome", Language::English).unwrap();
        assert_eq!(rome.moment(AT), "Tuesday 24 November, 10:00");
        assert_eq!(rome.short_day(AT), "Tue 24 Nov");
        let tokyo = Local::new("Asia/Tokyo", Language::Italian).unwrap();
        assert_eq!(tokyo.date(AT), "martedì 24 novembre 2026");
        assert_eq!(tokyo.time(AT), "18:00");
        let half_an_hour = Span::new(AT, Timestamp(AT.0 + 1_800_000_000)).unwrap();
        let span = rome.span(half_an_hour);
        assert_eq!(span, "Tuesday 24 November 2026, 10:00 – 10:30");
        assert_eq!(utc(AT), "2026-11-24T09:00:00Z");
        assert!(Local::new("Europe/Nowhere", Language::English).is_none());
    }

    #[test]
    fn every_zone_that_can_be_chosen_is_known() {
        let zones = zones();
        assert!(zones.len() > 300);
        for zone in ["Europe/Rome", "America/Argentina/Ushuaia", "UTC"] {
            assert!(zones.iter().any(|known| known == zone), "{zone}");
        }
        for zone in zones {
            assert!(Local::new(&zone, Language::English).is_some(), "{zone}");
        }
    }
}
