//! The slots against a plain model that only reads the wall clock, step by step, around the changes
//! of every zone's clock.

use jiff::{Timestamp as Instant, civil, tz::TimeZone};
use proptest::prelude::*;

use super::*;
use crate::{
    availability::{Block, Schedule, Zone, rules::scheduled},
    meeting::TermsDraft,
};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

fn at(text: &str) -> Timestamp {
    let zoned: Instant = text.parse().unwrap();
    Timestamp(zoned.as_microsecond())
}

fn span(start: Timestamp, end: Timestamp) -> Span {
    Span::new(start, end).unwrap()
}

fn hours(zone: &str, day: &[(&str, &str)], draft: TermsDraft) -> MeetingHours {
    let day: Vec<Block> = day
        .iter()
        .map(|(from, to)| Block::parse(from, to).unwrap())
        .collect();
    let zone = Zone::try_from(zone.to_owned()).unwrap();
    MeetingHours {
        week: Schedule::new(Some(zone), core::array::from_fn(|_| day.clone())).unwrap(),
        terms: Terms::try_from(draft).unwrap(),
    }
}

/// Without a notice, and as far ahead as possible: what is tested is something else.
fn draft(length: u16) -> TermsDraft {
    TermsDraft {
        length,
        notice: 0,
        horizon: 365,
        ..TermsDraft::default()
    }
}

fn zone_of(hours: &MeetingHours) -> TimeZone {
    TimeZone::get(hours.week.zone().unwrap().as_str()).unwrap()
}

/// The slots by the plain model: time is walked in steps that no zone's clock is finer than; each
/// block lasts from the first to the last step that shows one of its minutes on its date.
fn model(
    hours: &MeetingHours,
    booked: &[Span],
    busy: &[Span],
    now: Timestamp,
    window: Span,
    step: i64,
) -> Vec<Slot> {
    let zone = zone_of(hours);
    let first = (window.start().0 - 3 * DAY).div_euclid(step) * step;
    let mut blocks = BTreeMap::<(civil::Date, Block), (i64, i64)>::new();
    let mut instant = first;
    while instant < window.end().0 + 3 * DAY {
        let shown = zone.to_datetime(Instant::from_microsecond(instant).unwrap());
        let minute = u16::try_from(i32::from(shown.hour()) * 60 + i32::from(shown.minute()));
        let minute = minute.unwrap();
        let weekday = usize::try_from(shown.weekday().to_monday_zero_offset()).unwrap();
        for block in &hours.week.days()[weekday] {
            if (block.from()..block.to()).contains(&minute) {
                blocks
                    .entry((shown.date(), *block))
                    .and_modify(|seen| seen.1 = instant + step)
                    .or_insert((instant, instant + step));
            }
        }
        instant += step;
    }
    let mut stretches: Vec<(i64, i64)> = blocks.into_values().collect();
    stretches.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (start, end) in stretches {
        match merged.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }

    let terms = hours.terms;
    let length = i64::try_from(terms.length().as_micros()).unwrap();
    let date = |instant: Timestamp| {
        zone.to_datetime(Instant::from_microsecond(instant.0).unwrap())
            .date()
    };
    let fits = |slot: Slot| {
        let meeting = terms.meeting(slot);
        let padded = span(meeting.start(), meeting.end() + terms.buffer());
        let of_day = booked
            .iter()
            .filter(|meeting| date(meeting.start()) == date(slot.0))
            .count();
        window.contains(slot.0)
            && slot.0 >= now + terms.notice()
            && slot.0 < now + terms.horizon()
            && terms
                .daily_limit()
                .is_none_or(|limit| of_day < usize::from(limit))
            && !busy.iter().any(|busy| busy.overlaps(padded))
            && !booked
                .iter()
                .any(|other| span(other.start(), other.end() + terms.buffer()).overlaps(padded))
    };
    merged
        .into_iter()
        .flat_map(|(start, end)| {
            (0..)
                .map(move |n| start + n * length)
                .take_while(move |start| start + length <= end)
        })
        .map(|start| Slot(Timestamp(start)))
        .filter(|slot| fits(*slot))
        .collect()
}

/// Steps of a minute take long; no zone changes by less than a quarter in these years.
const QUARTER: i64 = 15 * MINUTE;

/// The step for a situation around this change: some clocks are changed at a minute past midnight.
fn step(change: Timestamp) -> i64 {
    if change.0 % QUARTER == 0 {
        QUARTER
    } else {
        MINUTE
    }
}

