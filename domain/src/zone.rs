//! Time zones by name. Every name is looked up here, so that all parts of Casella know the same ones.

use std::{collections::BTreeSet, sync::LazyLock};

use jiff::tz::{self, TimeZone, TimeZoneDatabase};

/// The database that is built in.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The time zone of an IANA name, in any case; none if there is none. The machine's database says,
/// which is newer where it is kept up to date; name by name the one that is built in stands in for it,
/// since some systems leave out names that browsers and calendars use, like `Asia/Calcutta`.
pub fn zone(name: &str) -> Option<TimeZone> {
    let of_machine = tz::db().get(name);
    of_machine.or_else(|_| BUNDLED.get(name)).ok()
}

/// The names of all time zones, in order.
pub fn names() -> Vec<String> {
    let all = tz::db().available().chain(BUNDLED.available());
    let all: BTreeSet<String> = all.map(|name| name.as_str().to_owned()).collect();
    all.into_iter().collect()
}
