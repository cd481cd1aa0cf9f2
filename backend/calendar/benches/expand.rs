//! How long it takes to read five calendars of 1,000 events each, 200 of them recurring, and to
//! find out when they make busy within 60 days. Fails over the bar.

#[path = "../../../domain/benches/shared/verdict.rs"]
mod verdict;

use std::{error::Error, fmt::Write as _, process::ExitCode, time::Instant};

use calendar::{Calendar, Reader};
use domain::{Timestamp, availability::Zone, meeting::Span};

/// In milliseconds.
const BAR: f64 = 500.0;

/// How often it is done; the median counts.
const TIMES: usize = 11;

/// One of the five, some years long: as people have them.
fn text(calendar: usize) -> Result<String, std::fmt::Error> {
    const RULES: [&str; 8] = [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=200",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=4;BYDAY=-1SU",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270101T000000Z",
        "FREQ=MONTHLY;BYMONTHDAY=15,-1;COUNT=300",
    ];
    let mut text = String::from(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Casella//EN\r\n\
         BEGIN:VTIMEZONE\r\nTZID:Office\r\n\
         BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
         RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n\
         BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
         RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n",
    );
    for event in 0..1_000 {
        let zone = ["Europe/Rome", "America/New_York", "Office"]
            .get(event % 3)
            .copied()
            .unwrap_or_default();
        let year = 2016 + event % 11;
        let month = event / 7 % 12 + 1;
        let day = event / 3 % 28 + 1;
        let hour = 8 + event % 10;
        write!(
            text,
            "BEGIN:VEVENT\r\nUID:{calendar}-{event}@example.com\r\nDTSTAMP:20160101T000000Z\r\n\
             DTSTART;TZID={zone}:{year}{month:02}{day:02}T{hour:02}0000\r\n\
             DTEND;TZID={zone}:{year}{month:02}{day:02}T{hour:02}4500\r\n\
             SUMMARY:Talk about everything\\, and then again about some of it with all who\r\n  came\r\n\
             ATTENDEE;CN=\"Ada, of the team\";PARTSTAT=ACCEPTED:mailto:ada@example.com\r\n",
        )?;
        if event % 5 == 0 {
            let rule = RULES
                .get(event / 5 % RULES.len())
                .copied()
                .unwrap_or_default();
            write!(text, "RRULE:{rule}\r\n")?;
        }
        text.push_str("END:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    Ok(text)
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let texts = (0..5).map(text).collect::<Result<Vec<_>, _>>()?;
    let zone = Zone::try_from("Europe/Rome".to_owned())?;
    // Sixty days over the change of the clock on 29 March 2026.
    let start = Timestamp(1_772_323_200_000_000);
    let sixty_days = core::time::Duration::from_secs(60 * 86_400);
    let window = Span::new(start, start + sixty_days).ok_or("the window is empty")?;

    let mut found = 0;
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let started = Instant::now();
        found = 0;
        for text in &texts {
            let mut reader = Reader::new(&zone);
            let calendar = Calendar::parse(text, &mut reader)?;
            let reading = calendar.busy(window, &mut reader);
            if !reading.unread.is_empty() {
                return Err(format!("not understood: {:?}", reading.unread).into());
            }
            found += reading.busy.len();
        }
        took.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    let what = format!("5 calendars (1,000 events, 200 recurring; {found} busy times)");
    Ok(verdict::of(&what, took, BAR, found))
}