fn days() -> impl Strategy<Value = [Vec<Block>; 7]> {
    let time = (0..=96u16).prop_map(|quarter| quarter * 15);
    let day = prop::collection::vec(time, 0..8).prop_map(|mut times| {
        times.sort_unstable();
        times
            .chunks_exact(2)
            .filter_map(|pair| Block::new(pair[0], pair[1]).ok())
            .collect::<Vec<Block>>()
    });
    prop::array::uniform7(prop_oneof![4 => day, 1 => Just(Vec::new())])
}

fn terms() -> impl Strategy<Value = Terms> {
    (
        1..=8u16,
        prop_oneof![Just(0), Just(10), Just(45), Just(240)],
        prop_oneof![Just(0), Just(1), Just(24), Just(100)],
        prop_oneof![Just(1), Just(3), Just(60)],
        prop::option::of(1..4u8),
    )
        .prop_map(|(quarters, buffer, notice, horizon, daily_limit)| {
            Terms::try_from(TermsDraft {
                length: quarters * 15,
                buffer,
                notice,
                horizon,
                daily_limit,
            })
            .unwrap()
        })
}

/// Stretches of some minutes to two days around an instant.
fn stretches(most: usize) -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((-3 * 24 * 60..5 * 24 * 60i64, 1..2 * 24 * 60i64), 0..most)
}

#[derive(Clone, Debug)]
struct Situation {
    hours: MeetingHours,
    booked: Vec<Span>,
    busy: Vec<Span>,
    now: Timestamp,
    /// A change of the zone's clock, where it has one.
    change: Timestamp,
}

