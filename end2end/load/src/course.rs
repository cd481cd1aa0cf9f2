//! What all clients of a run share: where the servers are, and which part of the run it is.

use std::{ops::Range, time::Duration};

use domain::site::SiteKey;
use tokio::sync::watch;

use crate::socket::{Endpoint, Whence};

/// The part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Everybody writes.
    Write,
    /// Nobody begins anything new; what was begun is brought to its end.
    Settle,
    /// The clients leave.
    Stop,
}

/// How the clients of a run behave.
#[derive(Clone, Debug)]
pub struct Pace {
    /// The mean pause between two messages of one client.
    pub pause: Duration,
    /// How many unanswered messages a client has at most.
    pub window: usize,
    /// How many of its messages a visitor writes before the chat is ended and a new one begun.
    pub chat_length: Range<usize>,
    /// Of how many of their turns to write agents use one to end a chat.
    pub agent_ends: usize,
}

/// What a client is told at its start.
#[derive(Clone)]
pub struct Course {
    pub site: SiteKey,
    /// Host and port of each node.
    pub servers: Vec<String>,
    /// Where the sockets of each node are reached, in the same order: there, or at a proxy.
    pub sockets: Vec<String>,
    pub pace: Pace,
    pub phase: watch::Receiver<Phase>,
}

impl Course {
    /// The part of the run it is now; the end, once nobody leads it any more.
    pub fn phase(&self) -> Phase {
        if self.phase.has_changed().is_err() {
            Phase::Stop
        } else {
            *self.phase.borrow()
        }
    }

    /// The address for a client's n-th connection; the next node with every attempt.
    pub fn endpoint(&self, attempt: usize, path: &'static str, cookie: Option<String>) -> Endpoint {
        let at = attempt.checked_rem(self.sockets.len()).unwrap_or(0);
        let part = |list: &[String]| list.get(at).cloned().unwrap_or_default();
        Endpoint {
            address: part(&self.sockets),
            server: part(&self.servers),
            path,
            cookie,
            whence: Whence::default(),
        }
    }
}
