//! Dates without a time zone database: UTC for machines, and the text that stands in a page until
//! the browser words instants in the reader's own zone.

use domain::Timestamp;

const DAY_SECONDS: i64 = 86_400;

/// The number of the UTC day of an instant, 0 for 1970-01-01.
pub fn utc_day(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY_SECONDS * 1_000_000)
}

/// An instant for `<time datetime>`: `2026-11-22T14:32:05.123Z`.
pub fn machine(at: Timestamp) -> String {
    let (year, month, day) = date(utc_day(at));
    let millis = at.0.div_euclid(1_000).rem_euclid(DAY_SECONDS * 1_000);
    let seconds = millis / 1_000;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        millis % 1_000
    )
}

/// What stands in the page before the browser knows the zone: `14:32 UTC` on the day of `now`, else
/// with the date before it.
pub fn neutral(at: Timestamp, now: Timestamp) -> String {
    let machine = machine(at);
    let date = machine.get(..10).unwrap_or_default();
    let time = machine.get(11..16).unwrap_or_default();
    if utc_day(at) == utc_day(now) {
        format!("{time} UTC")
    } else {
        format!("{date} {time} UTC")
    }
}

/// Year, month and day of a day number, by the proleptic Gregorian calendar (Howard Hinnant's
/// `civil_from_days`).
fn date(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_in_utc() {
        assert_eq!(machine(Timestamp(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            machine(Timestamp(1_709_211_845_678_000)),
            "2024-02-29T13:04:05.678Z"
        );
        assert_eq!(machine(Timestamp(-1_000)), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn the_date_stands_before_the_time_of_another_day() {
        let noon = Timestamp(1_709_211_845_678_000);
        assert_eq!(neutral(noon, noon), "13:04 UTC");
        assert_eq!(neutral(noon, Timestamp(0)), "2024-02-29 13:04 UTC");
    }
}
