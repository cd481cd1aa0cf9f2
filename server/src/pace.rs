//! How fast a client must send and read: a floor, so that nobody holds a request for ever.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// So many bytes within each such time of waiting.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    pub bytes: usize,
    pub within: Duration,
}

/// How a client keeps up. Only time counts in which the server waits for it.
#[derive(Debug)]
pub struct Pace {
    floor: Floor,
    /// Bytes since the floor was last met.
    moved: usize,
    /// How long was waited for them, up to the last of them.
    waited: Duration,
    /// Since when the server waits; none: it does not.
    since: Option<Instant>,
    /// Ready when it has waited for too long.
    over: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub fn new(floor: Floor) -> Self {
        Self {
            floor,
            moved: 0,
            waited: Duration::ZERO,
            since: None,
            over: None,
        }
    }

    /// Bytes went through.
    pub fn moved(&mut self, bytes: usize) {
        self.moved_at(bytes, Instant::now());
    }

    fn moved_at(&mut self, bytes: usize, now: Instant) {
        if let Some(since) = self.since.take() {
            self.waited += now.saturating_duration_since(since);
            self.over = None;
        }
        self.moved += bytes;
        if self.moved >= self.floor.bytes {
            self.moved = 0;
            self.waited = Duration::ZERO;
        }
    }

    /// Nothing goes through from now on: until when the server waits.
    fn waits(&mut self, now: Instant) -> Instant {
        let since = *self.since.get_or_insert(now);
        since + self.floor.within.saturating_sub(self.waited)
    }

    /// Nothing goes through now: ready when the client is too slow.
    pub fn poll_too_slow(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let until = self.waits(Instant::now());
        let over = self
            .over
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        over.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Floor = Floor {
        bytes: 8 * 1024,
        within: Duration::from_secs(10),
    };

    /// After how many bytes a client is found too slow that lets some through after each pause.
    fn ends_after(pause: Duration, bytes: usize) -> Option<usize> {
        let mut pace = Pace::new(FLOOR);
        let mut now = Instant::now();
        for count in 0..1_000 {
            let until = pace.waits(now);
            now += pause;
            if until < now {
                return Some(count * bytes);
            }
            pace.moved_at(bytes, now);
        }
        None
    }

    #[test]
    fn a_slow_but_steady_client_is_served_and_a_trickle_is_not() {
        let second = Duration::from_secs(1);
        // A megabit a second, and what a telephone has at the edge of its network.
        assert_eq!(ends_after(second / 100, 1_250), None);
        assert_eq!(ends_after(second, 1_000), None);
        assert_eq!(ends_after(second, 500), Some(5_000));
        assert_eq!(ends_after(11 * second, 1_000_000), Some(0));
    }

    #[test]
    fn time_in_which_nobody_waits_for_the_client_does_not_count() {
        let mut pace = Pace::new(FLOOR);
        let begin = Instant::now();
        for minute in 0..100 {
            pace.moved_at(1, begin + Duration::from_secs(60 * minute));
        }
        let now = begin + Duration::from_secs(6_000);
        assert_eq!(pace.waits(now), now + FLOOR.within);
    }
}
