//! How calendars and meetings are shown: cards in a chat, rows of lists.

use serde::{Deserialize, Serialize};

use super::{Meeting, MeetingState, Span};
use crate::{AgentId, CardId, ConversationId, MeetingId, Timestamp, agent::AgentCard};

/// How many free slots are told at once.
pub const SLOTS: usize = 1_000;

/// How many meetings a page of the list has.
pub const MEETINGS_PAGE: usize = 50;

/// A calendar that was shared in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarCard {
    pub card: CardId,
    /// Whose calendar it is.
    pub agent: AgentCard,
    /// What stands in the link `/m/{address}`, by which whoever has it may book. Only for those who
    /// may see the conversation. Empty once the card was withdrawn.
    pub address: String,
}

/// A meeting as its visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingCard {
    pub meeting: MeetingId,
    /// By which card it was booked.
    pub card: CardId,
    /// In which conversation that card is.
    pub conversation: ConversationId,
    /// Who will be there.
    pub agent: AgentCard,
    pub span: Span,
    pub state: MeetingState,
    /// Rises with every change: of two copies the one with the higher is newer.
    pub sequence: u32,
    /// Where the invitation went; empty: no email is sent about it.
    pub email: String,
    /// What stands in the link `/m/{address}`, by which it can be rescheduled and cancelled.
    pub address: String,
}

/// A meeting as agents see it: a row of the list, and in the conversation that it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingRow {
    pub meeting: MeetingId,
    pub card: CardId,
    pub conversation: ConversationId,
    pub agent: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// The agent was disabled: it wants to be reassigned or cancelled while it is coming.
    pub agent_disabled: bool,
    /// The visitor's name; none if unknown.
    pub visitor: Option<String>,
    /// The visitor's email, to which the invitation went.
    pub email: String,
    /// The visitor's time zone, an IANA name; empty if unknown.
    pub zone: String,
    pub span: Span,
    pub state: MeetingState,
    /// Rises with every change: of two copies the one with the higher is newer.
    pub sequence: u32,
}

impl MeetingRow {
    /// Its state alone, for the rules.
    pub fn meeting(&self) -> Meeting {
        Meeting {
            span: self.span,
            state: self.state,
            sequence: self.sequence,
        }
    }
}

/// What became of a meeting just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MeetingChange {
    Booked,
    Rescheduled,
    Cancelled,
    /// Another agent has it now.
    Reassigned,
}

/// Where a page of the list of meetings ends: the next begins behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MeetingKey {
    pub start: Timestamp,
    pub id: MeetingId,
}

/// A page of the list of meetings: coming ones the soonest first, past ones the last first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingPage {
    /// At most [`MEETINGS_PAGE`].
    pub meetings: Vec<MeetingRow>,
    /// Where the next page begins; none: this is the last.
    pub next: Option<MeetingKey>,
}

/// Why an agent's calendar cannot be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoCalendar {
    /// No meeting hours are set.
    NoHours,
    /// The agent was disabled.
    Disabled,
}

/// An agent in the dialog `Share calendar`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarChoice {
    pub agent: AgentCard,
    /// Why it cannot be chosen; none: it can.
    pub not: Option<NoCalendar>,
}
