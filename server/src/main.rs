//! The binary `casella`.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;

/// Gives memory back when it is free: a password's hash takes 19 MB for a moment, which the C
/// library would keep once for each thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("casella: {error:#}");
            ExitCode::FAILURE
        }
    }
}
