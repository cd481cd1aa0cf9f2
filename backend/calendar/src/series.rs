//! The events of one `UID`: what recurs, and what stands for single occurrences of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Timestamp, meeting::Span};
use jiff::{SignedDuration, civil, tz::TimeZone};

use crate::{
    clock::Clock,
    event::{Ends, Event, Instead},
    length::Length,
    moment::Moment,
    reader::Steps,
    rule::Until,
};

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

/// What takes in the times that are found, in no order and some perhaps twice.
type Times<'a> = dyn FnMut(Span) + 'a;

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

    /// What the first of its events is called.
    pub fn name(&self) -> &str {
        self.events().next().map_or("", |event| &event.name)
    }

    /// When the first of its events begins.
    pub fn start(&self, reader: &TimeZone) -> Option<Timestamp> {
        self.events().next()?.start.instant(reader)
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        let instead = self.single.iter().chain(&self.ranges);
        self.masters.iter().chain(instead)
    }

    /// Hands on when it makes busy within the window. Says whether the steps sufficed; if not, it
    /// is busy from where they ended.
    pub fn times(
        &self,
        window: Span,
        reader: &TimeZone,
        steps: &mut Steps,
        times: &mut Times<'_>,
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
    fn once(&self, event: &Event, times: &mut Times<'_>) {
        if let (true, Some(length)) = (event.is_busy, self.length(event)) {
            self.add(event.start.shown, &event.start.clock, length, times);
        }
    }

    /// The times of all that recurs of an event. Says whether the steps sufficed.
    fn recurring(&self, event: &Event, steps: &mut Steps, times: &mut Times<'_>) -> bool {
        let Some(length) = self.length(event) else {
            return true;
        };
        let around = self.ranges.len() + event.extra.len() + event.except.len();
        if !steps.take(around) {
            self.rest(event, None, times);
            return false;
        }
        let except = Except::of(event, self.reader);
        let mut complete = true;
        let mut stopped = None;
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
                let walked = rule.walk(start, whole, (from, to), ended, steps, &mut each);
                if let Err(at) = walked {
                    stopped = Some(stopped.map_or(at, |other: civil::DateTime| other.min(at)));
                }
            }
        }
        if let Some(at) = stopped {
            complete = false;
            self.rest(event, Some(at), times);
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

    /// All that is left of the window from a time on, or all of it: of what recurs there nothing is
    /// known, and nobody is to be booked on it.
    fn rest(&self, event: &Event, from: Option<civil::DateTime>, times: &mut Times<'_>) {
        let from = from.and_then(|from| event.start.clock.instant(from, self.reader));
        let start = self.window.start();
        let start = from.map_or(start, |from| from.max(start));
        if let (true, Some(span)) = (event.is_busy, Span::new(start, self.window.end())) {
            times(span);
        }
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
        times: &mut Times<'_>,
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
        times: &mut Times<'_>,
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
            // A date that ends where it begins is meant to last the day.
            Ends::After(length) if start.is_date => Some(length.at_least_a_day()),
            Ends::At(end) if start.is_date => {
                Some(Length::between(start.shown, end.shown).at_least_a_day())
            }
            Ends::After(length) => Some(*length),
            Ends::Unsaid => Some(Length::days(i64::from(start.is_date))),
            Ends::At(end) => {
                let end = end.instant(self.reader)?;
                let shown = start.clock.shown(end, self.reader)?;
                Some(Length::between(start.shown, shown))
            }
        }
    }

    /// Adds a time if it lies in the window, and is one.
    fn add(&self, start: civil::DateTime, clock: &Clock, length: Length, times: &mut Times<'_>) {
        let span = length
            .times(start, clock, self.reader)
            .and_then(|(start, end)| Span::new(start, end));
        if let Some(span) = span.filter(|span| span.overlaps(self.window)) {
            times(span);
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
