//! Frames between the inbox and the server, and what the inbox shows.

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, CommandId, ConversationId, FileId, Refusal, Timestamp,
    activity::{Rating, Score},
    availability::Availability,
    conversation::EndReason,
    meeting::{MeetingChange, MeetingRow},
    message::{Message, Note, Seq},
    visitor::{ProfileEdit, Visitor},
};

/// Where a client stands in the changes of one run of a node: `n` is the last one it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The node's run, a number that rises with every start of any node.
    pub run: i64,
    pub n: i64,
}

/// Where a client stands in the changes of all nodes: at most one position a run. A run that
/// it does not name is at 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub Vec<Position>);

impl Cursor {
    /// Takes over a newer position.
    pub fn advance(&mut self, position: Position) {
        match self.0.iter_mut().find(|known| known.run == position.run) {
            Some(known) => known.n = known.n.max(position.n),
            None => self.0.push(position),
        }
    }

    /// How far it is in a run.
    pub fn of(&self, run: i64) -> i64 {
        self.0
            .iter()
            .find(|known| known.run == run)
            .map_or(0, |known| known.n)
    }
}

/// From the inbox to the server. The session cookie says who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentRequest {
    /// The first frame: where the client stands.
    Hello { cursor: Cursor },
    /// Answers [`AgentEvent::Ping`].
    Pong,
    /// Changes something once, however often it is sent; answered by [`AgentEvent::Answer`].
    Command {
        id: CommandId,
        command: AgentCommand,
    },
    /// The agent is writing, or has stopped. May be lost.
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    /// The agent has seen everything up to here. No answer.
    Read {
        conversation: ConversationId,
        up_to: Seq,
    },
}

/// What an agent can change over the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentCommand {
    Accept {
        conversation: ConversationId,
    },
    Decline {
        conversation: ConversationId,
    },
    Message {
        conversation: ConversationId,
        text: String,
    },
    /// Sends a file that was uploaded before.
    File {
        conversation: ConversationId,
        file: FileId,
    },
    /// Writes a private note.
    Note {
        conversation: ConversationId,
        text: String,
    },
    /// What the agent thinks of the chat; none: unset.
    SetScore {
        conversation: ConversationId,
        score: Option<Score>,
    },
    /// Corrects what is known of the visitor.
    EditVisitor {
        conversation: ConversationId,
        edit: ProfileEdit,
    },
    End {
        conversation: ConversationId,
    },
    /// The switch `Available`.
    SetAvailable {
        available: bool,
    },
    /// Ends the setting above the schedule.
    ResetAvailability,
    /// Takes an unanswered conversation, or one whose agent vanished.
    PickUp {
        conversation: ConversationId,
    },
    /// Holds an own active conversation out to another agent.
    Transfer {
        conversation: ConversationId,
        to: AgentId,
        note: String,
    },
    /// Takes another agent's active conversation at once.
    TakeOver {
        conversation: ConversationId,
    },
    /// Refuses the visitor of a conversation from now on, or no longer.
    SetBlocked {
        conversation: ConversationId,
        blocked: bool,
    },
    /// Sets another agent unavailable.
    SetUnavailable {
        agent: AgentId,
    },
    /// Gives the visitor of an own active chat a card to book a meeting: with this agent or with
    /// another. Answered by [`Answer::Message`]; refused with `NoCalendar` if that agent has no
    /// meeting hours or is disabled.
    ShareCalendar {
        conversation: ConversationId,
        agent: AgentId,
    },
}

/// What a command led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The message is committed, in this place.
    Message {
        conversation: ConversationId,
        seq: Seq,
        at: Timestamp,
    },
    /// The note is committed.
    Note(Note),
    /// Done.
    Done,
}

/// A conversation's state as agents see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowState {
    Active,
    /// Nobody has it; any agent may pick it up.
    Unanswered,
    Ended {
        reason: EndReason,
        at: Timestamp,
    },
}

