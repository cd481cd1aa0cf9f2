//! Instants in words, in the reader's language and zone, with the offset from UTC: letters are read
//! anywhere.

use domain::{
    Language, Timestamp,
    meeting::{Span, words::Local},
    zone,
};
use jiff::{Timestamp as Instant, tz::TimeZone};

/// Words instants for one reader.
pub struct When {
    local: Option<Local>,
    zone: TimeZone,
}

impl When {
    /// In the zone of an IANA name; none or unknown: UTC.
    pub fn new(language: Language, zone: Option<&str>) -> Self {
        let known = zone.and_then(|name| Some((name, zone::zone(name)?)));
        let (name, zone) = known.unwrap_or(("UTC", TimeZone::UTC));
        Self {
            local: Local::new(name, language),
            zone,
        }
    }

    /// `Tuesday 24 November, 10:00`.
    pub fn moment(&self, at: Timestamp) -> String {
        let local = self.local.as_ref();
        local.map_or_else(String::new, |local| local.moment(at))
    }

    /// `Tuesday 24 November, 10:00 (Europe/Rome, UTC+01:00)`.
    pub fn moment_and_zone(&self, at: Timestamp) -> String {
        format!("{} ({})", self.moment(at), self.zone_at(at))
    }

    /// `Tuesday 24 November 2026, 10:00 – 10:30 (Europe/Rome, UTC+01:00)`. The offset is the one at
    /// the beginning.
    pub fn span(&self, span: Span) -> String {
        let local = self.local.as_ref();
        let words = local.map_or_else(String::new, |local| local.span(span));
        format!("{words} ({})", self.zone_at(span.start()))
    }

    fn zone_at(&self, at: Timestamp) -> String {
        let at = Instant::from_microsecond(at.0).unwrap_or_default();
        let offset = at.to_zoned(self.zone.clone()).strftime("UTC%:z");
        match self.zone.iana_name() {
            Some(name) if name != "UTC" => format!("{name}, {offset}"),
            _ => offset.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_worded_in_the_readers_language_and_zone() {
        let span = Span::new(
            Timestamp(1_795_507_200_000_000),
            Timestamp(1_795_509_000_000_000),
        )
        .unwrap();
        let when = |language, zone| When::new(language, zone);
        assert_eq!(
            when(Language::English, Some("America/New_York")).span(span),
            "Tuesday 24 November 2026, 03:00 – 03:30 (America/New_York, UTC-05:00)"
        );
        assert_eq!(
            when(Language::Italian, Some("Europe/Rome")).span(span),
            "martedì 24 novembre 2026, 09:00 – 09:30 (Europe/Rome, UTC+01:00)"
        );
        for unknown in [Some("Nowhere/At_All"), None] {
            assert_eq!(
                when(Language::English, unknown).span(span),
                "Tuesday 24 November 2026, 08:00 – 08:30 (UTC+00:00)"
            );
        }
    }
}
