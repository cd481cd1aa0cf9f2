//! `cargo xtask test`: everything that can be checked, part by part.

mod calendars;
mod count;
mod letters;
mod part;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use crate::program::step;
use count::Count;
pub use part::Part;
use part::Surroundings;

/// Runs the parts asked for, or all. A part that fails does not keep the
/// others from running. The last line says how many checks passed and failed.
pub fn perform(parts: &[Part]) -> Result<ExitCode> {
    let parts = if parts.is_empty() { Part::ALL } else { parts };
    let mut surroundings = Surroundings::default();
    let mut total = Count::default();
    let mut lines = Vec::new();
    for part in parts {
        step(&format!("Testing: {}", part.name()));
        let started = Instant::now();
        let count = part.perform(&mut surroundings).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Count::FAILURE
        });
        lines.push(format!(
            "{:11} {:>5} passed {:>4} failed {:>6} s",
            part.name(),
            count.passed,
            count.failed,
            started.elapsed().as_secs()
        ));
        total += count;
    }
    drop(surroundings);
    println!("\n{}", lines.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
