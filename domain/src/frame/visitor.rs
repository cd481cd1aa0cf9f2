//! Frames between a visitor's chat and the server.

use serde::{Deserialize, Serialize};

use crate::{
    CardId, CommandId, ConversationId, FileId, Language, MeetingId, Refusal, Timestamp,
    activity::Rating,
    meeting::{MeetingCard, Slot},
    message::{Message, Seq},
    site::SiteKey,
    visitor::{Page, ProfileInput},
};

pub use crate::agent::AgentCard;

/// The secret by which a browser is known as a visitor: 32 random bytes that the browser
/// makes itself before its first chat. The server keeps only its hash.
pub type VisitorToken = [u8; 32];

/// A conversation that the client has, up to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub conversation: ConversationId,
    /// The last message of it that the client has; 0 for none.
    pub last: Seq,
}

/// The first frame of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorHello {
    pub site: SiteKey,
    pub token: VisitorToken,
    /// The language that the chat is shown in.
    pub language: Language,
    /// What the client has; it is sent what is after that, and whole what it does not name.
    pub known: Vec<Known>,
    pub page: Page,
    /// The browser's time zone, an IANA name; empty if unknown. At most 64 bytes are kept.
    pub zone: String,
    /// Who the site's server says that this is: a JWT signed with a key of the site. While it is
    /// given, the visitor is the one of its `sub`, on every device, whatever the token.
    pub identity: Option<String>,
}

/// A page that was viewed before there was a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageView {
    pub page: Page,
    /// By the browser's clock; one that lies ahead of the server's counts as now.
    pub at: Timestamp,
}

/// From the chat to the server. Nothing but `Hello` and `Pong` is taken before `Hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitorRequest {
    Hello(VisitorHello),
    /// Answers [`VisitorEvent::Ping`].
    Pong,
    /// Changes something once, however often it is sent; answered by [`VisitorEvent::Answer`].
    Command {
        id: CommandId,
        command: VisitorCommand,
    },
    /// The visitor is writing, or has stopped. May be lost.
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    /// The visitor has seen everything up to here. No answer.
    Read {
        conversation: ConversationId,
        up_to: Seq,
    },
    /// The site's page changed. No answer.
    Page(Page),
    /// Which slots are free in the calendar of a card that this visitor was given, from an instant
    /// on (none: from now on). Answered by [`VisitorEvent::Slots`].
    Slots {
        card: CardId,
        from: Option<Timestamp>,
    },
}

/// What a visitor can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitorCommand {
    /// Asks for a chat. Refused with `AlreadyOpen` while another is requested, offered, active
    /// or unanswered; one in fallback is ended by it.
    Start {
        form: ProfileInput,
        first_message: Option<String>,
        /// What was viewed before, oldest first; the last
        /// [`WAITING_VIEWS`](crate::activity::WAITING_VIEWS) are kept, from a new visitor only.
        views: Vec<PageView>,
    },
    /// Adds a message.
    Message {
        conversation: ConversationId,
        text: String,
    },
    /// Leaves a message that any agent may pick up: in the conversation in fallback, or in a new
    /// one (`conversation` is none) when nobody is available. `form` fills in what is unknown.
    /// Answered by [`Answer::Message`].
    Leave {
        conversation: Option<ConversationId>,
        form: ProfileInput,
        text: String,
        /// As with `Start`.
        views: Vec<PageView>,
    },
    /// Sends a file that was uploaded before; active chats only, where the site allows it.
    /// Answered by [`Answer::Message`].
    File {
        conversation: ConversationId,
        file: FileId,
    },
    /// What the visitor thought of an ended chat; once. A comment that is blank is none.
    Rate {
        conversation: ConversationId,
        rating: Rating,
        comment: String,
    },
    /// What the site's script says beyond the profile: names of at most
    /// [`LABEL_CHARS`](crate::text::LABEL_CHARS), values of at most
    /// [`FIELD_CHARS`](crate::text::FIELD_CHARS) characters, longer ones refused. Before the
    /// first chat nothing is stored; the client sends it again then.
    SetAttributes { attributes: Vec<(String, String)> },
    /// An event that the site's script reports, for the activity history. Before the first chat
    /// nothing is stored.
    Report { name: String },
    /// Stops waiting, or ends the chat.
    End { conversation: ConversationId },
    /// What the site's script says of the visitor: fills empty fields only. Before the first
    /// chat nothing is stored; the client sends it again then.
    Identify { profile: ProfileInput },
    /// Books a meeting by a card; also after the end of its chat. Answered by
    /// [`Answer::Booked`]. Refused with `Taken` if the slot is not free any more and with
    /// `NotNow` if it is no slot (any more): ask for slots again; with `Required` while no email is
    /// known, `Malformed` or `EmailNotTaken` for one that is not taken, `NoCalendar` if the agent
    /// can no longer be met, `TooMany` with too many coming meetings.
    Book {
        card: CardId,
        slot: Slot,
        /// Where the invitation goes; none or blank: the visitor's known email.
        email: Option<String>,
        /// The zone that the slots were shown in, an IANA name; empty if unknown.
        zone: String,
    },
    /// Moves an own meeting to another free slot. Answered by [`Answer::Booked`]; refused as
    /// `Book`, and with `NotNow` if it was cancelled or has begun.
    Reschedule {
        meeting: MeetingId,
        slot: Slot,
        zone: String,
    },
    /// Calls an own meeting off. Answered by [`Answer::Booked`], whose meeting is cancelled; with
    /// `NotNow` refused if it was before or has begun.
    CancelMeeting { meeting: MeetingId },
}

