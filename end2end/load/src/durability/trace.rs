//! Reads what strace has written: `-f -y -ttt -xx`, one call a line, a call that others overtake
//! in two lines.

use std::{collections::HashSet, time::Duration};

/// The end of the name of SQLite's write-ahead log.
const LOG: &[u8] = b"-wal";

/// One step of a system call that matters here.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Bytes go into the database's log.
    Log(Vec<u8>),
    /// Bytes go into a socket.
    Socket(Vec<u8>),
    /// The database's log begins to be synchronised with the disk.
    SyncBegan { thread: u32 },
    /// It is synchronised.
    SyncEnded { thread: u32 },
}

impl Call {
    /// Whether these bytes go into the log.
    pub fn writes_log(&self, bytes: &[u8]) -> bool {
        matches!(self, Self::Log(written) if contains(written, bytes))
    }

    /// Whether these bytes go to a client.
    pub fn sends(&self, bytes: &[u8]) -> bool {
        matches!(self, Self::Socket(sent) if contains(sent, bytes))
    }
}

/// The calls of all threads in the order in which they happened.
#[derive(Debug, Default)]
pub struct Trace {
    steps: Vec<(Duration, Call)>,
}

impl Trace {
    /// Reads a trace; lines of other kinds are skipped.
    pub fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        // Threads whose begun synchronisation is of the log.
        let mut open: HashSet<u32> = HashSet::new();
        for line in text.lines() {
            let Some((thread, at, rest)) = head(line) else {
                continue;
            };
            if let Some(resumed) = rest.strip_prefix("<... ") {
                if is_sync(resumed) && open.remove(&thread) && succeeded(resumed) {
                    steps.push((at, Call::SyncEnded { thread }));
                }
                continue;
            }
            let Some((name, arguments)) = rest.split_once('(') else {
                continue;
            };
            let Some(file) = file(arguments) else {
                continue;
            };
            let is_log = file.ends_with(LOG);
            if is_sync(name) {
                if is_log {
                    steps.push((at, Call::SyncBegan { thread }));
                    if arguments.ends_with("<unfinished ...>") {
                        open.insert(thread);
                    } else if succeeded(arguments) {
                        steps.push((at, Call::SyncEnded { thread }));
                    }
                }
            } else if is_log {
                steps.push((at, Call::Log(strings(arguments))));
            } else if file.starts_with(b"socket:") || file.starts_with(b"TCP:") {
                steps.push((at, Call::Socket(strings(arguments))));
            }
        }
        Self { steps }
    }

    /// Where the first such step at or after `from` is.
    pub fn first_after(&self, from: usize, wanted: impl Fn(&Call) -> bool) -> Option<usize> {
        self.steps
            .iter()
            .enumerate()
            .skip(from)
            .find(|(_, (_, call))| wanted(call))
            .map(|(at, _)| at)
    }

    /// Where the first synchronisation ends that began after `step`.
    pub fn synchronised_after(&self, step: usize) -> Option<usize> {
        let mut began = Vec::new();
        for (at, (_, call)) in self.steps.iter().enumerate().skip(step) {
            match call {
                Call::SyncBegan { thread } => began.push(*thread),
                Call::SyncEnded { thread } if began.contains(thread) => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// How many such steps there are.
    pub fn calls(&self, wanted: impl Fn(&Call) -> bool) -> usize {
        self.steps.iter().filter(|(_, call)| wanted(call)).count()
    }

    /// The time from one step to a later one.
    pub fn between(&self, first: usize, second: usize) -> Duration {
        let at = |step| self.steps.get(step).map_or(Duration::ZERO, |(at, _)| *at);
        at(second).saturating_sub(at(first))
    }
}

/// Thread, instant and the rest of a line.
fn head(line: &str) -> Option<(u32, Duration, &str)> {
    let (thread, rest) = line.trim_start().split_once(' ')?;
    let (at, rest) = rest.trim_start().split_once(' ')?;
    let at = Duration::try_from_secs_f64(at.parse().ok()?).ok()?;
    Some((thread.parse().ok()?, at, rest))
}

fn is_sync(name: &str) -> bool {
    name.starts_with("fdatasync") || name.starts_with("fsync")
}

fn succeeded(line: &str) -> bool {
    line.trim_end().ends_with("= 0")
}

/// What the file descriptor stands for: `9<\x2f\x64…>, …`.
fn file(arguments: &str) -> Option<Vec<u8>> {
    let (_, rest) = arguments.split_once('<')?;
    let (name, _) = rest.split_once('>')?;
    Some(bytes(name))
}

/// All strings among the arguments, one after the other.
fn strings(arguments: &str) -> Vec<u8> {
    arguments
        .split('"')
        .skip(1)
        .step_by(2)
        .flat_map(bytes)
        .collect()
}

/// The bytes of `\x68\x61…`.
fn bytes(text: &str) -> Vec<u8> {
    text.split("\\x")
        .skip(1)
        .filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok())
        .collect()
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}
