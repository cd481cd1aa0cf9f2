//! The events of one `UID`: what recurs, and what stands for single occurrences of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Timestamp, meeting::Span};
use jiff::{SignedDuration, civil, tz::TimeZone};

use crate::{
    clock::Clock,
    event::{Ends, Event, Instead},
    length::Length,
    moment::Moment,
    rule::Until,
};

/// How many steps all rules of a calendar may take together. One of an occurrence a day takes 365
/// steps a year.
const STEPS: usize = 5_000_000;

/// How many of them one series may take.
const STEPS_OF_SERIES: usize = 250_000;

/// What is left of the steps that rules may take.
#[derive(Debug)]
pub struct Steps {
    all: usize,
    of_series: usize,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            all: STEPS,
            of_series: STEPS_OF_SERIES,
        }
    }
}

impl Steps {
    /// Takes some; false if there are not so many.
    pub fn take(&mut self, count: usize) -> bool {
        match (
            self.all.checked_sub(count),
            self.of_series.checked_sub(count),
        ) {
            (Some(all), Some(of_series)) => {
                self.all = all;
                self.of_series = of_series;
                true
            }
            _ => false,
        }
    }

    /// Another series, or zone, has its own share.
    pub fn begin_series(&mut self) {
        self.of_series = STEPS_OF_SERIES;
    }
}

/// The events of one `UID`.
#[derive(Clone, Debug)]
pub struct Series {
    uid: String,
    /// What recurs. More than one only where a text gives one `UID` to several events.
    masters: Vec<Event>,
    /// What stands for one occurrence.
    single: Vec<Event>,
    /// What stands for one occurrence and all later ones.
    ranges: Vec<Event>,
}

/// Times, each once.
pub type Times = BTreeSet<Span>;

impl Series {
    /// From all events of the `UID`. Of those that stand for the same, the last one with the
    /// highest sequence counts.
    pub fn new(uid: String, events: Vec<Event>) -> Self {
        let (single, masters): (Vec<_>, Vec<_>) = events
            .into_iter()
            .partition(|event| event.instead.is_some());
        let (ranges, single) = single.into_iter().partition(|event| {
            event
                .instead
                .as_ref()
                .is_some_and(|instead| instead.and_future)
        });
        let newest = masters.iter().map(|event| event.sequence).max();
        Self {
            uid,
            masters: masters
                .into_iter()
                .filter(|event| Some(event.sequence) == newest)
                .collect(),
            single,
            ranges,
        }
    }

    /// The `UID`; empty if there is none.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Adds when it makes busy within the window. Says whether the steps sufficed.
    pub fn times(
        &self,
        window: Span,
        reader: &TimeZone,
        steps: &mut Steps,
        times: &mut Times,
    ) -> bool {
        steps.begin_series();
        let view = View {
            window,
            reader,
            single: newest(&self.single, reader),
            ranges: newest(&self.ranges, reader),
        };
        let mut complete = true;
        for master in &self.masters {
            complete &= view.recurring(master, steps, times);
        }
        for event in view.single.values() {
            view.once(event, times);
        }
        for event in view.ranges.values() {
            view.once(event, times);
        }
        complete
    }
}

/// Events by the instant that they stand for.
fn newest<'a>(events: &'a [Event], reader: &TimeZone) -> BTreeMap<Timestamp, &'a Event> {
    let mut newest = BTreeMap::<Timestamp, &Event>::new();
    for event in events {
        let of = event
            .instead
            .as_ref()
            .and_then(|instead| instead.of.instant(reader));
        let Some(of) = of else { continue };
        let older = newest
            .get(&of)
            .is_some_and(|other| other.sequence > event.sequence);
        if !older {
            newest.insert(of, event);
        }
    }
    newest
}

/// A series as it looks to a reader in a window.
struct View<'a> {
    window: Span,
    reader: &'a TimeZone,
    single: BTreeMap<Timestamp, &'a Event>,
    ranges: BTreeMap<Timestamp, &'a Event>,
}

