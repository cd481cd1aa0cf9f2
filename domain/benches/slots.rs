//! How long it takes to find the free slots of one agent, 60 days ahead, from stored busy times.
//! Fails over the bar.

#[path = "shared/verdict.rs"]
mod verdict;

use std::{error::Error, process::ExitCode, time::Instant};

use domain::{
    Timestamp,
    availability::{Block, Schedule, Zone},
    meeting::{MeetingHours, Span, Terms, TermsDraft, slots},
};

/// In milliseconds.
const BAR: f64 = 5.0;

/// How often it is done; the median counts.
const TIMES: usize = 101;

const MINUTE: i64 = 60_000_000;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let block = |from, to| Block::parse(from, to);
    let day = [block("08:00", "12:00")?, block("13:00", "19:00")?];
    let hours = MeetingHours {
        week: Schedule::new(
            Some(Zone::try_from("Europe/Rome".to_owned())?),
            core::array::from_fn(|_| day.to_vec()),
        )?,
        terms: Terms::try_from(TermsDraft {
            length: 15,
            buffer: 5,
            daily_limit: Some(100),
            ..TermsDraft::default()
        })?,
    };
    // A few days before clocks are put on.
    let now = Timestamp(1_774_500_000_000_000);
    let every = |minutes: i64, long: i64, count: i64| -> Vec<Span> {
        (0..count)
            .filter_map(|n| {
                let start = now.0 + n * minutes * MINUTE;
                Span::new(Timestamp(start), Timestamp(start + long * MINUTE))
            })
            .collect()
    };
    // 3,600 busy times, much the same in four calendars, and 600 meetings: more than anybody has.
    let mut busy = Vec::new();
    for length in [20, 25, 30, 35] {
        busy.extend(every(96, length, 900));
    }
    let booked = every(144, 15, 600);
    let window = slots::bookable(hours.terms, now).ok_or("nothing can be booked")?;

    let mut found = 0;
    let took: Vec<f64> = (0..TIMES)
        .map(|_| {
            let started = Instant::now();
            found = slots::free(&hours, &booked, &busy, now, window).len();
            started.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    let what = format!(
        "free slots (60 days, {} busy times, {} meetings, {found} found)",
        busy.len(),
        booked.len(),
    );
    Ok(verdict::of(&what, took, BAR, found))
}
