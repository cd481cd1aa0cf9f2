//! The types that the chat reads, each in its declared order.

use super::{Read, Reader};
use crate::{
    AgentId, CardId, CommandId, ConversationId, FileId, MeetingId, Refusal, Timestamp,
    activity::Rating,
    file::{FileCard, FileKind},
    frame::{
        PollAnswer,
        visitor::{AgentCard, Answer, Chat, ChatState, VisitorEvent},
    },
    meeting::{CalendarCard, MeetingCard, MeetingState, Slot, Span},
    message::{Author, Body, EndedBy, Message, SystemMessage},
};

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl Read for $id {
            fn read(from: &mut Reader<'_>) -> Self {
                Self(from.uuid())
            }
        }
    )*};
}

/// Structs by their fields.
macro_rules! fields {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl Read for $name {
            fn read(from: &mut Reader<'_>) -> Self {
                Self { $($field: Read::read(from)),* }
            }
        }
    )*};
}

/// Enums by their variants, which are numbered from 0; the last is what nonsense is read as.
macro_rules! variants {
    ($($name:ident { $($number:literal $variant:ident $(($($inner:ident)*))? $({ $($field:ident),* })?,)* else $last:expr })*) => {$(
        impl Read for $name {
            fn read(from: &mut Reader<'_>) -> Self {
                match from.count() {
                    $($number => Self::$variant $(($({ let $inner = Read::read(from); $inner })*))? $({ $($field: Read::read(from)),* })?,)*
                    _ => {
                        from.fail();
                        $last
                    }
                }
            }
        }
    )*};
}

ids! { AgentId CardId CommandId ConversationId FileId MeetingId }

fields! {
    AgentCard { id, name, photo }
    CalendarCard { card, agent, address }
    Chat {
        id, state, version, agent, away, last, agent_read, visitor_read, unread, created_at,
        rating, closes_at
    }
    FileCard { id, address, name, kind, bytes, pixels }
    MeetingCard { meeting, card, conversation, agent, span, state, sequence, email, address }
    Message { seq, at, command, author, body }
    PollAnswer { seen, frames, closed }
}

variants! {
    Answer {
        0 Started { conversation },
        1 Message { conversation, seq, at },
        2 Done,
        3 Booked(meeting),
        else Self::Done
    }
    Author {
        0 Visitor,
        1 Agent { id, name },
        2 System,
        else Self::System
    }
    Body {
        0 Text(text),
        1 System(said),
        2 File(card),
        3 Calendar(card),
        else Self::Text(String::new())
    }
    ChatState {
        0 Waiting,
        1 Fallback,
        2 Unanswered,
        3 Active,
        4 Ended,
        else Self::Ended
    }
    EndedBy {
        0 Agent { id, name },
        1 Visitor,
        2 Inactivity,
        3 Nobody,
        else Self::Nobody
    }
    FileKind {
        0 Png,
        1 Jpeg,
        2 Gif,
        3 Webp,
        4 Pdf,
        5 Zip,
        6 Text,
        7 Other,
        else Self::Other
    }
    MeetingState {
        0 Booked,
        1 Cancelled,
        else Self::Cancelled
    }
    Refusal {
        0 NoLongerWaiting,
        1 Ended,
        2 NotFound,
        3 Forbidden,
        4 Empty,
        5 TooLarge,
        6 FileTooLarge,
        7 Malformed,
        8 Required,
        9 AlreadyOpen,
        10 NotNow,
        11 TooMany,
        12 Blocked,
        13 EmailNotTaken,
        14 SignedOut,
        15 Unavailable,
        16 ShortcutTaken,
        17 Taken,
        18 NoCalendar,
        19 Full,
        20 WaitForAnswer,
        21 TooManyFiles,
        else Self::Malformed
    }
    SystemMessage {
        0 Joined { id, name },
        1 Ended(by),
        else Self::Ended(EndedBy::Nobody)
    }
    VisitorEvent {
        0 Welcome { now, chats, available },
        1 Chat { chat, messages },
        2 Answer { id, result },
        3 Typing { conversation, typing },
        4 AgentConnected { conversation, connected },
        5 Ping,
        6 Refused(refusal),
        7 Slots { card, from, length, slots, next, asks_email },
        8 Meetings { meetings },
        else Self::Ping
    }
}

impl Read for Rating {
    fn read(from: &mut Reader<'_>) -> Self {
        Self::try_from(from.byte()).unwrap_or_else(|_| {
            from.fail();
            Self::LOWEST
        })
    }
}

impl Read for Slot {
    fn read(from: &mut Reader<'_>) -> Self {
        Self(Read::read(from))
    }
}

impl Read for Span {
    fn read(from: &mut Reader<'_>) -> Self {
        let span: (Timestamp, Timestamp) = Read::read(from);
        Self::try_from(span).unwrap_or_else(|_| {
            from.fail();
            Self::SHORTEST
        })
    }
}
