//! `cargo xtask bench slots`: how long free slots take, from stored busy times and from the
//! calendars of others.

use anyhow::Result;

use crate::program::{cargo, run, step};

/// Measures both; errors when a figure is over its bar. Wants no server and no database.
pub fn bench() -> Result<()> {
    step("Measuring slots and calendars");
    let slots = one("domain", &["--features", "zones", "--bench", "slots"]);
    let calendars = one("calendar", &["--bench", "expand"]);
    // A bar that is not kept hides no other figure.
    slots.and(calendars)
}

fn one(package: &str, arguments: &[&str]) -> Result<()> {
    run(cargo()
        .args(["bench", "--quiet", "--package", package])
        .args(arguments))
}
