//! Zones by the names that calendars give them.

use calcard::common::timezone::Tz;
use jiff::tz::TimeZone;

/// How Microsoft's programs begin the name of a zone that has no name of Windows.
const MICROSOFT: &str = "tzone://microsoft/";

/// The zone of that name in the time zone database.
pub fn known_here(name: &str) -> Option<TimeZone> {
    domain::zone::zone(name)
}

/// The same, if the name is a place's (`Europe/Rome`), which means one zone only. `EST` or `GMT`
/// mean what whoever wrote them meant by it.
pub fn of_place(name: &str) -> Option<TimeZone> {
    let is_place = name.contains('/') && !name.get(..4).is_some_and(is_etc);
    known_here(name).filter(|_| is_place)
}

fn is_etc(area: &str) -> bool {
    area.eq_ignore_ascii_case("Etc/")
}

/// Names of Windows and of programs, and names of the database behind a prefix.
pub fn known_elsewhere(name: &str) -> Option<TimeZone> {
    // Some write the value of a parameter as if it were a text (RFC 5545, 3.3.11).
    let name = name.replace('\\', "");
    let name = name.trim();
    if let Some((start, rest)) = name.split_at_checked(MICROSOFT.len())
        && start.eq_ignore_ascii_case(MICROSOFT)
    {
        return known_here(rest);
    }
    // `(UTC+00:00) Dublin, Edinburgh, Lisbon, London`: by what it is called, then by its cities.
    // The offset alone would have no summer time.
    let shown = name
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .map(|(_, shown)| shown.trim());
    shown
        .and_then(|shown| in_table(shown).or_else(|| of_cities(shown)))
        .or_else(|| in_table(name))
        // `/example.com/Europe/Rome`
        .or_else(|| {
            let mut tails = name.match_indices('/');
            tails.find_map(|(at, _)| of_place(name.get(at + 1..)?))
        })
}

fn in_table(name: &str) -> Option<TimeZone> {
    let known: Tz = name.parse().ok()?;
    known_here(&known.name()?)
}

/// The zone of the first of several cities that the database has.
fn of_cities(names: &str) -> Option<TimeZone> {
    names.split([',', '/', ';']).find_map(|city| {
        let city = city.trim().replace(' ', "_");
        let is_city = |name: &str| {
            name.rsplit_once('/')
                .is_some_and(|(_, last)| last.eq_ignore_ascii_case(&city))
        };
        let name = domain::zone::names()
            .into_iter()
            .find(|name| is_city(name))?;
        known_here(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows_at_noon_in_july(name: &str) -> Option<i8> {
        let noon: jiff::Timestamp = "2026-07-23T12:00:00Z".parse().unwrap();
        Some(known_elsewhere(name)?.to_datetime(noon).hour())
    }

    #[test]
    fn what_programs_call_a_zone_is_understood() {
        for (name, hour) in [
            ("tzone://Microsoft/Utc", Some(12)),
            (
                "(UTC+00:00) Dublin\\, Edinburgh\\, Lisbon\\, London",
                Some(13),
            ),
            ("(UTC) Dublin, Edinburgh, Lisbon, London", Some(13)),
            (
                "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
                Some(14),
            ),
            ("(UTC-05:00) Eastern Time (US & Canada)", Some(8)),
            ("(UTC+10:00) Canberra\\, Melbourne\\, Sydney", Some(22)),
            ("(GMT+01.00) Sarajevo/Warsaw/Zagreb", Some(14)),
            ("W. Europe Standard Time", Some(14)),
            ("/freeassociation.sourceforge.net/Europe/Rome", Some(14)),
            ("tzone://Microsoft/Custom", None),
            ("Nowhere", None),
        ] {
            assert_eq!(shows_at_noon_in_july(name), hour, "{name}");
        }
    }
}