/// A row of the conversation list, and the head of an open conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: ConversationId,
    pub state: RowState,
    /// Whether it is this agent's own.
    pub own: bool,
    /// Its agent vanished while the visitor waits: it stands under `Unanswered` as well.
    pub away: bool,
    /// The name of the agent it is held out to by its own.
    pub transfer_to: Option<String>,
    /// Of two copies the one with the higher version is newer.
    pub version: u32,
    /// The visitor's name, else email; none if both are unknown.
    pub visitor: Option<String>,
    /// The page that the visitor is on, or was last seen on.
    pub page: String,
    /// The agent's name; empty if nobody has it.
    pub agent: String,
    /// The beginning of the last words, and whether an agent wrote them.
    pub preview: String,
    pub preview_by_agent: bool,
    /// Lists sort by this, newest first, then by id.
    pub activity_at: Timestamp,
    pub last: Seq,
    /// The visitor's messages that the agent has not read.
    pub unread: u32,
    pub agent_read: Seq,
    pub visitor_read: Seq,
    pub visitor_connected: bool,
    pub score: Option<Score>,
    pub rating: Option<Rating>,
    /// When it will end for want of a word; only in its last minute.
    pub closes_at: Option<Timestamp>,
}

/// A conversation held out to this agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub conversation: ConversationId,
    pub version: u32,
    pub visitor: Option<String>,
    pub page: String,
    /// The visitor's first words; empty if there are none yet.
    pub first_words: String,
    pub expires_at: Timestamp,
    /// Who hands it over, if it is no new request.
    pub transfer: Option<HandOver>,
}

/// What comes with a conversation that another agent hands over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// The sender's name.
    pub from: String,
    /// May be empty.
    pub note: String,
}

/// Why a conversation is with another agent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moved {
    Transferred,
    PickedUp,
    TakenOver,
}

/// One change to what the agent may see. Applying one twice is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// A row is new or changed.
    Row(Row),
    /// A row is no longer for this agent to see.
    Lost(ConversationId),
    /// New messages of a conversation that this agent has, in order.
    Messages {
        conversation: ConversationId,
        messages: Vec<Message>,
    },
    /// New private notes of a conversation that this agent may read, in order.
    Notes {
        conversation: ConversationId,
        notes: Vec<Note>,
    },
    /// A conversation is held out to this agent, or its offer changed.
    Offered(Offer),
    /// An offer is gone: accepted in another tab, expired, cancelled.
    OfferGone(ConversationId),
    /// The visitor of a conversation changed.
    Visitor {
        conversation: ConversationId,
        visitor: Visitor,
    },
    /// The switch changed.
    Availability(Availability),
    /// A conversation of this agent is with another now.
    Moved {
        conversation: ConversationId,
        visitor: Option<String>,
        /// The other agent's name.
        to: String,
        how: Moved,
    },
    /// The agent it was held out to did not take it: it stays here.
    NotTransferred {
        conversation: ConversationId,
        /// The name of the agent who was asked.
        to: String,
        /// Not in time; else declined.
        expired: bool,
    },
    /// Something on the page `Agents` changed; only for those who may see it.
    Agents,
    /// A meeting was booked or changed. For its agent, for the agent who lost it, for whoever has
    /// the conversation that it came from, and for those who see all meetings.
    Meeting {
        meeting: MeetingRow,
        how: MeetingChange,
    },
    /// The agent's own calendar elsewhere cannot be read or written, or can again.
    CalendarTrouble(bool),
}

/// From the server to the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentEvent {
    /// The first frame: the server's clock, what is held out now, the switch. `cursor` replaces
    /// the client's; changes since the client's own cursor are in `changes`.
    Welcome {
        now: Timestamp,
        cursor: Cursor,
        availability: Availability,
        offers: Vec<Offer>,
        changes: Vec<Change>,
    },
    /// The client is too far behind: read the lists and the open conversation again, keep
    /// everything else. `cursor` is where to go on from.
    Resynchronise {
        now: Timestamp,
        cursor: Cursor,
        availability: Availability,
        offers: Vec<Offer>,
    },
    /// What changed; `position` is where the client then stands.
    Changes {
        position: Position,
        changes: Vec<Change>,
    },
    /// The answer to a command.
    Answer {
        id: CommandId,
        result: Result<Answer, Refusal>,
    },
    /// The visitor is writing, or has stopped.
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    /// The visitor of this conversation is connected, or is not.
    VisitorConnected {
        conversation: ConversationId,
        connected: bool,
    },
    /// To be answered by `Pong`; two missed end the connection.
    Ping,
    /// A frame was not taken, for this reason.
    Refused(Refusal),
}
