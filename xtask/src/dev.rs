//! `cargo xtask dev`: Casella with demo data, made anew at every change.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::assets::{self, Profile};
use crate::program::{program, step, succeeds};
use crate::server;

const SOURCES: &[&str] = &[
    "app",
    "backend",
    "domain",
    "frontend",
    "migrations",
    "server",
    "style",
    "widget",
    "Cargo.toml",
];
const GLANCE: Duration = Duration::from_millis(300);
/// A save of many files is one change.
const SETTLE: Duration = Duration::from_millis(150);

/// Runs until it is interrupted. A build that fails leaves the last good one running.
pub fn watch(arguments: &[String]) -> Result<()> {
    let mut running: Option<Running> = None;
    loop {
        let seen = state();
        match build() {
            Ok(binary) => {
                // The old one lets go of its port before the new one wants it.
                drop(running.take());
                running = Some(Running(server::demo(&binary).args(arguments).spawn()?));
            }
            Err(error) => eprintln!("error: {error:#}"),
        }
        wait_for_change(&seen);
        step("Something changed");
    }
}

/// The files for browsers last: pages that miss theirs load anew, from a server that is new too.
fn build() -> Result<PathBuf> {
    let binary = server::build_debug()?;
    assets::build(Profile::Quick, true)?;
    Ok(binary)
}

/// A server that is stopped gently when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if !succeeds(program("kill").args(["-TERM", &self.0.id().to_string()])) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

fn wait_for_change(seen: &State) {
    while state() == *seen {
        thread::sleep(GLANCE);
    }
    thread::sleep(SETTLE);
}

/// How many source files there are, and when the last of them changed.
type State = (usize, Option<SystemTime>);

fn state() -> State {
    let mut state = (0, None);
    for source in SOURCES {
        add(Path::new(source), &mut state);
    }
    state
}

fn add(path: &Path, state: &mut State) {
    if path.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            add(&entry.path(), state);
        }
    } else if let Ok(facts) = fs::metadata(path) {
        state.0 += 1;
        state.1 = state.1.max(facts.modified().ok());
    }
}
