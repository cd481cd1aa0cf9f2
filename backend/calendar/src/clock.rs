//! Clocks that events are told on: zones of the database, zones that a text defines itself, and
//! the reader's.

mod named;
mod own;

use std::{collections::HashMap, sync::Arc};

use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue,
};
use domain::Timestamp;
use jiff::{Timestamp as Instant, civil, tz::TimeZone};

use crate::reader::Reader;
use named::{known_elsewhere, known_here, of_place};
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

/// The zones that a calendar defines.
pub struct Zones(HashMap<String, Clock>);

impl Zones {
    /// Those that a calendar defines. The name of a place in the database means the database's
    /// zone: what texts say of one is often only of some years. Any other name (`GMT`, `EST`) means
    /// what the text says.
    pub fn of(calendar: &ICalendar, reader: &mut Reader) -> Self {
        let mut zones = HashMap::new();
        let Reader {
            steps,
            zones: known,
            ..
        } = reader;
        let defined = calendar
            .components
            .iter()
            .filter(|component| component.component_type == ICalendarComponentType::VTimezone);
        for definition in defined {
            let Some(name) = zone_name(definition) else {
                continue;
            };
            if zones.contains_key(name) || of_place(name).is_some() {
                continue;
            }
            let parts = definition.component_ids.iter();
            let parts = parts.filter_map(|id| calendar.component_by_id(*id).cloned());
            let clock = known.defined(parts.collect(), |parts| {
                let zone = OwnZone::read(parts.iter(), steps)?;
                Some(Clock::Own(Arc::new(zone)))
            });
            if let Some(clock) = clock {
                zones.insert(name.to_owned(), clock);
            }
        }
        Self(zones)
    }

    /// The clock of a `TZID`, if it is known.
    pub fn clock(&self, name: &str, reader: &mut Reader) -> Option<Clock> {
        if let Some(own) = self.0.get(name) {
            return Some(own.clone());
        }
        reader.zones.named(name, || {
            let zone = known_here(name).or_else(|| known_elsewhere(name));
            zone.map(Clock::Zone)
        })
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
