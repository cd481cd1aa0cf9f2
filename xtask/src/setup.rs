//! What a task needs on this machine. Every step is skipped at once when its
//! work is done, says what it does otherwise, and never asks a question.

pub mod apt;
pub mod calendars;
pub mod chromium;
pub mod node;
pub mod postgres;
pub mod python;
pub mod wasm;

use anyhow::Result;

use crate::assets::Profile;
use crate::program::{cargo, program, run, step, succeeds};

/// Everything that any task needs, for `cargo xtask setup`.
pub fn everything() -> Result<()> {
    cargo_component("rustfmt", "fmt")?;
    cargo_component("clippy", "clippy")?;
    for profile in [Profile::Quick, Profile::Release] {
        wasm::ready(profile)?;
    }
    node::ready()?;
    calendars::ready()?;
    println!("Chromium: {}", chromium::ready()?.display());
    println!("PostgreSQL: {}", postgres::ready()?.display());
    println!("Everything is in place.");
    Ok(())
}

/// Makes sure that `cargo {subcommand}` works, by way of rustup where it is missing.
pub fn cargo_component(component: &str, subcommand: &str) -> Result<()> {
    if succeeds(cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    step(&format!("Installing {component}"));
    run(program("rustup").args(["component", "add", component]))
}
