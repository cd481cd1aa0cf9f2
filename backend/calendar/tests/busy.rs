//! Short calendars, and when they make busy.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use calendar::{Calendar, CalendarError, Reader, Reading, Reason};
use domain::{Timestamp, availability::Zone, bound::Bound, meeting::Span};
use jiff::{Timestamp as Instant, tz::TimeZone};
use proptest::prelude::*;

const ROME: &str = "Europe/Rome";

fn zone(name: &str) -> Zone {
    Zone::try_from(name.to_owned()).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<Instant>().unwrap().as_microsecond())
}

fn span(from: &str, to: &str) -> Span {
    Span::new(at(from), at(to)).unwrap()
}

/// A calendar of one event.
fn event(lines: &str) -> String {
    events(&[lines])
}

fn events(events: &[&str]) -> String {
    let events: String = events
        .iter()
        .map(|lines| format!("BEGIN:VEVENT\nUID:1\n{}\nEND:VEVENT\n", lines.trim()))
        .collect();
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n")
}

/// The times of a text within 2026, as a clock in UTC shows them.
fn busy_in(text: &str, reader: &str) -> Vec<String> {
    busy_of(text, &mut Reader::new(&zone(reader)))
}

fn busy_of(text: &str, reader: &mut Reader) -> Vec<String> {
    let calendar = Calendar::parse(text, reader).unwrap();
    let year = span("2026-01-01T00:00Z", "2027-01-01T00:00Z");
    let reading = calendar.busy(year, reader);
    assert_eq!(reading.unread, []);
    shown(&reading)
}

fn shown(reading: &Reading<'_>) -> Vec<String> {
    let shown = |instant: Timestamp| {
        let instant = Instant::from_microsecond(instant.0).unwrap();
        let time = TimeZone::UTC.to_datetime(instant);
        time.strftime("%m-%dT%H:%M").to_string()
    };
    let spans = reading.busy.iter().map(|busy| busy.span);
    spans
        .map(|span| format!("{} {}", shown(span.start()), shown(span.end())))
        .collect()
}

fn busy(text: &str) -> Vec<String> {
    busy_in(text, ROME)
}

#[test]
fn an_event_is_busy_from_its_beginning_to_its_end() {
    let text = event("DTSTART:20260310T090000Z\nDTEND:20260310T100000Z");
    assert_eq!(busy(&text), ["03-10T09:00 03-10T10:00"]);
    let text = event("DTSTART:20260310T090000Z\nDURATION:P1DT2H");
    assert_eq!(busy(&text), ["03-10T09:00 03-11T11:00"]);
    let text = event("DTSTART:20260310T090000Z");
    assert_eq!(busy(&text), [""; 0]);
}

#[test]
fn what_is_transparent_or_cancelled_is_not_busy() {
    let text = event("DTSTART:20260310T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT");
    assert_eq!(busy(&text), [""; 0]);
    let text = event("DTSTART:20260310T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED");
    assert_eq!(busy(&text), [""; 0]);
    let text = event("DTSTART:20260310T090000Z\nDURATION:PT1H\nSTATUS:TENTATIVE");
    assert_eq!(busy(&text).len(), 1);
}

#[test]
fn whole_days_and_times_of_no_zone_are_the_readers() {
    let text = event("DTSTART;VALUE=DATE:20260310");
    assert_eq!(busy_in(&text, ROME), ["03-09T23:00 03-10T23:00"]);
    assert_eq!(
        busy_in(&text, "America/New_York"),
        ["03-10T04:00 03-11T04:00"]
    );
    let text = event("DTSTART:20260310T090000\nDURATION:PT1H");
    assert_eq!(busy_in(&text, ROME), ["03-10T08:00 03-10T09:00"]);
    // A day on which clocks are put on has 23 hours.
    let text = event("DTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330");
    assert_eq!(busy_in(&text, ROME), ["03-28T23:00 03-29T22:00"]);
}

#[test]
fn lines_may_be_folded_and_hold_what_looks_like_others() {
    let text = event(
        "DTSTART;TZID=\"Europe/\n Rome\":2026031\n\t0T090000\nDURATION:PT1H\n\
         X-NOTE;X-BY=\"a;b:c\":BEGIN:VEVENT\nDESCRIPTION:one\\nEND:VEVENT",
    );
    assert_eq!(busy(&text), ["03-10T08:00 03-10T09:00"]);
    assert_eq!(busy(&text.replace('\n', "\r\n")), busy(&text));
}

