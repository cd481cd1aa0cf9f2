//! What letters are made of: kept in the queue as JSON, worded when they are sent.

use std::time::Duration;

use domain::{
    AgentId, ConversationId, Language, MeetingId, Timestamp, VisitorId, meeting::Meeting,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock::random,
    store::{
        mail::{Account, NewMail},
        meeting::Stored,
    },
};

/// How long it is tried to send a letter.
const TRIED_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How long a letter of a request that waits is of use.
const REQUEST_FOR: Duration = Duration::from_secs(10 * 60);

/// How long news of a change waits, so that one letter tells of several, and at most.
pub const CHANGE: Duration = Duration::from_secs(20);
pub const CHANGE_AT_MOST: Duration = Duration::from_secs(2 * 60);

/// How long a visitor may take to come back, or to book another time, before somebody is mailed;
/// and how long it is collected what one letter tells an agent.
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

    /// How long it waits before it is told: the first confirmation not at all.
    pub fn wait(self) -> Duration {
        match self {
            Self::Booked => Duration::ZERO,
            Self::Moved | Self::Cancelled | Self::PassedOn | Self::GivenAway => CHANGE,
        }
    }

    /// What is told instead if `later` comes before this was sent; none: nothing at all, since the
    /// reader never knew of the meeting.
    pub fn and(self, later: Self) -> Option<Self> {
        match (self, later) {
            (Self::Booked, later) if later.is_over() => None,
            (Self::Booked, _) => Some(Self::Booked),
            (Self::PassedOn, Self::Moved) => Some(Self::PassedOn),
            (_, later) => Some(later),
        }
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

/// One of several things that an agent is told of in one letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub what: What,
    /// The conversation or meeting that it is about.
    pub about: Uuid,
    /// The visitor's name or email, if one is known.
    pub visitor: Option<String>,
    /// When it was asked for, or when the meeting is.
    pub at: Timestamp,
}

/// What an agent is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    ChatFailed,
    /// Whose calendar it was.
    BookingFailed(String),
    Offered,
    Meeting(News),
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
    /// What came together for an agent in a short time.
    Together {
        to: AgentId,
        /// Each of them, in order, at most [`Bound::MailNames`](domain::bound::Bound::MailNames).
        told: Vec<Told>,
        /// How many more there were.
        more: u32,
    },
}

/// The words for the kinds of letters.
pub const MEETING: &str = "meeting";
pub const REPLY: &str = "reply";
pub const CHAT_FAILED: &str = "chat failed";
pub const BOOKING_FAILED: &str = "booking failed";
pub const OFFERED: &str = "offered";
pub const TOGETHER: &str = "together";

impl What {
    /// The kind of the letter that would tell it alone.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ChatFailed => CHAT_FAILED,
            Self::BookingFailed(_) => BOOKING_FAILED,
            Self::Offered => OFFERED,
            Self::Meeting(_) => MEETING,
        }
    }
}

impl Letter {
    /// The word for its kind in the database and in the measures.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Meeting { .. } => MEETING,
            Self::Reply { .. } => REPLY,
            Self::ChatFailed { .. } => CHAT_FAILED,
            Self::BookingFailed { .. } => BOOKING_FAILED,
            Self::Offered { .. } => OFFERED,
            Self::Together { .. } => TOGETHER,
        }
    }

    /// What it is about.
    pub fn about(&self) -> Uuid {
        match self {
            Self::Meeting { then, .. } => then.id.0,
            Self::Reply { conversation } => conversation.0,
            Self::ChatFailed { request, .. }
            | Self::BookingFailed { request, .. }
            | Self::Offered { request, .. } => request.conversation.0,
            Self::Together { to, .. } => to.0,
        }
    }

    /// How long it waits at least before it is sent.
    pub fn wait(&self) -> Duration {
        match self {
            Self::Meeting { news, .. } => news.wait(),
            Self::ChatFailed { .. } | Self::Offered { .. } => Duration::ZERO,
            Self::Reply { .. } | Self::BookingFailed { .. } | Self::Together { .. } => AWAY,
        }
    }

    /// As it is enqueued, to go out at an instant.
    pub fn enqueue(&self, now: Timestamp, due_at: Timestamp, account: Account) -> NewMail {
        let tried_for = match self {
            Self::Offered { .. } => REQUEST_FOR,
            _ => TRIED_FOR,
        };
        NewMail {
            id: domain::CommandId::new(now, random()).0,
            kind: self.kind(),
            about: self.about(),
            letter: self.text(),
            due_at,
            give_up_at: due_at + tried_for,
            account,
        }
    }

    /// What it tells of a request where several are told together.
    pub fn told(&self) -> Option<Told> {
        let (what, request) = match self {
            Self::ChatFailed { request, .. } => (What::ChatFailed, request),
            Self::BookingFailed { agent, request, .. } => {
                (What::BookingFailed(agent.clone()), request)
            }
            Self::Offered { request, .. } => (What::Offered, request),
            Self::Meeting { .. } | Self::Reply { .. } | Self::Together { .. } => return None,
        };
        Some(Told {
            what,
            about: request.conversation.0,
            visitor: request.visitor.clone(),
            at: request.at,
        })
    }

    /// As it stands in the queue.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
