//! Who reads calendars, and what one reading of all of them may cost.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use calcard::icalendar::ICalendarComponent;
use domain::{availability::Zone, bound::Bound};
use jiff::tz::TimeZone;

use crate::clock::Clock;

/// How many steps the changes of one zone's clock may take. Two changes a year, from 1601 to 2100,
/// take 1,000.
const STEPS_OF_ZONE: usize = 10_000;

/// How many zones of texts are remembered.
const ZONES: usize = 256;

/// Who reads, and what is left of what the whole reading may cost, however many texts it has.
#[derive(Debug)]
pub struct Reader {
    pub(crate) zone: TimeZone,
    /// The reader's own, in lower case.
    addresses: Vec<String>,
    pub(crate) unanswered: bool,
    pub(crate) steps: Steps,
    pub(crate) zones: KnownZones,
}

impl Reader {
    /// Somebody in a zone, for whom whole days and times of no zone are meant there. A name that
    /// the database does not have means UTC.
    pub fn new(zone: &Zone) -> Self {
        Self {
            zone: domain::zone::zone(zone.as_str()).unwrap_or(TimeZone::UTC),
            addresses: Vec::new(),
            unanswered: true,
            steps: Steps::default(),
            zones: KnownZones::default(),
        }
    }

    /// With the addresses under which the reader is invited. `unanswered`: whether invitations
    /// make busy that the reader has not answered.
    pub fn invited_as(mut self, addresses: &[String], unanswered: bool) -> Self {
        let bare = |address: &String| bare(address).to_lowercase();
        self.addresses = addresses.iter().map(bare).collect();
        self.unanswered = unanswered;
        self
    }

    /// Ends early, with whatever was read, once this is true.
    pub fn until(mut self, over: Arc<AtomicBool>) -> Self {
        self.steps.over = over;
        self
    }

    /// Whether it was ended early.
    pub fn is_over(&self) -> bool {
        self.steps.is_over()
    }

    /// Whether an address is the reader's own.
    pub(crate) fn is(&self, address: &str) -> bool {
        let address = bare(address).to_lowercase();
        self.addresses.contains(&address)
    }
}

/// An address without the name of its scheme.
fn bare(address: &str) -> &str {
    let address = address.trim();
    match address.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => rest,
        _ => address,
    }
}

/// What is left of the steps that a reading may take: one is a period of a rule, or an occurrence,
/// or a few days that are looked at. A rule of an occurrence a day takes 730 a year.
#[derive(Debug)]
pub struct Steps {
    all: usize,
    of_series: usize,
    over: Arc<AtomicBool>,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            all: Bound::CalendarSteps.amount(),
            of_series: Bound::CalendarSeriesSteps.amount(),
            over: Arc::default(),
        }
    }
}

impl Steps {
    /// Takes some; false if there are not so many, or the time is over.
    pub fn take(&mut self, count: usize) -> bool {
        let left = (
            self.all.checked_sub(count),
            self.of_series.checked_sub(count),
        );
        match left {
            (Some(all), Some(of_series)) if !self.is_over() => {
                self.all = all;
                self.of_series = of_series;
                true
            }
            _ => false,
        }
    }

    /// Another series has its own share.
    pub fn begin_series(&mut self) {
        self.of_series = Bound::CalendarSeriesSteps.amount();
    }

    /// Another zone has its own share.
    pub fn begin_zone(&mut self) {
        self.of_series = STEPS_OF_ZONE;
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// Zones that texts of this reading have defined or named. Each event of a server comes as a text
/// of its own, with its zones.
#[derive(Debug, Default)]
pub struct KnownZones {
    defined: Vec<(Vec<ICalendarComponent>, Option<Clock>)>,
    named: HashMap<String, Option<Clock>>,
}

impl KnownZones {
    /// The clock of a definition; `make` makes it if it is a new one.
    pub fn defined(
        &mut self,
        definition: Vec<ICalendarComponent>,
        make: impl FnOnce(&[ICalendarComponent]) -> Option<Clock>,
    ) -> Option<Clock> {
        let known = self.defined.iter().find(|(known, _)| *known == definition);
        if let Some((_, clock)) = known {
            return clock.clone();
        }
        let clock = make(&definition);
        if self.defined.len() < ZONES {
            self.defined.push((definition, clock.clone()));
        }
        clock
    }

    /// The clock of a name; `find` looks for it if it is a new one.
    pub fn named(&mut self, name: &str, find: impl FnOnce() -> Option<Clock>) -> Option<Clock> {
        if let Some(clock) = self.named.get(name) {
            return clock.clone();
        }
        let clock = find();
        if self.named.len() < ZONES {
            self.named.insert(name.to_owned(), clock.clone());
        }
        clock
    }
}