#[test]
fn an_alarm_is_no_part_of_its_event() {
    let text = event(
        "DTSTART:20260310T090000Z\nDURATION:PT1H\n\
         BEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT5M\nEND:VALARM",
    );
    assert_eq!(busy(&text), ["03-10T09:00 03-10T10:00"]);
}

#[test]
fn what_recurs_keeps_its_time_of_day_over_a_change_of_the_clock() {
    let text = event(
        "DTSTART;TZID=Europe/Rome:20260328T230000\nDTEND;TZID=Europe/Rome:20260329T010000\n\
         RRULE:FREQ=DAILY;COUNT=2",
    );
    assert_eq!(
        busy(&text),
        ["03-28T22:00 03-29T00:00", "03-29T21:00 03-29T23:00"]
    );
}

#[test]
fn what_begins_in_a_skipped_hour_begins_later_and_lasts_as_long() {
    let text =
        event("DTSTART;TZID=Europe/Rome:20260328T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3");
    assert_eq!(
        busy(&text),
        [
            "03-28T01:30 03-28T02:00",
            "03-29T01:30 03-29T02:00",
            "03-30T00:30 03-30T01:00"
        ]
    );
}

#[test]
fn exceptions_and_extra_dates_are_kept() {
    let text = event(
        "DTSTART;TZID=Europe/Rome:20260302T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4\n\
         EXDATE:20260303T080000Z\nEXDATE;VALUE=DATE:20260304\n\
         RDATE;TZID=Europe/Rome:20260310T120000\n\
         RDATE;VALUE=PERIOD:20260311T120000Z/20260311T150000Z,20260312T120000Z/PT2H",
    );
    assert_eq!(
        busy(&text),
        [
            "03-02T08:00 03-02T09:00",
            "03-05T08:00 03-05T09:00",
            "03-10T11:00 03-10T12:00",
            "03-11T12:00 03-11T15:00",
            "03-12T12:00 03-12T14:00",
        ]
    );
}

#[test]
fn one_occurrence_may_be_moved_cancelled_or_free() {
    let series = "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4";
    let text = events(&[
        "RECURRENCE-ID:20260303T090000Z\nDTSTART:20260601T100000Z\nDURATION:PT2H",
        series,
        "RECURRENCE-ID:20260304T090000Z\nDTSTART:20260304T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED",
        "RECURRENCE-ID:20260305T090000Z\nDTSTART:20260305T090000Z\nDURATION:PT1H\nSEQUENCE:2\n\
         TRANSP:TRANSPARENT",
        "RECURRENCE-ID:20260305T090000Z\nDTSTART:20260305T110000Z\nDURATION:PT1H\nSEQUENCE:1",
    ]);
    assert_eq!(
        busy(&text),
        ["03-02T09:00 03-02T10:00", "06-01T10:00 06-01T12:00"]
    );
    // Who was asked to one occurrence only has it alone.
    let text = event("RECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T100000Z\nDURATION:PT1H");
    assert_eq!(busy(&text), ["03-03T10:00 03-03T11:00"]);
}

#[test]
fn one_occurrence_and_all_later_ones_may_be_moved() {
    let text = events(&[
        "DTSTART;TZID=Europe/Rome:20260302T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4",
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Rome:20260304T090000\n\
         DTSTART;TZID=Europe/Rome:20260305T140000\nDURATION:PT2H",
    ]);
    assert_eq!(
        busy(&text),
        [
            "03-02T08:00 03-02T09:00",
            "03-03T08:00 03-03T09:00",
            "03-05T13:00 03-05T15:00",
            "03-06T13:00 03-06T15:00",
        ]
    );
}

#[test]
fn events_of_other_uids_are_none_of_the_series() {
    let text = events(&[
        "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2",
        "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2",
        "RECURRENCE-ID:20260303T090000Z\nDTSTART:20260305T090000Z\nDURATION:PT1H",
    ])
    .replacen("UID:1", "UID:2", 1);
    assert_eq!(
        busy(&text),
        [
            "03-02T09:00 03-02T10:00",
            "03-02T09:00 03-02T10:00",
            "03-03T09:00 03-03T10:00",
            "03-05T09:00 03-05T10:00",
        ]
    );
}

/// A zone of the text's own, with the rules of New York.
const BRANCH: &str = "BEGIN:VTIMEZONE\nTZID:Branch\n\
    BEGIN:STANDARD\nDTSTART:20071104T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
    RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nEND:STANDARD\n\
    BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
    RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nEND:DAYLIGHT\nEND:VTIMEZONE\n";

