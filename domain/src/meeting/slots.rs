//! Which slots are free, on the time zone database.
//!
//! Free slots are the meeting hours less booked meetings with the buffer after them, less busy
//! times. In each block of hours slots begin where the block begins and follow each other without
//! a gap, in time that passes, not on the clock's face: over an hour that is skipped or comes twice
//! a meeting is as long as any other. Blocks last as those of chat hours do; where two overlap,
//! because an hour comes twice, they are one. The slots of a block depend on nothing outside it, so
//! that a day shows the same slots alone and within a month.
//!
//! A slot is free if its meeting lies in one block and neither it nor the buffer after it meets
//! another meeting or a busy time; nor may it begin in another's buffer.

use core::time::Duration;
use std::collections::BTreeMap;

use jiff::civil;

use super::{MeetingHours, Slot, Span, Terms};
use crate::{Timestamp, availability::rules::Week};

/// How far around a window meetings and busy times matter: for a limit of the day, which begins and
/// ends at most a day away however its clock is changed, and for the longest meeting with its buffer.
const AROUND: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// In which time an agent's slots may begin now: from the minimum notice to the horizon. None if
/// the notice reaches beyond the horizon.
pub fn bookable(terms: Terms, now: Timestamp) -> Option<Span> {
    Span::new(now + terms.notice(), now + terms.horizon())
}

/// Of which time [`free`] must be given the booked meetings and busy times to know a window.
pub fn concerned(window: Span) -> Span {
    Span {
        start: window.start - AROUND,
        end: window.end + AROUND,
    }
}

/// The free slots that begin within a window, in order; no two of them overlap.
///
/// `booked` and `busy` hold all that overlaps the [`concerned`] time, in any order; more does no
/// harm. Cancelled meetings must not be among them. A meeting that is also in a connected calendar
/// may be in both.
pub fn free(
    hours: &MeetingHours,
    booked: &[Span],
    busy: &[Span],
    now: Timestamp,
    window: Span,
) -> Vec<Slot> {
    let terms = hours.terms;
    let Some(window) = bookable(terms, now).and_then(|bookable| common(bookable, window)) else {
        return Vec::new();
    };
    let week = Week::of(&hours.week);
    let full = FullDays::of(&week, booked, terms);
    let taken = taken(booked, busy, terms);
    let mut later = &taken[..];
    let mut free = Vec::new();
    for block in blocks(&week, window) {
        let mut start = block.start;
        while start + terms.length() <= block.end {
            let slot = Slot(start);
            let meeting = terms.meeting(slot);
            start = meeting.end;
            if !window.contains(slot.0) || full.contain(&week, slot) {
                continue;
            }
            while let [first, rest @ ..] = later
                && first.end <= slot.0
            {
                later = rest;
            }
            let with_buffer = Span {
                start: meeting.start,
                end: meeting.end + terms.buffer(),
            };
            if !later.first().is_some_and(|next| next.overlaps(with_buffer)) {
                free.push(slot);
            }
        }
    }
    free
}

/// Whether a slot is one of the free ones: what a booking asks once more. The arguments are those
/// of [`free`] with a window that contains the slot.
pub fn is_free(
    hours: &MeetingHours,
    booked: &[Span],
    busy: &[Span],
    now: Timestamp,
    slot: Slot,
) -> bool {
    let window = Span {
        start: slot.0,
        end: slot.0 + Duration::from_micros(1),
    };
    free(hours, booked, busy, now, window) == [slot]
}

/// What two stretches have in common.
fn common(one: Span, other: Span) -> Option<Span> {
    Span::new(one.start.max(other.start), one.end.min(other.end))
}

/// The blocks of hours in which slots of the window can begin, in order, those that overlap joined.
fn blocks(week: &Week<'_>, window: Span) -> Vec<Span> {
    let (Some(first), Some(last)) = (week.date(window.start), week.date(window.end)) else {
        return Vec::new();
    };
    let days = i16::try_from((last - first).get_days()).unwrap_or(i16::MAX - 2);
    // Blocks of the neighbours too: they may begin earlier or end later than their date, and join
    // with one of the window.
    let mut all: Vec<Span> = week
        .stretches(first, -2, days + 2)
        .map(|(start, end)| Span { start, end })
        .collect();
    all.sort_unstable();
    joined(all)
}

/// Stretches in order, with those that overlap made one. Those that only touch stay two.
fn joined(all: Vec<Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(all.len());
    for span in all {
        match joined.last_mut() {
            Some(last) if last.overlaps(span) => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// When no meeting may be: other meetings with their buffer, and busy times; in order.
fn taken(booked: &[Span], busy: &[Span], terms: Terms) -> Vec<Span> {
    let mut all: Vec<Span> = booked
        .iter()
        .map(|meeting| Span {
            start: meeting.start,
            end: meeting.end + terms.buffer(),
        })
        .chain(busy.iter().copied())
        .collect();
    all.sort_unstable();
    joined(all)
}

/// The days that have as many meetings as they may.
struct FullDays(Vec<civil::Date>);

impl FullDays {
    fn of(week: &Week<'_>, booked: &[Span], terms: Terms) -> Self {
        let Some(limit) = terms.daily_limit() else {
            return Self(Vec::new());
        };
        let mut meetings = BTreeMap::<civil::Date, usize>::new();
        for date in booked.iter().filter_map(|meeting| week.date(meeting.start)) {
            *meetings.entry(date).or_default() += 1;
        }
        let full = meetings
            .into_iter()
            .filter(|(_, count)| *count >= usize::from(limit))
            .map(|(date, _)| date);
        Self(full.collect())
    }

    fn contain(&self, week: &Week<'_>, slot: Slot) -> bool {
        !self.0.is_empty()
            && week
                .date(slot.0)
                .is_some_and(|date| self.0.binary_search(&date).is_ok())
    }
}

#[cfg(test)]
mod tests;
