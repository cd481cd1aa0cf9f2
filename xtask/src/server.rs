//! The server's binary: built, run, released.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::assets::{self, Profile};
use crate::program::{HOST_PACKAGES, cargo, program, run, step};

const SERVER: &str = "casella";

/// Builds the server for the daily round, and the load tool with it; returns its path.
pub fn build_debug() -> Result<PathBuf> {
    step("Building the server");
    run(cargo().arg("build").args(HOST_PACKAGES))?;
    binary("debug", SERVER)
}

/// Builds server and load tool as they are measured: optimised, with the assets on disk.
pub fn build_release() -> Result<PathBuf> {
    step("Building the server (release)");
    run(cargo().args([
        "build",
        "--release",
        "--package",
        "server",
        "--package",
        "load",
    ]))?;
    binary("release", SERVER)
}

/// `cargo xtask build`: one binary with all assets inside.
pub fn build_single_binary() -> Result<()> {
    assets::build(Profile::Release, false)?;
    step("Building the server with all assets inside");
    run(cargo().args([
        "build",
        "--release",
        "--package",
        "server",
        "--features",
        "embed",
    ]))?;
    let path = binary("release", SERVER)?;
    let bytes = fs::metadata(&path)?.len();
    println!(
        "{} ({}.{} MB)",
        path.display(),
        bytes / 1_000_000,
        bytes / 100_000 % 10
    );
    Ok(())
}

/// `cargo xtask run`: becomes the server, with demo data.
pub fn run_demo(arguments: &[String]) -> Result<()> {
    assets::build(Profile::Quick, false)?;
    let binary = build_debug()?;
    step("Starting Casella; Ctrl+C stops it");
    // From here on the signals of the terminal are the server's own.
    let error = demo(&binary).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}

/// A call of the server with demo data.
pub fn demo(binary: &PathBuf) -> Command {
    let mut command = program(binary);
    command.args(["serve", "--demo"]);
    command
}

/// The path of a program that cargo has built.
pub fn binary(profile: &str, name: &str) -> Result<PathBuf> {
    let path = PathBuf::from("target").join(profile).join(name);
    path.canonicalize()
        .with_context(|| format!("cargo left no {name} in target/{profile}"))
}
