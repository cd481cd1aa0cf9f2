//! Times and addresses as APIs of JSON write them.

use domain::{Timestamp, availability::Zone, meeting::Span};
use jiff::{civil::Date, tz::TimeZone};
use url::Url;

use super::Trouble;

/// An instant, to the second, in UTC.
pub fn rfc3339(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The instant of a text with an offset.
pub fn instant(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(at.as_microsecond()))
}

/// The days from one to another, that one not included; at least the first.
pub fn days(first: &str, end: &str, zone: &Zone) -> Option<Span> {
    let first: Date = first.parse().ok()?;
    let end = end.parse::<Date>().ok()?.max(first.tomorrow().ok()?);
    let zone = domain::zone::zone(zone.as_str()).unwrap_or(TimeZone::UTC);
    let begins = |date: Date| {
        let start = date.to_zoned(zone.clone()).ok()?.timestamp();
        Some(Timestamp(start.as_microsecond()))
    };
    Span::new(begins(first)?, begins(end)?)
}

/// An address below the one of an API; each segment is taken as it is.
pub fn url(api: &str, path: &[&str]) -> Result<Url, Trouble> {
    const NONE: Trouble = Trouble::Address("the API's address is none");
    let mut url = Url::parse(api).map_err(|_| NONE)?;
    url.path_segments_mut().map_err(|()| NONE)?.extend(path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_in_their_zone_and_segments_hide_no_slash() {
        let rome = Zone::try_from("Europe/Rome".to_owned()).unwrap();
        let day = Span::new(
            instant("2026-06-30T22:00:00Z").unwrap(),
            instant("2026-07-01T22:00:00Z").unwrap(),
        );
        // One that ends where it begins lasts the day.
        for end in ["2026-07-02", "2026-07-01", "2026-06-30"] {
            assert_eq!(days("2026-07-01", end, &rome), day, "{end}");
        }
        assert_eq!(
            instant("2026-11-23T10:00:00.0000000Z")
                .map(rfc3339)
                .as_deref(),
            Some("2026-11-23T10:00:00Z")
        );
        let address = url(
            "https://example.com/v3",
            &["calendars", "a/b@c#d", "events"],
        )
        .unwrap();
        assert_eq!(
            address.as_str(),
            "https://example.com/v3/calendars/a%2Fb@c%23d/events"
        );
    }
}
