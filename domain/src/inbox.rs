//! What the inbox reads from the server, besides frames.

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, ConversationId, Timestamp,
    agent::{Agent, Role},
    availability::Availability,
    frame::agent::{Cursor, Offer, Row},
    meeting::MeetingRow,
    message::{Message, Note},
    settings::Notifications,
    visitor::Visitor,
};

/// A tab of the conversation list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tab {
    /// The agent's own active chats.
    #[default]
    Active,
    /// These, and the ended chats of every agent that an agent had accepted.
    All,
    /// Left messages, and chats whose agent vanished.
    Unanswered,
    /// All active chats; for supervisors and admins.
    Everyone,
}

/// Where a page of the list ends: the next begins behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ListKey {
    pub activity_at: Timestamp,
    pub id: ConversationId,
}

/// How many rows a page of the list has.
pub const LIST_ROWS: usize = 50;

/// How many messages a page of a conversation has.
pub const CONVERSATION_MESSAGES: usize = 100;

/// A page of the conversation list, newest activity first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPage {
    /// At most [`LIST_ROWS`].
    pub rows: Vec<Row>,
    /// Where the next page begins; none: this is the last.
    pub next: Option<ListKey>,
}

/// A conversation that an agent opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenConversation {
    pub row: Row,
    pub visitor: Visitor,
    /// The site's name.
    pub site: String,
    /// The newest [`CONVERSATION_MESSAGES`], in order.
    pub messages: Vec<Message>,
    /// All private notes, in order.
    pub notes: Vec<Note>,
    /// The meetings that were booked by cards of this conversation, in the order of their ids.
    pub meetings: Vec<MeetingRow>,
}

/// What the inbox starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxStart {
    pub agent: Agent,
    /// The server's clock.
    pub now: Timestamp,
    /// Where this stands in the changes of all nodes.
    pub cursor: Cursor,
    pub availability: Availability,
    pub notifications: Notifications,
    /// The public VAPID key for push subscriptions, in URL-safe Base64 without padding.
    pub push_key: String,
    /// Whether Casella can send mail: an operator has set up a server for it.
    pub mail: bool,
    /// The agent's calendar elsewhere cannot be read or written.
    pub calendar_trouble: bool,
    /// What is held out to the agent, the most urgent first.
    pub offers: Vec<Offer>,
    /// The first page of [`Tab::Active`].
    pub active: ListPage,
}

/// Why a colleague cannot be asked to take a chat now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Busy {
    Unavailable,
    /// Not connected.
    Away,
    /// At the limit of concurrent chats.
    Full,
}

/// An agent to whom a chat might be handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    pub id: AgentId,
    pub name: String,
    /// Why not now; none: can be asked.
    pub busy: Option<Busy>,
}

/// A row of the page `Agents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatus {
    pub id: AgentId,
    pub name: String,
    pub photo: Option<String>,
    pub role: Role,
    pub teams: Vec<String>,
    pub availability: Availability,
    pub connected: bool,
    /// Active chats and open offers.
    pub open: u32,
    pub limit: u8,
}
