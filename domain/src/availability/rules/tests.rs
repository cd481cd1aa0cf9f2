//! The rules against a plain model that only reads the wall clock, minute by minute, around the
//! changes of many zones' clocks.

use proptest::prelude::*;

use super::*;
use crate::availability::DAY_MINUTES;

const MINUTE: i64 = 60_000_000;

/// How far back the model looks, in minutes.
const BACK: i64 = 2 * 24 * 60;

/// How far ahead, in days: for a weekly change that is skipped once, and for the next midnight.
const WEEKS: i64 = 15;
const DAYS: i64 = 4;

/// Zones with all kinds of changes: at midnight, by half an hour, over a day, on other weekdays.
const ZONES: [&str; 24] = [
    "UTC",
    "Europe/Rome",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "America/Santiago",
    "America/Asuncion",
    "America/Caracas",
    "America/Scoresbysund",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tehran",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Antarctica/Troll",
];

fn zone(name: &str) -> Zone {
    name.to_owned().try_into().unwrap()
}

/// An instant from what a clock with this offset showed.
fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<Instant>().unwrap().as_microsecond())
}

/// The same hours on every day.
fn daily(name: &str, hours: &[(&str, &str)]) -> Schedule {
    let day: Vec<Block> = hours
        .iter()
        .map(|(from, to)| Block::parse(from, to).unwrap())
        .collect();
    Schedule::new(Some(zone(name)), core::array::from_fn(|_| day.clone())).unwrap()
}

/// What the model knows of one minute: the date as days, the weekday and the minute of the day.
#[derive(Clone, Copy)]
struct Shown {
    date: i64,
    weekday: usize,
    minute: u16,
}

/// Every minute around an instant, as the wall clock shows it.
struct Walk<'a> {
    schedule: &'a Schedule,
    /// The first minute, in minutes since 1970.
    first: i64,
    minutes: Vec<Shown>,
    /// Whether the schedule says available, by minute.
    available: Vec<bool>,
    /// Where blocks start, by minute.
    starts: Vec<bool>,
}

impl<'a> Walk<'a> {
    fn around(schedule: &'a Schedule, now: Timestamp, days: i64) -> Self {
        let tz = schedule
            .zone()
            .map_or(TimeZone::UTC, |zone| TimeZone::get(zone.as_str()).unwrap());
        let first = now.0.div_euclid(MINUTE) - BACK;
        let epoch = civil::date(1970, 1, 1);
        let minutes: Vec<Shown> = (first..first + BACK + days * 24 * 60)
            .map(|minute| {
                let instant = Instant::from_microsecond(minute * MINUTE).unwrap();
                let shown = tz.to_datetime(instant);
                let date = (shown.date() - epoch).get_days();
                Shown {
                    date: date.into(),
                    // 1970 began on a Thursday.
                    weekday: usize::try_from((i64::from(date) + 3).rem_euclid(7)).unwrap(),
                    minute: u16::try_from(i32::from(shown.hour()) * 60 + i32::from(shown.minute()))
                        .unwrap(),
                }
            })
            .collect();
        let mut walk = Self {
            schedule,
            first,
            available: vec![false; minutes.len()],
            starts: vec![false; minutes.len()],
            minutes,
        };
        walk.mark();
        walk
    }

    /// Marks each block of each date from the first to the last minute that shows it.
    fn mark(&mut self) {
        let mut spans = std::collections::BTreeMap::<(i64, Block), (usize, usize)>::new();
        for (at, shown) in self.minutes.iter().enumerate() {
            for block in &self.schedule.days()[shown.weekday] {
                if (block.from()..block.to()).contains(&shown.minute) {
                    spans
                        .entry((shown.date, *block))
                        .and_modify(|span| span.1 = at)
                        .or_insert((at, at));
                }
            }
        }
        for (from, to) in spans.into_values() {
            self.starts[from] = true;
            self.available[from..=to].fill(true);
        }
    }

    fn index(&self, now: Timestamp) -> usize {
        usize::try_from(now.0.div_euclid(MINUTE) - self.first).unwrap()
    }

    fn instant(&self, index: usize) -> Timestamp {
        Timestamp((self.first + i64::try_from(index).unwrap()) * MINUTE)
    }

    fn scheduled(&self, now: Timestamp) -> bool {
        self.available[self.index(now)]
    }

    /// The first minute after `now` of which something is true.
    fn next(&self, now: Timestamp, is: impl Fn(usize) -> bool) -> Option<Timestamp> {
        (self.index(now) + 1..self.minutes.len())
            .find(|index| is(*index))
            .map(|index| self.instant(index))
    }

    fn next_midnight(&self, now: Timestamp) -> Timestamp {
        self.next(now, |index| {
            self.minutes[index].date > self.minutes[index - 1].date
        })
        .unwrap()
    }

