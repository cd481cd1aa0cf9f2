//! What letters are made of: kept in the queue as JSON, worded when they are sent.

use std::time::Duration;

use domain::{
    AgentId, ConversationId, Language, MeetingId, Timestamp, VisitorId, meeting::Meeting,
};
use serde::{Deserialize, Serialize};

use crate::{
    clock::random,
    store::{mail::NewMail, meeting::Stored},
};

/// How long it is tried to send a letter.
const TRIED_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How long a letter of a request that waits is of use.
const REQUEST_FOR: Duration = Duration::from_secs(10 * 60);

/// How long a visitor may take to come back, or to book another time, before somebody is mailed.
pub const AWAY: Duration = Duration::from_secs(5 * 60);

/// Who reads a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// None if it is not known.
    pub name: Option<String>,
    pub email: String,
    pub language: Language,
    /// An IANA name; none or unknown: UTC.
    pub zone: Option<String>,
}

/// What became of a meeting, for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    Booked,
    Moved,
    Cancelled,
    /// The visitor's meeting: another agent has it now.
    PassedOn,
    /// The agent's meeting: another agent has it now.
    GivenAway,
}

impl News {
    /// Whether it no longer takes the reader's time.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::GivenAway)
    }
}

/// A meeting as it became at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingThen {
    pub id: MeetingId,
    /// Whose meeting it is; for an agent who lost it, still theirs.
    pub agent: AgentId,
    pub visitor: VisitorId,
    /// Where the visitor's invitations go.
    pub email: String,
    /// The visitor's time zone; empty if unknown.
    pub zone: String,
    pub meeting: Meeting,
    /// When it became so.
    pub at: Timestamp,
}

impl MeetingThen {
    /// As it is stored now, and as `agent` has it or had it.
    pub fn new(stored: &Stored, agent: AgentId, at: Timestamp) -> Self {
        Self {
            id: stored.id,
            agent,
            visitor: stored.visitor,
            email: stored.email.clone(),
            zone: stored.zone.clone(),
            meeting: stored.meeting,
            at,
        }
    }
}

/// A request for a chat, as agents are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub conversation: ConversationId,
    pub at: Timestamp,
    /// The visitor's name or email, if one is known.
    pub visitor: Option<String>,
    pub email: Option<String>,
    pub site: String,
    /// The page's title or address; may be empty.
    pub page: String,
    /// The beginning of the visitor's words; may be empty.
    pub words: String,
}

/// A letter, before it is worded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Letter {
    /// Something became of a meeting. Carries an invitation. What its people are called, and what
    /// the agent says to it, is looked up when it is sent.
    Meeting {
        /// The reader is the visitor; else the agent.
        to_visitor: bool,
        news: News,
        then: Box<MeetingThen>,
    },
    /// The visitor has not seen what was answered. To whom, and what, is looked up when it is due.
    Reply { conversation: ConversationId },
    /// Nobody took a request.
    ChatFailed { to: AgentId, request: Request },
    /// A visitor could not book what was offered, and has not booked anything else since.
    BookingFailed {
        to: AgentId,
        /// Whose calendar it is.
        agent: String,
        request: Request,
    },
    /// A request is held out to the reader.
    Offered { to: AgentId, request: Request },
}

impl Letter {
    /// The word for its kind in the database and in the measures.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Meeting { .. } => "meeting",
            Self::Reply { .. } => "reply",
            Self::ChatFailed { .. } => "chat failed",
            Self::BookingFailed { .. } => "booking failed",
            Self::Offered { .. } => "offered",
        }
    }

    /// As it is enqueued.
    pub fn enqueue(&self, now: Timestamp) -> NewMail {
        let (about, wait, tried_for) = match self {
            Self::Meeting { then, .. } => (then.id.0, Duration::ZERO, TRIED_FOR),
            Self::Reply { conversation } => (conversation.0, AWAY, TRIED_FOR),
            Self::ChatFailed { request, .. } => (request.conversation.0, Duration::ZERO, TRIED_FOR),
            Self::BookingFailed { request, .. } => (request.conversation.0, AWAY, TRIED_FOR),
            Self::Offered { request, .. } => (request.conversation.0, Duration::ZERO, REQUEST_FOR),
        };
        NewMail {
            id: domain::CommandId::new(now, random()).0,
            kind: self.kind(),
            about,
            letter: serde_json::to_string(self).unwrap_or_default(),
            due_at: now + wait,
            give_up_at: now + wait + tried_for,
        }
    }
}
