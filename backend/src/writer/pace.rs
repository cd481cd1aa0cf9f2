//! How much one commit takes while many wait.
//!
//! Whoever comes waits for the commit that is on its way and then for the own one. A large commit
//! does more in a second than several small ones, but with those who send without an end it lasts
//! so long that everybody else notices. So when commits have been long for a while although
//! several wait, they become shorter, until all that waits fits into one again.

use std::time::{Duration, Instant};

use super::BATCH;

/// How long a commit should last at most while several wait.
const GOAL: Duration = Duration::from_millis(15);

/// How long commits may be longer: many who come at once are served soonest by large commits.
const PATIENCE: Duration = Duration::from_millis(250);

/// For how long it counts that several waited.
const MEMORY: Duration = Duration::from_secs(1);

/// The fewest tasks of a commit.
const LEAST: usize = 32;

/// What was taken for a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Several waited, each in a lane of its own.
    pub several: bool,
    /// More waits than was taken.
    pub more: bool,
}

/// Decides how many tasks a commit takes.
#[derive(Debug)]
pub struct Pace {
    most: usize,
    /// Since when commits have been too long, one after the other.
    slow_since: Option<Instant>,
    /// When several waited last.
    several_at: Option<Instant>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            most: BATCH,
            slow_since: None,
            several_at: None,
        }
    }
}

impl Pace {
    /// How many tasks the next commit takes.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A commit of so many tasks, begun at `began`, has ended at `ended`.
    pub fn note(&mut self, tasks: usize, taken: Taken, began: Instant, ended: Instant) {
        if taken.several {
            self.several_at = Some(began);
        }
        let remembered = self
            .several_at
            .is_some_and(|at| ended.saturating_duration_since(at) < MEMORY);
        let shortened = self.most < BATCH;
        if !remembered || (shortened && !taken.more) {
            self.most = BATCH;
            self.slow_since = None;
            return;
        }
        let took = ended.saturating_duration_since(began);
        if !shortened {
            if took <= GOAL {
                self.slow_since = None;
                return;
            }
            let since = *self.slow_since.get_or_insert(began);
            if ended.saturating_duration_since(since) < PATIENCE {
                return;
            }
        }
        let wanted =
            GOAL.as_micros().max(1) * u128::try_from(tasks).unwrap_or(0) / took.as_micros().max(1);
        let wanted = usize::try_from(wanted).unwrap_or(BATCH);
        // Step by step: one slow sync of the disk says little.
        self.most = wanted
            .clamp(tasks / 2, tasks + tasks / 4 + 1)
            .clamp(LEAST, BATCH - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits whose fixed cost is 3 ms, and 0.1 ms for each task; 5 s of them.
    fn longest_at_the_end(taken: impl Fn(usize) -> (usize, Taken)) -> Duration {
        let mut pace = Pace::default();
        let start = Instant::now();
        let (mut now, mut last) = (start, Duration::ZERO);
        while now.duration_since(start) < Duration::from_secs(5) {
            let (tasks, taken) = taken(pace.most());
            last = Duration::from_micros(3_000 + 100 * u64::try_from(tasks).unwrap());
            pace.note(tasks, taken, now, now + last);
            now += last;
        }
        last
    }

    #[test]
    fn commits_become_short_while_some_send_without_an_end() {
        let flood = |most| {
            let taken = Taken {
                several: true,
                more: true,
            };
            (most, taken)
        };
        assert!(longest_at_the_end(flood) <= GOAL + Duration::from_millis(1));
    }

    #[test]
    fn one_who_sends_alone_is_served_in_large_commits() {
        let alone = |most| {
            let taken = Taken {
                several: false,
                more: true,
            };
            (most, taken)
        };
        assert_eq!(longest_at_the_end(alone), Duration::from_micros(54_200));
    }

    #[test]
    fn many_who_come_at_once_are_served_in_large_commits() {
        let mut pace = Pace::default();
        let start = Instant::now();
        let taken = Taken {
            several: true,
            more: true,
        };
        for n in 0..4 {
            let began = start + Duration::from_millis(50) * n;
            pace.note(BATCH, taken, began, began + Duration::from_millis(50));
            assert_eq!(pace.most(), BATCH);
        }
    }
}