    fn next_start(&self, now: Timestamp) -> Option<Timestamp> {
        self.next(now, |index| self.starts[index])
    }

    fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let is = self.scheduled(now);
        self.next(now, |index| self.available[index] != is)
    }
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    // Round times are what people set, and where clocks change.
    let time = prop_oneof![
        2 => (0..=48u16).prop_map(|half| half * 30),
        1 => 0..=DAY_MINUTES,
    ];
    prop::collection::vec(time, 0..6).prop_map(|mut times| {
        times.sort_unstable();
        times
            .chunks_exact(2)
            .filter_map(|pair| Block::new(pair[0], pair[1]).ok())
            .collect()
    })
}

/// A schedule in one of the zones, and an instant, mostly near a change of its clock.
fn situations() -> impl Strategy<Value = (Schedule, Timestamp)> {
    let days = prop::array::uniform7(prop_oneof![4 => blocks(), 1 => Just(Vec::new())]);
    let years = 1980..2037i16;
    let near = -20 * 3_600..12 * 3_600i64;
    let zones = prop::sample::select(&ZONES[..]);
    (zones, days, years, 1..=12i8, near, 0..1_000_000i64).prop_map(
        |(name, days, year, month, seconds, micros)| {
            let schedule = Schedule::new(Some(zone(name)), days).unwrap();
            let month = civil::date(year, month, 1).to_zoned(TimeZone::UTC).unwrap();
            let change = TimeZone::get(name)
                .unwrap()
                .following(month.timestamp())
                .next()
                .map_or(month.timestamp(), |change| change.timestamp());
            let now = change.as_second() + seconds;
            (schedule, Timestamp(now * 1_000_000 + micros))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_schedule_says_what_the_wall_clock_says((schedule, now) in situations()) {
        let walk = Walk::around(&schedule, now, DAYS);
        for minutes in (0..24 * 60).step_by(9) {
            let now = Timestamp(now.0 + minutes * MINUTE);
            prop_assert_eq!(scheduled(&schedule, now), walk.scheduled(now), "{:?}", now);
        }
    }

    #[test]
    fn the_next_change_is_never_late_and_never_past((schedule, now) in situations()) {
        let walk = Walk::around(&schedule, now, WEEKS);
        let next = next_change(&schedule, None, now);
        if let Some(next) = next {
            prop_assert!(next > now);
        }
        match (walk.next_change(now), next) {
            (Some(change), Some(next)) => prop_assert!(next <= change, "{next:?} after {change:?}"),
            (Some(change), None) => prop_assert!(false, "nothing said of {change:?}"),
            (None, _) => {}
        }
    }

    #[test]
    fn the_switch_holds_until_the_next_block_or_midnight(
        (schedule, now) in situations(),
        wanted: bool,
    ) {
        let walk = Walk::around(&schedule, now, DAYS);
        let over = switched(&schedule, wanted, now);
        if walk.scheduled(now) == wanted {
            prop_assert_eq!(over, None);
            return Ok(());
        }
        let midnight = walk.next_midnight(now);
        let until = walk.next_start(now).map_or(midnight, |start| start.min(midnight));
        prop_assert_eq!(
            over,
            Some(Override { available: wanted, until, at_midnight: until == midnight })
        );
        prop_assert_eq!(next_change(&schedule, over, now), Some(until));

        let before = availability(&schedule, over, true, Timestamp(until.0 - 1));
        prop_assert_eq!(before.available, wanted);
        prop_assert_eq!(before.over, over);
        prop_assert_eq!(before.missed, !wanted);
        let after = availability(&schedule, over, false, until);
        prop_assert_eq!(after.over, None);
        prop_assert_eq!(after.available, walk.scheduled(until));
        // Set by hand it is off at midnight, unless a block starts there.
        if wanted && until == midnight && !walk.starts[walk.index(midnight)] {
            prop_assert!(!after.available || walk.scheduled(Timestamp(midnight.0 - 1)));
        }
    }
}

#[test]
fn a_block_over_the_skipped_hour_is_shorter_and_one_within_it_empty() {
    // Clocks go from 02:00 to 03:00 on 29 March 2026.
    let over = daily("Europe/Rome", &[("01:30", "03:30")]);
    assert!(scheduled(&over, at("2026-03-29T01:30+01")));
    assert!(scheduled(&over, at("2026-03-29T03:29+02")));
    assert!(!scheduled(&over, at("2026-03-29T03:30+02")));

    let within = daily("Europe/Rome", &[("02:00", "03:00")]);
    let midnight = at("2026-03-29T00:00+01");
    assert_eq!(
        next_change(&within, None, midnight),
        Some(at("2026-03-30T02:00+02"))
    );
    // The switch holds over a block that never comes.
    assert_eq!(
        switched(&within, true, midnight).unwrap().until,
        at("2026-03-30T00:00+02")
    );
}

#[test]
fn a_block_over_the_doubled_hour_lasts_through_both() {
    // Clocks go from 03:00 back to 02:00 on 25 October 2026.
    let over = daily("Europe/Rome", &[("02:30", "02:45")]);
    let first = at("2026-10-25T02:30+02");
    assert!(!scheduled(&over, Timestamp(first.0 - 1)));
    assert!(scheduled(&over, first));
    assert_eq!(
        next_change(&over, None, first),
        Some(at("2026-10-25T02:45+01"))
    );
    // One that ends where the doubled hour begins has ended when the clock first shows it.
    let before = daily("Europe/Rome", &[("01:00", "02:00")]);
    assert_eq!(
        next_change(&before, None, at("2026-10-25T01:00+02")),
        Some(at("2026-10-25T02:00+02"))
    );
}

#[test]
fn a_midnight_that_the_clock_skips_is_when_it_skips_it() {
    for (name, evening, midnight) in [
        (
            "America/Sao_Paulo",
            "2018-11-03T23:00-03",
            "2018-11-04T01:00-02",
        ),
        ("Africa/Cairo", "2024-04-25T23:00+02", "2024-04-26T01:00+03"),
        ("Asia/Beirut", "2024-03-30T23:00+02", "2024-03-31T01:00+03"),
        (
            "America/Havana",
            "2024-03-09T23:00-05",
            "2024-03-10T01:00-04",
        ),
    ] {
        let schedule = daily(name, &[("00:00", "08:00")]);
        let over = switched(&schedule, true, at(evening)).unwrap();
        assert_eq!(over.until, at(midnight), "{name}");
        assert!(over.at_midnight, "{name}");
        // The block at 00:00 wins: nobody is switched off in between.
        assert!(availability(&schedule, Some(over), false, over.until).available);
        let nothing = daily(name, &[]);
        let over = switched(&nothing, true, at(evening)).unwrap();
        assert_eq!(over.until, at(midnight), "{name}");
        assert!(!availability(&nothing, Some(over), false, over.until).available);
    }
}

#[test]
fn a_clock_put_back_over_midnight_makes_another_midnight() {
    // At 00:01 on 7 November 2010 clocks went back to 23:01 of the 6th.
    let nothing = daily("America/St_Johns", &[]);
    let second = at("2010-11-06T23:30-03:30");
    assert_eq!(
        switched(&nothing, true, second).unwrap().until,
        at("2010-11-07T00:00-03:30")
    );
}

#[test]
fn half_an_hour_and_a_whole_day_may_be_skipped() {
    // From 02:00 to 02:30 on 4 October 2026.
    let howe = daily("Australia/Lord_Howe", &[("02:00", "02:45")]);
    let start = at("2026-10-04T02:30+11");
    assert_eq!(
        next_change(&howe, None, at("2026-10-04T01:00+10:30")),
        Some(start)
    );
    assert_eq!(
        next_change(&howe, None, start),
        Some(at("2026-10-04T02:45+11"))
    );

    // 30 December 2011, a Friday, never was.
    let mut days: [Vec<Block>; 7] = Default::default();
    days[4] = vec![Block::parse("09:00", "17:00").unwrap()];
    let fridays = Schedule::new(Some(zone("Pacific/Apia")), days).unwrap();
    assert_eq!(
        next_change(&fridays, None, at("2011-12-24T00:00-10")),
        Some(at("2012-01-06T09:00+14"))
    );
    let thursday = at("2011-12-29T20:00-10");
    assert_eq!(
        switched(&fridays, true, thursday).unwrap().until,
        at("2011-12-31T00:00+14")
    );
}

#[test]
fn without_a_zone_the_hours_are_utc_and_an_unknown_one_is_known_as_such() {
    let block = Block::parse("09:00", "17:00").unwrap();
    let utc = Schedule::new(None, core::array::from_fn(|_| vec![block])).unwrap();
    assert!(scheduled(&utc, at("2026-11-22T09:00Z")));
    assert!(!scheduled(&utc, at("2026-11-22T17:00Z")));
    assert!(exists(&zone("Europe/Rome")));
    assert!(!exists(&zone("Europe/Atlantis")));
}

#[test]
fn nobody_without_a_schedule_is_ever_available_by_itself() {
    let nothing = Schedule::default();
    let now = at("2026-11-22T09:00Z");
    assert!(!availability(&nothing, None, false, now).available);
    assert_eq!(next_change(&nothing, None, now), None);
    assert_eq!(
        switched(&nothing, true, now).unwrap().until,
        at("2026-11-23T00:00Z")
    );
    assert_eq!(switched(&nothing, false, now), None);
}
