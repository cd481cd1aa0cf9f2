//! The clock of the product; tests of whole stories move it.

use std::{env, fs, path::Path, thread, time::Duration};

use backend::Clock;

/// Names a file that holds by how many seconds the clock is ahead of the system's. Not a setting:
/// only tests use it. They may write a greater number while the server runs.
const VARIABLE: &str = "CASELLA_CLOCK_AHEAD_FILE";

/// How often that file is read.
const EVERY: Duration = Duration::from_millis(50);

/// The system's clock, moved ahead where a test says so.
pub fn clock() -> Clock {
    let clock = Clock::default();
    if let Some(file) = env::var_os(VARIABLE) {
        let mut ahead = Duration::ZERO;
        let mut follow = {
            let clock = clock.clone();
            move || ahead = follow(&clock, Path::new(&file), ahead)
        };
        follow();
        thread::spawn(move || {
            loop {
                thread::sleep(EVERY);
                follow();
            }
        });
    }
    clock
}

/// Moves the clock from so far ahead to what the file says, and returns that.
fn follow(clock: &Clock, file: &Path, ahead: Duration) -> Duration {
    let text = fs::read_to_string(file).unwrap_or_default();
    let wanted = text.trim().parse().map_or(ahead, Duration::from_secs);
    clock.advance(wanted.saturating_sub(ahead));
    wanted.max(ahead)
}