impl View<'_> {
    /// The time of an event that stands for itself.
    fn once(&self, event: &Event, times: &mut Times) {
        if let (true, Some(length)) = (event.is_busy, self.length(event)) {
            self.add(event.start.shown, &event.start.clock, length, times);
        }
    }

    /// The times of all that recurs of an event. Says whether the steps sufficed.
    fn recurring(&self, event: &Event, steps: &mut Steps, times: &mut Times) -> bool {
        let Some(length) = self.length(event) else {
            return true;
        };
        let except = Except::of(event, self.reader);
        let mut complete = true;
        let mut each = |start: civil::DateTime| {
            self.occurrence(event, start, length, &except, times);
        };
        each(event.start.shown);
        if let Some((from, to)) = self.look(event, length) {
            for rule in &event.rules {
                let ended = |shown| match rule.until() {
                    None => false,
                    Some(Until::Date(until)) => civil::DateTime::date(shown) > until,
                    Some(Until::Shown(until)) => shown > until,
                    Some(Until::Instant(until)) => event
                        .start
                        .clock
                        .instant(shown, self.reader)
                        .is_none_or(|instant| instant > until),
                };
                let start = event.start.shown;
                let whole = event.start.is_date;
                complete &= rule.walk(start, whole, (from, to), ended, steps, &mut each);
            }
        }
        for extra in &event.extra {
            let of_its_own = match &extra.ends {
                Ends::Unsaid => Some(length),
                ends => self.length_of(&extra.start, ends),
            };
            if let Some(length) = of_its_own {
                self.extra(event, &extra.start, length, &except, times);
            }
        }
        complete
    }

    /// From when to when occurrences may begin that are busy within the window, as the event's
    /// clock shows it.
    fn look(&self, event: &Event, length: Length) -> Option<(civil::DateTime, civil::DateTime)> {
        let mut back = length.whole_days();
        let mut ahead = 1i64;
        for range in self.ranges.values() {
            let moved = self.moved(range).unwrap_or_default();
            let days = moved.as_hours() / 24;
            let length = self.length(range).unwrap_or_default().whole_days();
            back = back.max(days.saturating_add(length).saturating_add(1));
            ahead = ahead.max(1 - days);
        }
        let shown = |instant| event.start.clock.shown(instant, self.reader);
        let first = civil::DateTime::MIN;
        let last = civil::DateTime::MAX;
        let back = jiff::Span::new().try_days(back.saturating_add(1)).ok();
        let from = back.and_then(|back| shown(self.window.start())?.checked_sub(back).ok());
        let ahead = jiff::Span::new().try_days(ahead.saturating_add(1)).ok();
        let to = ahead.and_then(|ahead| shown(self.window.end())?.checked_add(ahead).ok());
        Some((from.unwrap_or(first), to.unwrap_or(last)))
    }

    /// One occurrence, unless it is excepted or something stands for it.
    fn occurrence(
        &self,
        event: &Event,
        start: civil::DateTime,
        length: Length,
        except: &Except,
        times: &mut Times,
    ) {
        let Some(id) = event.start.clock.instant(start, self.reader) else {
            return;
        };
        if except.has(id, start.date()) || self.single.contains_key(&id) {
            return;
        }
        let Some((of, range)) = self.ranges.range(..=id).next_back() else {
            if event.is_busy {
                self.add(start, &event.start.clock, length, times);
            }
            return;
        };
        // What stands for the first one is a time of its own.
        if *of == id || !range.is_busy {
            return;
        }
        let moved = self
            .moved(range)
            .and_then(|moved| start.checked_add(moved).ok());
        if let (Some(start), Some(length)) = (moved, self.length(range)) {
            self.add(start, &event.start.clock, length, times);
        }
    }

    /// A single date beside the rule, told on a clock of its own.
    fn extra(
        &self,
        event: &Event,
        start: &Moment,
        length: Length,
        except: &Except,
        times: &mut Times,
    ) {
        let Some(id) = start.instant(self.reader) else {
            return;
        };
        let replaced = self.single.contains_key(&id) || self.ranges.range(..=id).next().is_some();
        if except.has(id, start.shown.date()) {
            return;
        }
        if replaced {
            let Some(shown) = event.start.clock.shown(id, self.reader) else {
                return;
            };
            return self.occurrence(event, shown, length, except, times);
        }
        if event.is_busy {
            self.add(start.shown, &start.clock, length, times);
        }
    }

    /// How far a range moves its occurrences, as clocks show it.
    fn moved(&self, range: &Event) -> Option<SignedDuration> {
        let Instead { of, .. } = range.instead.as_ref()?;
        let was = range
            .start
            .clock
            .shown(of.instant(self.reader)?, self.reader)?;
        Some(range.start.shown.duration_since(was))
    }

    fn length(&self, event: &Event) -> Option<Length> {
        self.length_of(&event.start, &event.ends)
    }

    fn length_of(&self, start: &Moment, ends: &Ends) -> Option<Length> {
        match ends {
            Ends::After(length) => Some(*length),
            Ends::Unsaid => Some(Length::days(i64::from(start.is_date))),
            Ends::At(end) if start.is_date => Some(Length::between(start.shown, end.shown)),
            Ends::At(end) => {
                let end = end.instant(self.reader)?;
                let shown = start.clock.shown(end, self.reader)?;
                Some(Length::between(start.shown, shown))
            }
        }
    }

    /// Adds a time if it lies in the window, and is one.
    fn add(&self, start: civil::DateTime, clock: &Clock, length: Length, times: &mut Times) {
        let span = length
            .times(start, clock, self.reader)
            .and_then(|(start, end)| Span::new(start, end));
        if let Some(span) = span.filter(|span| span.overlaps(self.window)) {
            times.insert(span);
        }
    }
}

/// What an event excepts from its rule.
struct Except {
    instants: BTreeSet<Timestamp>,
    /// Whole days, also of events that have a time.
    dates: BTreeSet<civil::Date>,
}

impl Except {
    fn of(event: &Event, reader: &TimeZone) -> Self {
        let (dates, instants): (Vec<_>, Vec<_>) =
            event.except.iter().partition(|moment| moment.is_date);
        Self {
            instants: instants
                .into_iter()
                .filter_map(|moment| moment.instant(reader))
                .collect(),
            dates: dates
                .into_iter()
                .map(|moment| moment.shown.date())
                .collect(),
        }
    }

    fn has(&self, id: Timestamp, date: civil::Date) -> bool {
        self.instants.contains(&id) || self.dates.contains(&date)
    }
}