#[test]
fn a_zone_of_the_text_and_one_that_is_known_elsewhere_are_understood() {
    let branch = |times: &str| {
        event(&format!("{times}\nDURATION:PT30M"))
            .replace("BEGIN:VEVENT", &format!("{BRANCH}BEGIN:VEVENT"))
    };
    let text = branch("DTSTART;TZID=Branch:20260307T020000\nRRULE:FREQ=DAILY;COUNT=3");
    assert_eq!(
        busy(&text),
        [
            "03-07T07:00 03-07T07:30",
            "03-08T07:00 03-08T07:30",
            "03-09T06:00 03-09T06:30"
        ]
    );
    // Of an hour that comes twice the first is meant.
    let text = branch("DTSTART;TZID=Branch:20261101T011500");
    assert_eq!(busy(&text), ["11-01T05:15 11-01T05:45"]);
    let text = event("DTSTART;TZID=W. Europe Standard Time:20260310T090000\nDURATION:PT1H");
    assert_eq!(busy(&text), ["03-10T08:00 03-10T09:00"]);
}

#[test]
fn what_is_not_understood_is_named_and_the_rest_is_read() {
    let text = events(&[
        "DTSTART;TZID=Nowhere:20260310T090000\nDURATION:PT1H",
        "SUMMARY:no beginning",
        "DTSTART:20260311T090000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES",
        "DTSTART:20260312T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTHDAY=77",
    ]);
    let mut reader = Reader::new(&zone(ROME));
    let calendar = Calendar::parse(&text, &mut reader).unwrap();
    let year = span("2026-01-01T00:00Z", "2027-01-01T00:00Z");
    let reading = calendar.busy(year, &mut reader);
    assert_eq!(reading.unread[1].name, "no beginning");
    assert_eq!(reading.unread[2].at, Some(at("2026-03-11T09:00Z")));
    let reasons: Vec<Reason> = reading.unread.iter().map(|unread| unread.reason).collect();
    assert_eq!(
        reasons,
        [Reason::Zone, Reason::Start, Reason::Rule, Reason::Rule]
    );
    assert_eq!(
        shown(&reading),
        [
            "03-10T08:00 03-10T09:00",
            "03-11T09:00 03-11T10:00",
            "03-12T09:00 03-12T10:00"
        ]
    );
}

#[test]
fn a_text_that_is_cut_off_or_no_calendar_is_refused() {
    let whole = event("DTSTART:20260310T090000Z\nDURATION:PT1H");
    let cut = whole.replace("END:VCALENDAR\n", "");
    let parse = |text: &str| Calendar::parse(text, &mut Reader::new(&zone(ROME)));
    assert_eq!(parse(&cut).unwrap_err(), CalendarError::CutOff);
    for text in ["", "<html>", "BEGIN:VCARD\nEND:VCARD\n"] {
        assert_eq!(parse(text).unwrap_err(), CalendarError::None, "{text}");
    }
    let two = format!("{whole}{}", whole.replace("20260310", "20260311"));
    assert_eq!(busy(&two).len(), 2);
}

#[test]
fn no_text_makes_it_run_away() {
    let year = span("2026-01-01T00:00Z", "2027-01-01T00:00Z");
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\n".repeat(100_000));
    assert!(Calendar::parse(&deep, &mut Reader::new(&zone(ROME))).is_err());
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;COUNT=4000000000",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
        "FREQ=MINUTELY;INTERVAL=65535;BYHOUR=3;BYDAY=MO;BYSETPOS=-1",
    ] {
        let text = event(&format!(
            "DTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:{rule}"
        ));
        let mut reader = Reader::new(&zone(ROME));
        let calendar = Calendar::parse(&text, &mut reader).unwrap();
        let reading = calendar.busy(year, &mut reader);
        assert!(reading.busy.len() <= 250_001, "{rule}");
    }
}

#[test]
fn what_recurs_too_often_to_be_read_is_busy_from_there_on_and_named() {
    let year = span("2026-01-01T00:00Z", "2027-01-01T00:00Z");
    let text = event("SUMMARY:Tick\nDTSTART:20200101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY");
    let mut reader = Reader::new(&zone(ROME));
    let calendar = Calendar::parse(&text, &mut reader).unwrap();
    let mut last = year.start();
    let unread = calendar.each(year, &mut reader, |_, span| {
        assert!(span.start() <= last, "nothing is left free between");
        last = last.max(span.end());
    });
    assert!(last >= year.end());
    assert_eq!(unread[0].reason, Reason::TooMany);
    assert_eq!(unread[0].name, "Tick");
    assert_eq!(unread[0].at, Some(at("2020-01-01T00:00Z")));
}

