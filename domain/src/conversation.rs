//! A conversation: one chat between a visitor and the company, from request to end.

pub mod amount;
pub mod life;
pub mod missed;

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, ConversationId, SiteId, TeamId, Timestamp, VisitorId,
    activity::{Rating, Score},
    message::Seq,
    permission::Viewer,
};

/// Which of the at most two offers of a request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Round {
    First,
    Second,
}

/// Among whom an agent is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pool {
    /// The owner of the visitor's account alone: nobody else is tried after them.
    Owner,
    /// The site's team.
    Team(TeamId),
    /// All agents: the site has no team, or nobody of it was eligible at the start.
    Everyone,
}

/// A conversation held out by its agent to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    pub to: AgentId,
    /// What the receiver should know; may be empty. Never shown to the visitor.
    pub note: String,
    pub expires_at: Timestamp,
}

/// The longest note of a transfer, in characters.
pub const TRANSFER_NOTE_CHARS: usize = 1_000;

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
        /// Where the second agent is sought.
        pool: Pool,
        expires_at: Timestamp,
    },
    /// Nobody took it. Slots, later, are those of `tried`.
    Fallback {
        tried: Option<AgentId>,
        since: Timestamp,
    },
    /// A message was left, or its agent was disabled; any agent may pick it up.
    Unanswered { since: Timestamp },
    /// An agent has it.
    Active {
        agent: AgentId,
        /// When the inactivity clock was last wound: at acceptance or by a message. None after
        /// a pick-up, until the visitor is next connected.
        clock: Option<Timestamp>,
        /// Both sides were told that it is about to end.
        warned: bool,
        /// The agent vanished while the visitor waits: it stands under `Unanswered` as well, and
        /// whoever writes or picks up first has it.
        away: bool,
        /// Held out to another agent.
        transfer: Option<Transfer>,
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
    /// The last private note's place.
    pub last_note: Seq,
    /// What its agent thought of it; frozen at the end.
    pub score: Option<Score>,
    /// What the visitor thought of it; given once, after the end.
    pub rating: Option<Rating>,
    /// For the bounds alone: nobody is told.
    #[serde(skip)]
    pub said: amount::Said,
    /// From where the visitor asked for it; none if that is not known. Nobody is told.
    #[serde(skip)]
    pub source: Option<SourceHash>,
}

/// An address as it is kept: a hash that only this installation can make, of which nothing but
/// "the same" can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceHash(pub [u8; 16]);

/// In whose lists a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lists {
    /// Nobody's: waiting, in fallback, or ended without an acceptance.
    Nobody,
    /// Its agent's; read-only also of those who may see everyone's.
    Agent(AgentId),
    /// Every agent's, under `Unanswered`; its agent's, who vanished, also under `Active`.
    Unanswered(Option<AgentId>),
    /// Every agent's: ended after an acceptance.
    Everyone,
}

/// Who, among agents, may see a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    pub lists: Lists,
    /// The agent it is held out to: as an offer, not as a row.
    pub offered: Option<AgentId>,
}

impl Audience {
    /// Nobody at all.
    pub const NOBODY: Self = Self {
        lists: Lists::Nobody,
        offered: None,
    };

    /// Whether the conversation stands in a list of `viewer`, who may read it then.
    pub fn lists(self, viewer: Viewer) -> bool {
        match self.lists {
            Lists::Nobody => false,
            Lists::Agent(own) => own == viewer.agent || viewer.sees_everyone(),
            Lists::Unanswered(_) | Lists::Everyone => true,
        }
    }
}

impl Conversation {
    /// Who may see it now.
    pub fn audience(&self) -> Audience {
        let (lists, offered) = match &self.state {
            State::Offered { agent, .. } => (Lists::Nobody, Some(*agent)),
            State::Active {
                agent,
                away,
                transfer,
                ..
            } => (
                if *away {
                    Lists::Unanswered(Some(*agent))
                } else {
                    Lists::Agent(*agent)
                },
                transfer.as_ref().map(|transfer| transfer.to),
            ),
            State::Unanswered { .. } => (Lists::Unanswered(None), None),
            State::Ended { .. } if self.accepted_at.is_some() => (Lists::Everyone, None),
            State::Requested | State::Fallback { .. } | State::Ended { .. } => {
                (Lists::Nobody, None)
            }
        };
        Audience { lists, offered }
    }

    /// Whether it stands under `Unanswered`.
    pub fn is_unanswered(&self) -> bool {
        matches!(self.audience().lists, Lists::Unanswered(_))
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
