//! Times that only tests shorten.

use std::time::Duration;

use domain::{bound::Bound, frame::POLL_SECONDS};

use crate::pace::Floor;

/// How long clients may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Between two pings of a connection.
    pub ping_every: Duration,
    /// How long any request may take from the last byte of its body on: longer than a held one of
    /// the fallback.
    pub request: Duration,
    /// Until the first byte of a connection.
    pub first_byte: Duration,
    /// From then on until a request's head is whole.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// How fast a client sends a body and reads an answer, at least.
    pub pace: Floor,
    /// How long the rest of a refused request is read.
    pub rest: Duration,
    /// How long a file waits until those before it are through.
    pub turn: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            // As long as the promise about an agent's presence needs.
            ping_every: Duration::from_secs(20),
            request: Duration::from_secs(POLL_SECONDS + 10),
            first_byte: seconds(Bound::ConnectionFirstByte),
            head: seconds(Bound::ConnectionHead),
            idle: seconds(Bound::ConnectionIdle),
            pace: Floor {
                bytes: Bound::PaceBytes.amount(),
                within: seconds(Bound::PaceSeconds),
            },
            rest: seconds(Bound::RestSeconds),
            turn: Duration::from_secs(10),
        }
    }
}

fn seconds(bound: Bound) -> Duration {
    Duration::from_secs(u64::try_from(bound.amount()).unwrap_or(u64::MAX))
}
