//! The binary `casella`.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;

/// From this size on, memory goes back to the system when it is free. A password's hash takes
/// 19 MB for a moment, which the C library would otherwise keep once for each thread.
#[cfg(target_env = "gnu")]
const GIVEN_BACK: std::ffi::c_int = 1024 * 1024;

fn main() -> ExitCode {
    #[cfg(target_env = "gnu")]
    #[expect(
        unsafe_code,
        reason = "no other thread runs yet, and the C library checks the value"
    )]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, GIVEN_BACK);
    }
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("casella: {error:#}");
            ExitCode::FAILURE
        }
    }
}