#[test]
fn all_texts_of_a_reading_share_its_steps() {
    let window = span("2026-01-01T00:00Z", "2026-03-01T00:00Z");
    let text = event("DTSTART:20200101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;INTERVAL=2");
    let mut reader = Reader::new(&zone(ROME));
    let mut found = 0;
    for _ in 0..1_000 {
        let calendar = Calendar::parse(&text, &mut reader).unwrap();
        calendar.each(window, &mut reader, |_, _| found += 1);
    }
    assert!(found <= Bound::CalendarSteps.amount() + 1_000, "{found}");
}

#[test]
fn a_reading_whose_time_is_over_ends_at_once() {
    let window = span("2026-01-01T00:00Z", "2026-03-01T00:00Z");
    let text = event("DTSTART:20200101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;INTERVAL=2");
    let over = Arc::new(AtomicBool::new(false));
    let mut reader = Reader::new(&zone(ROME)).until(Arc::clone(&over));
    let calendar = Calendar::parse(&text, &mut reader).unwrap();
    let mut found = 0;
    calendar.each(window, &mut reader, |_, _| {
        found += 1;
        over.store(true, Ordering::Relaxed);
    });
    assert!(reader.is_over());
    // One more than the first: all that is left.
    assert!(found <= 2, "{found}");
}

#[test]
fn a_date_that_ends_where_it_begins_lasts_the_day() {
    for end in [
        "DTEND;VALUE=DATE:20260310",
        "DTEND;VALUE=DATE:20260309",
        "DURATION:P0D",
    ] {
        let text = event(&format!("DTSTART;VALUE=DATE:20260310\n{end}"));
        assert_eq!(busy_in(&text, ROME), ["03-09T23:00 03-10T23:00"], "{end}");
    }
}

#[test]
fn a_zone_that_a_text_defines_under_a_general_name_is_the_texts() {
    for name in ["GMT", "EST", "WET", "Etc/GMT"] {
        let london = format!(
            "BEGIN:VTIMEZONE\nTZID:{name}\n\
             BEGIN:STANDARD\nDTSTART:19701025T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0000\n\
             RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\n\
             BEGIN:DAYLIGHT\nDTSTART:19700329T010000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n\
             RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
        );
        let text = event(&format!(
            "DTSTART;TZID={name}:20260723T102000\nDURATION:PT1H"
        ));
        let own = text.replace("BEGIN:VEVENT", &format!("{london}BEGIN:VEVENT"));
        assert_eq!(busy(&own), ["07-23T09:20 07-23T10:20"], "{name}");
    }
    let text = event("DTSTART;TZID=GMT:20260723T102000\nDURATION:PT1H");
    assert_eq!(busy(&text), ["07-23T10:20 07-23T11:20"]);
    let text = event("DTSTART;TZID=\"tzone://Microsoft/Utc\":20260723T102000\nDURATION:PT1H");
    assert_eq!(busy(&text), ["07-23T10:20 07-23T11:20"]);
    let text = event(
        "DTSTART;TZID=\"(UTC+00:00) Dublin\\, Edinburgh\\, Lisbon\\, London\":20260723T102000\n\
         DURATION:PT1H",
    );
    assert_eq!(busy(&text), ["07-23T09:20 07-23T10:20"]);
}

