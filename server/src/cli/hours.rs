//! Weekly hours on the command line, like `mon-fri 09:00-12:30,13:30-17:00`.

use anyhow::{Context, bail};
use domain::availability::{Block, Schedule, Weekday, Zone};

/// Each day's word.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// What is expected of a line of hours.
const EXPECTED: &str = "hours: expected days and times like `mon-fri 09:00-12:30,13:30-17:00` or `sat,sun 10:00-14:00`";

/// A week of several lines; days that two lines name have the hours of both.
///
/// # Errors
/// What was expected instead.
pub fn parse(zone: Option<Zone>, lines: &[String]) -> anyhow::Result<Schedule> {
    let mut week: [Vec<Block>; 7] = Default::default();
    for line in lines {
        let (days, times) = line
            .trim()
            .split_once(char::is_whitespace)
            .context(EXPECTED)?;
        let days = days_of(days)?;
        for time in times.split(',') {
            let (from, to) = time.split_once('-').context(EXPECTED)?;
            let block =
                Block::parse(from, to).with_context(|| format!("hours `{}`", time.trim()))?;
            for ((_, day), blocks) in DAYS.iter().zip(&mut week) {
                if days.contains(day) {
                    blocks.push(block);
                }
            }
        }
    }
    Schedule::new(zone, week).context("hours")
}

/// A time zone that there is. `key`: what it was given as.
///
/// # Errors
/// What was expected instead.
pub fn zone(key: &str, zone: String) -> anyhow::Result<Zone> {
    let expected = || format!("{key}: expected the name of a time zone, like Europe/Rome");
    let zone = Zone::try_from(zone).with_context(expected)?;
    if !backend::zone_exists(&zone) {
        bail!("{}, not {}", expected(), zone.as_str());
    }
    Ok(zone)
}

fn days_of(words: &str) -> anyhow::Result<Vec<Weekday>> {
    let mut days = Vec::new();
    for word in words.split(',') {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last) = (place(first)?, place(last)?);
        if last < first {
            bail!("{EXPECTED}; in `{word}` the later day comes first");
        }
        days.extend(DAYS.iter().take(last + 1).skip(first).map(|(_, day)| *day));
    }
    Ok(days)
}

fn place(word: &str) -> anyhow::Result<usize> {
    let word = word.trim().to_lowercase();
    let found = DAYS.iter().position(|(known, _)| *known == word);
    found.with_context(|| {
        format!("{EXPECTED}; `{word}` is no day: mon, tue, wed, thu, fri, sat, sun")
    })
}

/// A week in words, as [`parse`] takes it; days of the same hours stand together.
pub fn words(schedule: &Schedule) -> String {
    if schedule.is_empty() {
        return "none".to_owned();
    }
    let zone = schedule.zone().map_or("UTC", Zone::as_str);
    let mut lines: Vec<(Vec<&str>, String)> = Vec::new();
    for ((word, _), blocks) in DAYS.iter().zip(schedule.days()) {
        if blocks.is_empty() {
            continue;
        }
        let times: Vec<String> = blocks.iter().map(ToString::to_string).collect();
        let times = times.join(",");
        match lines.iter_mut().find(|(_, known)| *known == times) {
            Some((days, _)) => days.push(word),
            None => lines.push((vec![word], times)),
        }
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|(days, times)| format!("{} {times}", days.join(",")))
        .collect();
    format!("{} ({zone})", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(lines: &[&str]) -> anyhow::Result<Schedule> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        parse(None, &lines)
    }

    #[test]
    fn lines_of_hours_make_a_week() {
        let week = week(&["mon-fri 13:30-17:00,09:00-12:30", "fri,sun 20:00-24:00"]).unwrap();
        assert_eq!(
            words(&week),
            "mon,tue,wed,thu 09:00-12:30,13:30-17:00; fri 09:00-12:30,13:30-17:00,20:00-24:00; sun 20:00-24:00 (UTC)"
        );
        assert_eq!(words(&Schedule::default()), "none");
    }

    #[test]
    fn wrong_hours_say_what_was_expected() {
        for (line, expected) in [
            ("monday 09:00-10:00", "`monday` is no day"),
            ("fri-mon 09:00-10:00", "the later day comes first"),
            ("mon", "mon-fri 09:00-12:30"),
            ("mon 9-10", "expected a time like 09:00"),
            ("mon 17:00-09:00", "a night shift is two blocks"),
            ("mon 09:00-12:00,11:00-13:00", "overlap"),
        ] {
            let error = format!("{:#}", week(&[line]).unwrap_err());
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