fn situations() -> impl Strategy<Value = Situation> {
    let zones: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    let month = (1990..2037i16, 1..=12i8);
    let before = 0..3 * 24 * 60i64;
    (
        prop::sample::select(zones),
        days(),
        terms(),
        month,
        before,
        stretches(4),
        stretches(5),
    )
        .prop_map(|(zone, days, terms, (year, month), before, booked, busy)| {
            let month = civil::date(year, month, 1).to_zoned(TimeZone::UTC).unwrap();
            let change = TimeZone::get(&zone)
                .unwrap()
                .following(month.timestamp())
                .next()
                .map_or(month.timestamp(), |change| change.timestamp());
            let change = Timestamp(change.as_microsecond());
            let spans = |minutes: Vec<(i64, i64)>| {
                minutes
                    .into_iter()
                    .map(|(from, long)| {
                        let start = Timestamp(change.0 + from * MINUTE);
                        span(start, Timestamp(start.0 + long * MINUTE))
                    })
                    .collect()
            };
            let zone = Zone::try_from(zone).unwrap();
            Situation {
                hours: MeetingHours {
                    week: Schedule::new(Some(zone), days).unwrap(),
                    terms,
                },
                // No meeting lasts two days.
                booked: spans(
                    booked
                        .into_iter()
                        .map(|(at, long)| (at, long % 480 + 1))
                        .collect(),
                ),
                busy: spans(busy),
                now: Timestamp(change.0 - before * MINUTE),
                change,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn slots_are_those_of_the_wall_clock(situation in situations()) {
        let Situation { hours, booked, busy, now, change } = situation;
        let window = span(Timestamp(change.0 - DAY), Timestamp(change.0 + 2 * DAY));
        let wanted = model(&hours, &booked, &busy, now, window, step(change));
        prop_assert_eq!(free(&hours, &booked, &busy, now, window), wanted);
    }

    #[test]
    fn no_slot_is_outside_the_hours_or_meets_anything(situation in situations()) {
        let Situation { hours, booked, busy, now, .. } = situation;
        let terms = hours.terms;
        let window = span(now, Timestamp(now.0 + 8 * DAY));
        let slots = free(&hours, &booked, &busy, now, window);
        for (slot, next) in slots.iter().zip(slots.iter().skip(1)) {
            prop_assert!(terms.meeting(*slot).end() <= next.0, "{slot:?} and {next:?} overlap");
        }
        for slot in slots {
            let meeting = terms.meeting(slot);
            for minute in (meeting.start().0..meeting.end().0).step_by(5 * 60 * 1_000_000) {
                prop_assert!(scheduled(&hours.week, Timestamp(minute)), "{slot:?} is outside");
            }
            let with_buffer = span(meeting.start(), meeting.end() + terms.buffer());
            for other in &booked {
                let other = span(other.start(), other.end() + terms.buffer());
                prop_assert!(!other.overlaps(with_buffer), "{slot:?} meets {other:?}");
            }
            for other in &busy {
                prop_assert!(!other.overlaps(with_buffer), "{slot:?} meets {other:?}");
            }
            prop_assert!(slot.0 >= now + terms.notice());
            prop_assert!(slot.0 < now + terms.horizon());
            prop_assert!(is_free(&hours, &booked, &busy, now, slot));
        }
    }

    #[test]
    fn a_day_has_the_same_slots_alone_and_within_a_month(
        situation in situations(),
        cuts in prop::collection::vec(0..34 * 24 * 60i64, 0..12),
    ) {
        let Situation { hours, booked, busy, now, change } = situation;
        let hours = MeetingHours {
            terms: Terms::try_from(TermsDraft {
                horizon: 60,
                ..TermsDraft::from(hours.terms)
            })
            .unwrap(),
            ..hours
        };
        let start = Timestamp(change.0 - 4 * DAY);
        let end = Timestamp(change.0 + 30 * DAY);
        let month = free(&hours, &booked, &busy, now, span(start, end));
        let mut instants: Vec<Timestamp> =
            cuts.into_iter().map(|minute| Timestamp(start.0 + minute * MINUTE)).collect();
        instants.extend((0..34).map(|day| Timestamp(start.0 + day * DAY)));
        instants.push(end);
        instants.sort_unstable();
        instants.dedup();
        let parts: Vec<Slot> = instants
            .iter()
            .zip(instants.iter().skip(1))
            .flat_map(|(from, to)| {
                let window = span(*from, *to);
                // Only what is said to matter is given.
                let near = |spans: &[Span]| -> Vec<Span> {
                    let concerned = concerned(window);
                    spans.iter().copied().filter(|span| span.overlaps(concerned)).collect()
                };
                free(&hours, &near(&booked), &near(&busy), now, window)
            })
            .collect();
        prop_assert_eq!(parts, month);
    }
}

#[test]
fn slots_are_right_in_every_zone_over_both_changes_of_the_clock() {
    let year = civil::date(2026, 1, 10).to_zoned(TimeZone::UTC).unwrap();
    let mut changes = 0;
    for name in jiff::tz::db().available() {
        let name = name.to_string();
        let zone = TimeZone::get(&name).unwrap();
        let hours = hours(
            &name,
            &[("00:00", "04:15"), ("05:00", "06:00"), ("22:30", "24:00")],
            draft(45),
        );
        for change in zone.following(year.timestamp()).take(2) {
            let change = change.timestamp().as_microsecond();
            let window = span(Timestamp(change - DAY), Timestamp(change + DAY));
            let now = Timestamp(change - 2 * DAY);
            let slots = free(&hours, &[], &[], now, window);
            assert!(slots.len() > 10, "{name}");
            assert_eq!(
                slots,
                model(&hours, &[], &[], now, window, QUARTER),
                "{name}"
            );
            changes += 1;
        }
    }
    assert!(changes > 200, "only {changes} changes");
}

#[test]
fn a_clock_that_is_changed_at_a_minute_past_midnight_begins_the_hours_then() {
    let hours = hours("Antarctica/Casey", &[("00:15", "04:00")], draft(15));
    // In 2020 the clock went from 00:01 to 03:01.
    let change = at("2020-10-03T16:01Z");
    let window = span(change, Timestamp(change.0 + 60 * MINUTE));
    let slots = free(&hours, &[], &[], change, window);
    assert_eq!(slots.first(), Some(&Slot(change)));
    assert_eq!(slots, model(&hours, &[], &[], change, window, step(change)));
}

#[test]
fn the_hours_are_filled_from_where_they_begin() {
    let hours = hours("Europe/Rome", &[("09:00", "10:40")], draft(30));
    let now = at("2026-11-23T00:00Z");
    let day = span(now, at("2026-11-24T00:00Z"));
    assert_eq!(
        free(&hours, &[], &[], now, day),
        [
            "2026-11-23T08:00Z",
            "2026-11-23T08:30Z",
            "2026-11-23T09:00Z"
        ]
        .map(|slot| Slot(at(slot)))
    );
}

#[test]
fn the_skipped_hour_has_no_slots_and_the_doubled_one_has_twice_as_many() {
    let hours = hours("Europe/Rome", &[("01:30", "03:30")], draft(30));
    let slots = |day: &str| {
        let start = at(day);
        free(
            &hours,
            &[],
            &[],
            start,
            span(start, start + Duration::from_secs(86_400)),
        )
    };
    // Clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
    assert_eq!(
        slots("2026-03-29T00:00+01"),
        ["2026-03-29T01:30+01", "2026-03-29T03:00+02"].map(|slot| Slot(at(slot)))
    );
    assert_eq!(
        slots("2026-10-25T00:00+02"),
        [
            "2026-10-25T01:30+02",
            "2026-10-25T02:00+02",
            "2026-10-25T02:30+02",
            "2026-10-25T02:00+01",
            "2026-10-25T02:30+01",
            "2026-10-25T03:00+01",
        ]
        .map(|slot| Slot(at(slot)))
    );
}

#[test]
fn blocks_that_overlap_as_midnight_comes_twice_are_one_from_wherever_it_is_looked() {
    // At 00:01 on 7 November 2010 clocks went back to 23:01 of the 6th.
    let hours = hours(
        "America/St_Johns",
        &[("00:00", "01:00"), ("23:00", "24:00")],
        draft(40),
    );
    let now = at("2010-11-05T00:00Z");
    let whole = span(at("2010-11-06T12:00Z"), at("2010-11-07T12:00Z"));
    let all = free(&hours, &[], &[], now, whole);
    assert_eq!(
        all,
        model(&hours, &[], &[], now, whole, MINUTE),
        "by the wall clock"
    );
    let first_midnight = at("2010-11-07T02:30Z");
    let rest = span(first_midnight, whole.end());
    let later: Vec<Slot> = all
        .into_iter()
        .filter(|slot| rest.contains(slot.0))
        .collect();
    assert_eq!(free(&hours, &[], &[], now, rest), later);
}

#[test]
fn the_buffer_is_kept_after_both_of_two_meetings() {
    let hours = hours(
        "UTC",
        &[("09:00", "12:00")],
        TermsDraft {
            buffer: 15,
            ..draft(30)
        },
    );
    let now = at("2026-11-23T00:00Z");
    let day = span(now, at("2026-11-24T00:00Z"));
    let booked = [span(at("2026-11-23T10:00Z"), at("2026-11-23T10:30Z"))];
    let clock = |slots: Vec<Slot>| -> Vec<String> {
        slots
            .into_iter()
            .map(|slot| Instant::from_microsecond(slot.0.0).unwrap().to_string())
            .map(|text| text[11..16].to_owned())
            .collect()
    };
    // 09:30 would end as the other begins, and 10:30 would begin in its buffer.
    assert_eq!(
        clock(free(&hours, &booked, &[], now, day)),
        ["09:00", "11:00", "11:30"]
    );
    // After a busy time nothing needs to stay free.
    assert_eq!(
        clock(free(&hours, &[], &booked, now, day)),
        ["09:00", "10:30", "11:00", "11:30"]
    );
}

#[test]
fn notice_horizon_and_the_limit_of_a_day_are_kept() {
    let terms = TermsDraft {
        daily_limit: Some(2),
        ..TermsDraft::default()
    };
    let hours = hours("Europe/Rome", &[("09:00", "11:00")], terms);
    let now = at("2026-11-23T09:01+01");
    let all = bookable(hours.terms, now).unwrap();
    let slots = free(&hours, &[], &[], now, all);
    assert_eq!(slots.first(), Some(&Slot(at("2026-11-24T09:30+01"))));
    assert_eq!(slots.last(), Some(&Slot(at("2027-01-22T09:00+01"))));

    let meeting = |text: &str| span(at(text), at(text) + Duration::from_secs(1_800));
    let one = [meeting("2026-11-25T10:00+01")];
    let two = [one[0], meeting("2026-11-25T10:30+01")];
    let day = span(at("2026-11-25T00:00+01"), at("2026-11-26T00:00+01"));
    assert_eq!(free(&hours, &one, &[], now, day).len(), 3);
    assert_eq!(free(&hours, &two, &[], now, day), []);

    let narrow = TermsDraft {
        notice: 48,
        horizon: 2,
        ..TermsDraft::default()
    };
    assert_eq!(bookable(Terms::try_from(narrow).unwrap(), now), None);
}

#[test]
fn without_hours_there_are_no_slots() {
    let nothing = MeetingHours::default();
    let now = at("2026-11-23T09:00Z");
    let all = bookable(nothing.terms, now).unwrap();
    assert_eq!(free(&nothing, &[], &[], now, all), []);
}
