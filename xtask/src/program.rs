//! Running other programs.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// A call of `name`, without the variables that `cargo run` sets for `xtask` itself.
///
/// Some build scripts (that of `ring`, for one) watch those variables and
/// would run anew at each change between `cargo build` and `cargo xtask`.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    for (key, _) in env::vars_os() {
        let key_text = key.to_string_lossy();
        if key_text.starts_with("CARGO_PKG_") || key_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&key);
        }
    }
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// The cargo that started this task, for everything that runs on this machine.
pub fn cargo() -> Command {
    let mut command = program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Who sets flags of their own thereby sets aside those of `.cargo/config.toml`.
    if let Ok(flags) = env::var("RUSTFLAGS") {
        command.env("RUSTFLAGS", format!("{flags} {ERASE}"));
    }
    command
}

/// The flag by which Leptos forgets the types inside a component. Server and browser must agree
/// about it, since the HTML differs a little. `.cargo/config.toml` has it for calls of `cargo`.
pub const ERASE: &str = "--cfg erase_components";

/// The packages that run on this machine, for every unoptimised build and test.
///
/// Always all of them: cargo unifies the features of the packages that one call
/// names, so that another choice would compile many dependencies once more.
pub const HOST_PACKAGES: [&str; 12] = [
    "--package",
    "domain",
    "--package",
    "backend",
    "--package",
    "calendar",
    "--package",
    "app",
    "--package",
    "server",
    "--package",
    "load",
];

/// Runs with this terminal's output. Errors when the program is missing or fails.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs silently and returns what the program printed on its standard output.
/// Errors when it is missing or fails, with what it said about that.
pub fn read(command: &mut Command) -> Result<String> {
    let output = finish(command)?;
    if !output.status.success() {
        bail!(
            "`{}` failed ({}): {}",
            show(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs silently; whether it could be started and succeeded.
pub fn succeeds(command: &mut Command) -> bool {
    finish(command).is_ok_and(|output| output.status.success())
}

fn finish(command: &mut Command) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}`", show(command)))
}

/// The first of `names` that is an executable file in a folder of `PATH`.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| {
        env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    })
}

/// The command line, for messages.
pub fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// Tells the person at the terminal what happens next.
pub fn step(text: &str) {
    eprintln!("\u{1b}[1m» {text}\u{1b}[0m");
}
