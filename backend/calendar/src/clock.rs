//! Clocks that events are told on: zones of the database, zones that a text defines itself, and
//! the reader's.

mod own;

use std::{collections::HashMap, sync::Arc};

use calcard::{
    common::timezone::Tz,
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue,
    },
};
use domain::Timestamp;
use jiff::{Timestamp as Instant, civil, tz::TimeZone};

use crate::series::Steps;
use own::OwnZone;

/// What turns a time of day into an instant.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The reader's own.
    Floating,
    Zone(TimeZone),
    /// Defined by the text.
    Own(Arc<OwnZone>),
}

impl Clock {
    /// The instant at which it shows this. Of two the first; where it skips this, as if it had not
    /// been changed yet (RFC 5545, 3.3.5).
    pub fn instant(&self, shown: civil::DateTime, reader: &TimeZone) -> Option<Timestamp> {
        let in_zone = |zone: &TimeZone| {
            let instant = zone.to_ambiguous_timestamp(shown).compatible().ok()?;
            Some(Timestamp(instant.as_microsecond()))
        };
        match self {
            Self::Floating => in_zone(reader),
            Self::Zone(zone) => in_zone(zone),
            Self::Own(zone) => zone.instant(shown),
        }
    }

    /// What it shows at an instant.
    pub fn shown(&self, instant: Timestamp, reader: &TimeZone) -> Option<civil::DateTime> {
        let at = Instant::from_microsecond(instant.0).ok()?;
        match self {
            Self::Floating => Some(reader.to_datetime(at)),
            Self::Zone(zone) => Some(zone.to_datetime(at)),
            Self::Own(zone) => zone.shown(at),
        }
    }
}

/// The zones that a calendar names.
pub struct Zones(HashMap<String, Clock>);

impl Zones {
    /// Those that a calendar defines. A name of the database means the database's zone: what texts
    /// say of one is often only of some years.
    pub fn of(calendar: &ICalendar) -> Self {
        let mut zones = HashMap::new();
        let mut steps = Steps::default();
        let defined = calendar
            .components
            .iter()
            .filter(|component| component.component_type == ICalendarComponentType::VTimezone);
        for definition in defined {
            let Some(name) = zone_name(definition) else {
                continue;
            };
            if zones.contains_key(name) {
                continue;
            }
            let clock = in_database(name).map(Clock::Zone).or_else(|| {
                let parts = definition.component_ids.iter();
                let parts = parts.filter_map(|id| calendar.component_by_id(*id));
                OwnZone::read(parts, &mut steps).map(|zone| Clock::Own(Arc::new(zone)))
            });
            if let Some(clock) = clock {
                zones.insert(name.to_owned(), clock);
            }
        }
        Self(zones)
    }

    /// The clock of a `TZID`, if it is known.
    pub fn clock(&self, name: &str) -> Option<Clock> {
        self.0
            .get(name)
            .cloned()
            .or_else(|| in_database(name).map(Clock::Zone))
            .or_else(|| known_elsewhere(name).map(Clock::Zone))
    }
}

fn zone_name(definition: &ICalendarComponent) -> Option<&str> {
    match definition
        .property(&ICalendarProperty::Tzid)?
        .values
        .first()?
    {
        ICalendarValue::Text(name) => Some(name),
        _ => None,
    }
}

fn in_database(name: &str) -> Option<TimeZone> {
    domain::zone::zone(name)
}

/// Names of Windows, and names of the database behind a prefix.
fn known_elsewhere(name: &str) -> Option<TimeZone> {
    let known: Tz = name.parse().ok()?;
    in_database(&known.name()?)
}
