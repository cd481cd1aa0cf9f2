//! What a page of protocol 4 knows, as it was when that protocol was the newest: a copy that no
//! change of today's types reaches. A page decodes with nothing else, and whatever is left of a
//! frame's bytes is to it no frame.
#![expect(
    dead_code,
    reason = "only what can be decoded counts, not what is then read of it"
)]

use serde::Deserialize;
use uuid::Uuid;

pub type Timestamp = i64;
pub type Seq = u32;

#[derive(Debug, Deserialize)]
pub enum Refusal {
    NoLongerWaiting,
    Ended,
    NotFound,
    Forbidden,
    Empty,
    TooLarge,
    FileTooLarge,
    Malformed,
    Required,
    AlreadyOpen,
    NotNow,
    TooMany,
    Blocked,
    EmailNotTaken,
    SignedOut,
    Unavailable,
    ShortcutTaken,
    Taken,
    NoCalendar,
}

#[derive(Debug, Deserialize)]
pub struct AgentCard {
    id: Uuid,
    name: String,
    photo: Option<String>,
}

#[derive(Debug, Deserialize)]
pub enum Author {
    Visitor,
    Agent { id: Uuid, name: String },
    System,
}

#[derive(Debug, Deserialize)]
pub enum EndedBy {
    Agent { id: Uuid, name: String },
    Visitor,
    Inactivity,
    Nobody,
}

#[derive(Debug, Deserialize)]
pub enum SystemMessage {
    Joined { id: Uuid, name: String },
    Ended(EndedBy),
}

#[derive(Debug, Deserialize)]
pub enum FileKind {
    Png,
    Jpeg,
    Gif,
    Webp,
    Pdf,
    Zip,
    Text,
    Other,
}

#[derive(Debug, Deserialize)]
pub struct FileCard {
    id: Uuid,
    address: String,
    name: String,
    kind: FileKind,
    bytes: u32,
    pixels: Option<(u16, u16)>,
}

#[derive(Debug, Deserialize)]
pub struct CalendarCard {
    card: Uuid,
    agent: AgentCard,
    address: String,
}

#[derive(Debug, Deserialize)]
pub enum Body {
    Text(String),
    System(SystemMessage),
    File(FileCard),
    Calendar(CalendarCard),
}

#[derive(Debug, Deserialize)]
pub struct Message {
    seq: Seq,
    at: Timestamp,
    command: Option<Uuid>,
    author: Author,
    body: Body,
}

#[derive(Debug, Deserialize)]
pub struct Note {
    n: Seq,
    after: Seq,
    at: Timestamp,
    command: Uuid,
    agent: Uuid,
    name: String,
    text: String,
}

#[derive(Debug, Deserialize)]
pub enum MeetingState {
    Booked,
    Cancelled,
}

#[derive(Debug, Deserialize)]
pub struct MeetingCard {
    meeting: Uuid,
    card: Uuid,
    conversation: Uuid,
    agent: AgentCard,
    span: (Timestamp, Timestamp),
    state: MeetingState,
    sequence: u32,
    email: String,
    address: String,
}

#[derive(Debug, Deserialize)]
pub enum VisitorAnswer {
    Started {
        conversation: Uuid,
    },
    Message {
        conversation: Uuid,
        seq: Seq,
        at: Timestamp,
    },
    Done,
    Booked(MeetingCard),
}

#[derive(Debug, Deserialize)]
pub enum ChatState {
    Waiting,
    Fallback,
    Unanswered,
    Active,
    Ended,
}

