//! What is done to meetings, and by whom.

use domain::{
    AgentId, CardId, MeetingId, frame::visitor::VisitorCommand, meeting::Slot, permission::Viewer,
};

use crate::{bound::Source, store::visitor::VisitorKey};

/// What is to become of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Book {
        card: CardId,
        slot: Slot,
        /// Blank or none: the visitor's known one.
        email: Option<String>,
        /// The zone in which the visitor chose; empty if unknown.
        zone: String,
    },
    Reschedule {
        meeting: MeetingId,
        slot: Slot,
        zone: String,
    },
    Cancel {
        meeting: MeetingId,
    },
    /// Another agent has it from now on.
    Reassign {
        meeting: MeetingId,
        to: AgentId,
    },
}

/// By whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The visitor of this key, from this network address.
    Visitor(VisitorKey, Source),
    /// Whoever has the signed address of the card or the meeting, from this network address.
    Link(Source),
    Agent(Viewer),
}

impl By {
    /// The network address of a visitor.
    pub fn from(&self) -> Option<Source> {
        match self {
            Self::Visitor(_, from) | Self::Link(from) => Some(*from),
            Self::Agent(_) => None,
        }
    }
}

impl Deed {
    /// What a visitor's command asks for; none if it is not about meetings.
    pub fn of(command: &VisitorCommand) -> Option<Self> {
        Some(match command.clone() {
            VisitorCommand::Book {
                card,
                slot,
                email,
                zone,
            } => Self::Book {
                card,
                slot,
                email,
                zone,
            },
            VisitorCommand::Reschedule {
                meeting,
                slot,
                zone,
            } => Self::Reschedule {
                meeting,
                slot,
                zone,
            },
            VisitorCommand::CancelMeeting { meeting } => Self::Cancel { meeting },
            _ => return None,
        })
    }
}