/// What a command led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The chat was asked for.
    Started { conversation: ConversationId },
    /// The message is committed, in this place.
    Message {
        conversation: ConversationId,
        seq: Seq,
        at: Timestamp,
    },
    /// Done.
    Done,
    /// The meeting as it is now: booked, moved, or cancelled.
    Booked(MeetingCard),
}

/// A conversation's state as its visitor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChatState {
    /// Finding someone.
    Waiting,
    /// Nobody took it.
    Fallback,
    /// A message was left; nobody has picked it up yet.
    Unanswered,
    /// With an agent.
    Active,
    /// Over, read-only.
    Ended,
}

/// A conversation as its visitor sees it, without messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub id: ConversationId,
    pub state: ChatState,
    /// Of two copies the one with the higher version is newer.
    pub version: u32,
    pub agent: Option<AgentCard>,
    /// The agent vanished while the visitor waits for an answer.
    pub away: bool,
    /// The last message's place.
    pub last: Seq,
    /// Up to where the agent has read, and the visitor.
    pub agent_read: Seq,
    pub visitor_read: Seq,
    /// Agents' messages that the visitor has not read.
    pub unread: u32,
    pub created_at: Timestamp,
    /// What the visitor thought of it; given once, after the end.
    pub rating: Option<Rating>,
    /// When it will end for want of a word; only in its last minute.
    pub closes_at: Option<Timestamp>,
}

/// From the server to the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitorEvent {
    /// The first frame: the visitor's conversations on this site, the newest 20, oldest first; the
    /// `Chat` frames that follow bring the messages the client does not have.
    Welcome {
        now: Timestamp,
        chats: Vec<Chat>,
        /// Whether anybody could take a new chat now.
        available: bool,
    },
    /// A conversation changed, and/or these messages are new; in order, without gaps.
    Chat { chat: Chat, messages: Vec<Message> },
    /// The answer to a command.
    Answer {
        id: CommandId,
        result: Result<Answer, Refusal>,
    },
    /// The agent is writing, or has stopped.
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    /// The agent of this conversation is connected, or is not.
    AgentConnected {
        conversation: ConversationId,
        connected: bool,
    },
    /// To be answered by `Pong`; two missed end the connection.
    Ping,
    /// A frame was not taken, for this reason.
    Refused(Refusal),
    /// The answer to [`VisitorRequest::Slots`]. No slots at all: the agent cannot be met.
    Slots {
        card: CardId,
        /// As asked.
        from: Option<Timestamp>,
        /// How long a meeting lasts, in minutes.
        length: u16,
        /// In order; at most [`SLOTS`](crate::meeting::SLOTS).
        slots: Vec<Slot>,
        /// From where to ask for later ones; none: there are no more.
        next: Option<Timestamp>,
        /// No email of the visitor is known: booking needs one.
        asks_email: bool,
    },
    /// Meetings of this visitor, each newer than any copy with a lower sequence. After `Welcome`
    /// the newest of them, if there are any; then what was booked or changed, from wherever.
    Meetings { meetings: Vec<MeetingCard> },
}