#[derive(Debug, Deserialize)]
pub struct Chat {
    id: Uuid,
    state: ChatState,
    version: u32,
    agent: Option<AgentCard>,
    away: bool,
    last: Seq,
    agent_read: Seq,
    visitor_read: Seq,
    unread: u32,
    created_at: Timestamp,
    rating: Option<u8>,
    closes_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub enum VisitorEvent {
    Welcome {
        now: Timestamp,
        chats: Vec<Chat>,
        available: bool,
    },
    Chat {
        chat: Chat,
        messages: Vec<Message>,
    },
    Answer {
        id: Uuid,
        result: Result<VisitorAnswer, Refusal>,
    },
    Typing {
        conversation: Uuid,
        typing: bool,
    },
    AgentConnected {
        conversation: Uuid,
        connected: bool,
    },
    Ping,
    Refused(Refusal),
    Slots {
        card: Uuid,
        from: Option<Timestamp>,
        length: u16,
        slots: Vec<Timestamp>,
        next: Option<Timestamp>,
        asks_email: bool,
    },
    Meetings {
        meetings: Vec<MeetingCard>,
    },
}

#[derive(Debug, Deserialize)]
pub struct Position {
    run: i64,
    n: i64,
}

#[derive(Debug, Deserialize)]
pub enum AgentAnswer {
    Message {
        conversation: Uuid,
        seq: Seq,
        at: Timestamp,
    },
    Note(Note),
    Done,
}

#[derive(Debug, Deserialize)]
pub enum EndReason {
    Agent,
    Visitor,
    Cancelled,
    Missed,
    Inactivity,
}

#[derive(Debug, Deserialize)]
pub enum RowState {
    Active,
    Unanswered,
    Ended { reason: EndReason, at: Timestamp },
}

#[derive(Debug, Deserialize)]
pub struct Row {
    id: Uuid,
    state: RowState,
    own: bool,
    away: bool,
    transfer_to: Option<String>,
    version: u32,
    visitor: Option<String>,
    page: String,
    agent: String,
    preview: String,
    preview_by_agent: bool,
    activity_at: Timestamp,
    last: Seq,
    unread: u32,
    agent_read: Seq,
    visitor_read: Seq,
    visitor_connected: bool,
    score: Option<u8>,
    rating: Option<u8>,
    closes_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub struct HandOver {
    from: String,
    note: String,
}

#[derive(Debug, Deserialize)]
pub struct Offer {
    conversation: Uuid,
    version: u32,
    visitor: Option<String>,
    page: String,
    first_words: String,
    expires_at: Timestamp,
    transfer: Option<HandOver>,
}

#[derive(Debug, Deserialize)]
pub enum Moved {
    Transferred,
    PickedUp,
    TakenOver,
}

#[derive(Debug, Deserialize)]
pub struct Profile {
    name: Option<String>,
    job_title: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    crm_status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Page {
    url: String,
    title: String,
    referrer: String,
}

#[derive(Debug, Deserialize)]
pub struct Visitor {
    id: Uuid,
    profile: Profile,
    page: Page,
    user_agent: String,
    language: String,
    zone: String,
    attributes: Vec<(String, String)>,
    signed: bool,
    blocked: bool,
    created_at: Timestamp,
}

#[derive(Debug, Deserialize)]
pub struct Override {
    available: bool,
    until: Timestamp,
    at_midnight: bool,
}

#[derive(Debug, Deserialize)]
pub struct Availability {
    available: bool,
    over: Option<Override>,
    missed: bool,
}

#[derive(Debug, Deserialize)]
pub struct MeetingRow {
    meeting: Uuid,
    card: Uuid,
    conversation: Uuid,
    agent: Uuid,
    agent_name: String,
    agent_disabled: bool,
    visitor: Option<String>,
    email: String,
    zone: String,
    span: (Timestamp, Timestamp),
    state: MeetingState,
    sequence: u32,
}

#[derive(Debug, Deserialize)]
pub enum MeetingChange {
    Booked,
    Rescheduled,
    Cancelled,
    Reassigned,
}

#[derive(Debug, Deserialize)]
pub enum Change {
    Row(Row),
    Lost(Uuid),
    Messages {
        conversation: Uuid,
        messages: Vec<Message>,
    },
    Notes {
        conversation: Uuid,
        notes: Vec<Note>,
    },
    Offered(Offer),
    OfferGone(Uuid),
    Visitor {
        conversation: Uuid,
        visitor: Visitor,
    },
    Availability(Availability),
    Moved {
        conversation: Uuid,
        visitor: Option<String>,
        to: String,
        how: Moved,
    },
    NotTransferred {
        conversation: Uuid,
        to: String,
        expired: bool,
    },
    Agents,
    Meeting {
        meeting: MeetingRow,
        how: MeetingChange,
    },
    CalendarTrouble(bool),
}

#[derive(Debug, Deserialize)]
pub enum AgentEvent {
    Welcome {
        now: Timestamp,
        cursor: Vec<Position>,
        availability: Availability,
        offers: Vec<Offer>,
        changes: Vec<Change>,
    },
    Resynchronise {
        now: Timestamp,
        cursor: Vec<Position>,
        availability: Availability,
        offers: Vec<Offer>,
    },
    Changes {
        position: Position,
        changes: Vec<Change>,
    },
    Answer {
        id: Uuid,
        result: Result<AgentAnswer, Refusal>,
    },
    Typing {
        conversation: Uuid,
        typing: bool,
    },
    VisitorConnected {
        conversation: Uuid,
        connected: bool,
    },
    Ping,
    Refused(Refusal),
}

/// Whether a page of protocol 4 takes these bytes as a frame of the kind.
pub fn takes<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> bool {
    let Some((4, body)) = bytes.split_first() else {
        return false;
    };
    matches!(postcard::take_from_bytes::<T>(body), Ok((_, [])))
}
