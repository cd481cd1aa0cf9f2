//! A conversation: one chat between a visitor and the company, from request to end.

pub mod life;

use serde::{Deserialize, Serialize};

use crate::{AgentId, ConversationId, SiteId, Timestamp, VisitorId, message::Seq};

/// Which of the at most two offers of a request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Round {
    First,
    Second,
}

/// Why a conversation is over; kept for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EndReason {
    /// An agent ended it.
    Agent,
    /// The visitor ended the active chat.
    Visitor,
    /// The visitor cancelled, or left, before anybody accepted.
    Cancelled,
    /// Nobody accepted, and no message was left.
    Missed,
    /// Nobody wrote for the site's inactivity time.
    Inactivity,
}

impl EndReason {
    /// The word for it in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Visitor => "visitor",
            Self::Cancelled => "cancelled",
            Self::Missed => "missed",
            Self::Inactivity => "inactivity",
        }
    }

    /// The reason of a [`word`](Self::word).
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Agent,
            Self::Visitor,
            Self::Cancelled,
            Self::Missed,
            Self::Inactivity,
        ]
        .into_iter()
        .find(|reason| reason.word() == word)
    }
}

/// Where a conversation stands. Wrong combinations cannot be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Asked for; left within the same command, since somebody is eligible or nobody is.
    Requested,
    /// Held out to one agent until `expires_at`.
    Offered {
        agent: AgentId,
        round: Round,
        /// Who was asked first; the same as `agent` in the first round.
        tried: AgentId,
        expires_at: Timestamp,
    },
    /// Nobody took it. Slots, later, are those of `tried`.
    Fallback {
        tried: Option<AgentId>,
        since: Timestamp,
    },
    /// A message was left; any agent may pick it up.
    Unanswered { since: Timestamp },
    /// An agent has it.
    Active {
        agent: AgentId,
        /// When the inactivity clock was last wound: at acceptance or by a message.
        clock: Timestamp,
        /// Both sides were told that it is about to end.
        warned: bool,
    },
    /// Over, read-only. `agent` is who had it at the end.
    Ended {
        agent: Option<AgentId>,
        reason: EndReason,
        at: Timestamp,
    },
}

/// A conversation's head: everything but its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub site: SiteId,
    pub visitor: VisitorId,
    pub state: State,
    /// Rises by one with every change; the newer of two copies has the higher one.
    pub version: u32,
    /// The last message's place.
    pub last: Seq,
    /// Up to where the agents, and the visitor, have read.
    pub agent_read: Seq,
    pub visitor_read: Seq,
    /// The other side's messages after those marks.
    pub agent_unread: u32,
    pub visitor_unread: u32,
    pub created_at: Timestamp,
    /// When an agent first accepted; none: it is in nobody's list.
    pub accepted_at: Option<Timestamp>,
    /// The last message of visitor or agent, or the request, or the end: lists sort by it.
    pub activity_at: Timestamp,
    /// The beginning of the last words, and whether an agent wrote them.
    pub preview: String,
    pub preview_by_agent: bool,
}

/// Who, among agents, may see a conversation in their lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// Nobody: waiting, in fallback, or ended without an acceptance.
    Nobody,
    /// The agent it is held out to: as an offer, not as a row.
    Offered(AgentId),
    /// Its agent.
    Agent(AgentId),
    /// Every agent: ended after an acceptance.
    Everyone,
}

impl Audience {
    /// Whether the conversation stands in the lists of `agent`.
    pub fn lists(self, agent: AgentId) -> bool {
        match self {
            Self::Everyone => true,
            Self::Agent(own) => own == agent,
            Self::Nobody | Self::Offered(_) => false,
        }
    }

    /// Whether `agent` may read the messages: listed, or held out to them.
    pub fn reads(self, agent: AgentId) -> bool {
        self.lists(agent) || self == Self::Offered(agent)
    }
}

impl Conversation {
    /// Who may see it now.
    pub fn audience(&self) -> Audience {
        match &self.state {
            State::Offered { agent, .. } => Audience::Offered(*agent),
            State::Active { agent, .. } => Audience::Agent(*agent),
            State::Ended { .. } if self.accepted_at.is_some() => Audience::Everyone,
            State::Requested
            | State::Fallback { .. }
            | State::Unanswered { .. }
            | State::Ended { .. } => Audience::Nobody,
        }
    }

    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Ended { .. })
    }

    /// Whether the visitor waits for somebody to accept.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Requested | State::Offered { .. })
    }

    /// The agent who has it, or had it at the end.
    pub fn agent(&self) -> Option<AgentId> {
        match &self.state {
            State::Active { agent, .. } => Some(*agent),
            State::Ended { agent, .. } => *agent,
            _ => None,
        }
    }
}
