//! How calendars are read, beside two other readers: `end2end/calendars`.

use anyhow::Result;

use super::count::{self, Count};
use crate::program::{HOST_PACKAGES, cargo, program, run, step};
use crate::server;
use crate::setup::calendars::{FOLDER, ready};

/// Compares what the three say of 10,000 generated calendars; counts the series.
pub fn perform() -> Result<Count> {
    let path = ready()?;
    run(cargo()
        .arg("build")
        .args(HOST_PACKAGES)
        .args(["--example", "busy"]))?;
    step("Comparing how calendars are read");
    count::compared(
        program("sh")
            .arg("run.sh")
            .current_dir(FOLDER)
            .env("PATH", path)
            .env("CASELLA_BUSY", server::binary("debug", "examples/busy")?),
    )
}
