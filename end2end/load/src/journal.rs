//! What one client sent, was told and saw, in order. Kept by the clients, judged by the checker.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    CommandId, ConversationId, Refusal, Timestamp,
    frame::agent::Position,
    message::{Message, Seq},
};

/// Whose journal it is, numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    Visitor(usize),
    Agent(usize),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visitor(n) => write!(f, "visitor {n}"),
            Self::Agent(n) => write!(f, "agent {n}"),
        }
    }
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A connection was made and welcomed.
    Connected,
    /// The agent was told to read everything anew.
    Resynchronised,
    /// A text was first sent; its text is unlike any other of the run. Repetitions after a lost
    /// connection are not noted: they are part of the same sending.
    Sent { command: CommandId, text: String },
    /// A command was put off by the server and sent again: its place among the sender's other
    /// messages is open.
    Postponed { command: CommandId },
    /// A text was acknowledged, in this place. The answer to a start names no instant.
    Acknowledged {
        command: CommandId,
        conversation: ConversationId,
        seq: Seq,
        at: Option<Timestamp>,
    },
    /// A command was refused for good.
    Refused {
        command: CommandId,
        refusal: Refusal,
    },
    /// The agent was told that the conversation is theirs.
    Accepted { conversation: ConversationId },
    /// The client was told that the conversation is over by its command.
    Ended { conversation: ConversationId },
    /// A message arrived over the connection.
    Saw {
        conversation: ConversationId,
        message: Message,
    },
    /// The conversation was read as a whole, as an inbox does when it opens one.
    Opened {
        conversation: ConversationId,
        messages: Vec<Message>,
    },
    /// The agent was told where they then stand, by changes on this connection.
    Moved(Position),
}

/// Everything that happened to one client, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    pub who: Who,
    pub entries: Vec<Entry>,
}

/// A journal that its client writes while others may read it.
#[derive(Clone)]
pub struct SharedJournal(Arc<Mutex<Journal>>);

impl SharedJournal {
    /// An empty journal.
    pub fn new(who: Who) -> Self {
        Self(Arc::new(Mutex::new(Journal {
            who,
            entries: Vec::new(),
        })))
    }

    /// Whose it is.
    pub fn who(&self) -> Who {
        self.with(|journal| journal.who)
    }

    /// Notes what just happened.
    pub fn note(&self, entry: Entry) {
        self.with(|journal| journal.entries.push(entry));
    }

    /// How many lines it has.
    pub fn len(&self) -> usize {
        self.with(|journal| journal.entries.len())
    }

    /// Whether nothing has happened yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of what has been noted so far.
    pub fn read(&self) -> Journal {
        self.with(|journal| journal.clone())
    }

    /// How many messages were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.with(|journal| {
            journal
                .entries
                .iter()
                .filter(|entry| matches!(entry, Entry::Acknowledged { .. }))
                .count()
        })
    }

    // A client that panicked leaves a whole journal behind: each note is one push.
    fn with<T>(&self, act: impl FnOnce(&mut Journal) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