#[test]
fn what_the_reader_declined_is_free_and_what_waits_for_an_answer_as_wanted() {
    let me = ["maya@example.com".to_owned()];
    let busy = |text: &str, unanswered| {
        busy_of(
            text,
            &mut Reader::new(&zone(ROME)).invited_as(&me, unanswered),
        )
        .len()
    };
    let invited = |attendee: &str| {
        event(&format!(
            "DTSTART:20260310T090000Z\nDURATION:PT1H\nORGANIZER:mailto:ada@example.org\n\
             ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org\n{attendee}"
        ))
    };
    let answered = |answer: &str| {
        invited(&format!(
            "ATTENDEE;PARTSTAT={answer}:MAILTO:Maya@Example.com"
        ))
    };
    for (text, with, without) in [
        (answered("DECLINED"), 0, 0),
        (answered("NEEDS-ACTION"), 1, 0),
        (answered("TENTATIVE"), 1, 1),
        (answered("ACCEPTED"), 1, 1),
        (invited("ATTENDEE:mailto:maya@example.com"), 1, 0),
        (
            invited("ATTENDEE;EMAIL=maya@example.com;PARTSTAT=DECLINED:urn:uuid:1"),
            0,
            0,
        ),
        (
            invited("ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.org"),
            1,
            1,
        ),
        // One's own event, to which one has not said yes to oneself.
        (
            answered("NEEDS-ACTION").replace(
                "ORGANIZER:mailto:ada@example.org",
                "ORGANIZER:mailto:maya@example.com",
            ),
            1,
            1,
        ),
    ] {
        assert_eq!(
            (busy(&text, true), busy(&text, false)),
            (with, without),
            "{text}"
        );
    }
}

/// Parts of rules, also such as no calendar should have.
fn rules() -> impl Strategy<Value = String> {
    let frequency = prop::sample::select(&["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"][..]);
    let part = prop_oneof![
        (-40..40i32).prop_map(|n| format!(";BYMONTHDAY={n}")),
        (-60..60i32).prop_map(|n| format!(";BYWEEKNO={n}")),
        (-400..400i32).prop_map(|n| format!(";BYYEARDAY={n}")),
        (-60..60i32).prop_map(|n| format!(";BYDAY={n}FR,MO")),
        (-3..3i32).prop_map(|n| format!(";BYSETPOS={n}")),
        (0..14u32).prop_map(|n| format!(";BYMONTH={n}")),
        (0..26u32).prop_map(|n| format!(";BYHOUR={n}")),
        (0..62u32).prop_map(|n| format!(";BYMINUTE={n};BYSECOND={n}")),
        (0..70_000u32).prop_map(|n| format!(";INTERVAL={n}")),
        (0..50u32).prop_map(|n| format!(";COUNT={n}")),
        Just(";UNTIL=20260501T000000Z".to_owned()),
        Just(";WKST=TH".to_owned()),
    ];
    (frequency, prop::collection::vec(part, 0..4))
        .prop_map(|(frequency, parts)| format!("FREQ={frequency}{}", parts.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_text_is_read_or_refused(text in "(BEGIN|END|DTSTART|RRULE|TZID|VEVENT|VCALENDAR|:|;|=|,|\"|\n| |[0-9TZ]|\\PC){0,60}") {
        let text = format!("BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR\n");
        let mut reader = Reader::new(&zone(ROME));
        if let Ok(calendar) = Calendar::parse(&text, &mut reader) {
            calendar.busy(span("2026-01-01T00:00Z", "2026-03-01T00:00Z"), &mut reader);
        }
    }

    #[test]
    fn a_stretch_has_the_same_times_alone_and_within_a_longer_one(
        rule in rules(),
        start in 0..500i64,
        hours in 1..60i64,
        moved in -40..40i64,
    ) {
        let day = |days: i64| {
            let at = Instant::from_second(1_740_000_000 + days * 86_400).unwrap();
            at.to_zoned(TimeZone::UTC).strftime("%Y%m%d").to_string()
        };
        let text = events(&[
            &format!(
                "DTSTART;TZID=Europe/Rome:{}T021500\nDURATION:PT{hours}H\nRRULE:{rule}",
                day(start),
            ),
            &format!(
                "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Rome:{}T021500\n\
                 DTSTART;TZID=Europe/Rome:{}T071500\nDURATION:PT{}H",
                day(start + 35), day(start + 35 + moved), 61 - hours,
            ),
        ]);
        let mut reader = Reader::new(&zone(ROME));
        let calendar = Calendar::parse(&text, &mut reader).unwrap();
        let whole = span("2026-01-01T00:00Z", "2026-06-01T00:00Z");
        let whole = calendar.busy(whole, &mut reader);
        let part = span("2026-03-20T00:00Z", "2026-04-10T00:00Z");
        let alone = calendar.busy(part, &mut reader);
        let too_many = |reading: &Reading<'_>| {
            reading.unread.iter().any(|unread| unread.reason == Reason::TooMany)
        };
        prop_assume!(!too_many(&whole) && !too_many(&alone));
        let within: Vec<_> =
            whole.busy.into_iter().filter(|busy| busy.span.overlaps(part)).collect();
        prop_assert_eq!(alone.busy, within);
    }
}
