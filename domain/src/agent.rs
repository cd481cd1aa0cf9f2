//! Agents: people who sign in and answer.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, Language,
    text::{Email, Field},
};

/// What an agent may do beyond their own chats.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Role {
    /// Own chats, everyone's ended chats, own settings.
    #[default]
    Agent,
    /// Also sees and takes over everyone's active chats.
    Supervisor,
    /// Also sites, teams, agents, accounts.
    Admin,
}

/// A word that is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRole;

impl Role {
    /// The word for it in the database and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such role: expected agent, supervisor or admin")
    }
}

impl core::error::Error for UnknownRole {}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        [Self::Agent, Self::Supervisor, Self::Admin]
            .into_iter()
            .find(|role| role.word() == word)
            .ok_or(UnknownRole)
    }
}

/// An agent as the inbox and the command line see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    pub name: Field,
    pub email: Email,
    pub role: Role,
    /// The language of the inbox; none means the browser's.
    pub language: Option<Language>,
    /// How many conversations at once, open offers counted: 1 to 10.
    pub chat_limit: u8,
    /// The file name of the photo, under `/photos/`.
    pub photo: Option<String>,
    /// A disabled agent cannot sign in; the name stays in transcripts.
    pub disabled: bool,
}

/// An agent as visitors see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCard {
    pub id: AgentId,
    pub name: String,
    /// The file name of the agent's photo, under `/photos/`.
    pub photo: Option<String>,
}

/// The fewest and the most concurrent chats that an agent may be given.
pub const CHAT_LIMITS: core::ops::RangeInclusive<u8> = 1..=10;

/// The limit of an agent for whom nobody chose one.
pub const CHAT_LIMIT_DEFAULT: u8 = 5;
