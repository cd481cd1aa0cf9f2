//! How calendars are read, beside two other readers: `end2end/calendars`; and how those of agents
//! are reached on real servers.

use anyhow::Result;

use super::count::{self, Count};
use crate::cluster::URL_VARIABLE;
use crate::program::{HOST_PACKAGES, cargo, program, run, step};
use crate::server;
use crate::setup::calendars::{FOLDER, PYTHON_VARIABLE, ready, servers};

/// Both.
pub fn perform(postgres: &str) -> Result<Count> {
    let mut count = reached(postgres)?;
    count += read()?;
    Ok(count)
}

/// Reads and writes calendars on Radicale and Xandikos, and on mock servers of Google and Outlook.
fn reached(postgres: &str) -> Result<Count> {
    let python = servers()?;
    step("Reading and writing calendars on real servers");
    count::cargo_test(
        cargo()
            .args([
                "test",
                "--package",
                "backend",
                "--test",
                "store",
                "calendar::",
            ])
            .env(PYTHON_VARIABLE, python)
            .env(URL_VARIABLE, postgres),
    )
}

/// Compares what the three say of 10,000 generated calendars; counts the series.
fn read() -> Result<Count> {
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
