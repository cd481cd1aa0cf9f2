//! How fast passwords may be tried: a few at once, then with growing pauses, and never so that the
//! pauses add up to a locked account.

use core::time::Duration;

use crate::{Timestamp, bound::Bound};

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(30);

/// How long a try may wait for its turn; one that would have to wait longer is refused at once, so
/// that no answer is waited for longer than a request may take.
const HELD: Duration = Duration::from_secs(20);

/// What is known of the tries of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guesses {
    pub tries: u32,
    /// When the next one is looked at.
    pub free_at: Timestamp,
}

impl Guesses {
    /// Nothing was tried.
    pub const NONE: Self = Self {
        tries: 0,
        free_at: Timestamp(i64::MIN),
    };

    /// One more try, and how long it has to wait before it is looked at; none if it cannot be taken
    /// now. It counts from this moment, so that tries at the same time wait for each other.
    pub fn take(self, now: Timestamp) -> Option<(Self, Duration)> {
        let turn = self.free_at.max(now);
        let wait = turn.since(now);
        if wait > HELD {
            return None;
        }
        let tries = self.tries.saturating_add(1);
        let next = Self {
            tries,
            free_at: turn + pause(tries),
        };
        Some((next, wait))
    }
}

/// How long after so many tries the next one is looked at: 1, 2, 4 … seconds, at most 30.
fn pause(tries: u32) -> Duration {
    let free = u32::try_from(Bound::AccountGuesses.amount()).unwrap_or(u32::MAX);
    match tries.checked_sub(free) {
        None => Duration::ZERO,
        Some(further) => LONGEST.min(Duration::from_secs(1 << further.min(5))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    #[test]
    fn five_tries_are_looked_at_at_once_and_then_each_after_a_longer_pause() {
        let mut guesses = Guesses::NONE;
        let mut now = at(1_000);
        let mut waited = Vec::new();
        for _ in 0..12 {
            // One after the other, as soon as the last was looked at.
            let (next, wait) = guesses.take(now).unwrap_or_else(|| {
                now = now + Duration::from_secs(10);
                guesses.take(now).unwrap()
            });
            waited.push(wait.as_secs());
            guesses = next;
            now = now + wait;
        }
        assert_eq!(waited, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 20, 20]);
    }

    #[test]
    fn tries_at_the_same_time_wait_for_each_other_and_most_are_refused() {
        let mut guesses = Guesses::NONE;
        let (mut taken, now) = (0, at(1_000));
        for _ in 0..1_000 {
            if let Some((next, _)) = guesses.take(now) {
                guesses = next;
                taken += 1;
            }
        }
        // At 0, 0, 0, 0, 0, 1, 3, 7 and 15 seconds.
        assert_eq!(taken, 9);
        let an_hour =
            (0..3_600).filter(
                |second| match guesses.take(now + Duration::from_secs(*second)) {
                    Some((next, _)) => {
                        guesses = next;
                        true
                    }
                    None => false,
                },
            );
        assert!(an_hour.count() <= 121);
    }
}
