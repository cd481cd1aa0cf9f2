//! What the visitor did and the server has not yet confirmed.

use super::command;
use crate::{
    CardId, CommandId, ConversationId, Refusal, Timestamp,
    activity::Rating,
    file::FileCard,
    frame::visitor::{PageView, VisitorCommand, VisitorRequest},
    meeting::Slot,
    message::Seq,
    visitor::ProfileInput,
};

/// What the visitor wants. A conversation that is asked for but not yet there is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Start {
        form: ProfileInput,
        first_message: Option<String>,
        /// What was viewed before there was a conversation.
        views: Vec<PageView>,
    },
    Message {
        to: Option<ConversationId>,
        text: String,
    },
    End {
        to: Option<ConversationId>,
    },
    /// A message left: in the conversation that nobody took, or in a new one.
    Leave {
        to: Option<ConversationId>,
        form: ProfileInput,
        text: String,
        views: Vec<PageView>,
    },
    /// A file. Its card has no address until it is uploaded.
    File {
        to: ConversationId,
        card: FileCard,
    },
    /// What the visitor thought of an ended chat.
    Rate {
        to: ConversationId,
        rating: Rating,
        comment: String,
    },
    /// A slot of a card's calendar. Not kept over a reload: the meeting is there then, or the
    /// visitor chooses again.
    Book {
        card: CardId,
        slot: Slot,
        email: Option<String>,
        zone: String,
    },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Not answered; sent again on every connection.
    Waiting,
    /// Not taken. `answered`: the server said so of this very command, so it changed nothing.
    Refused { refusal: Refusal, answered: bool },
    /// In the conversation, though the messages before it may still be on their way.
    Committed { seq: Seq },
}

/// One thing that the visitor did. Kept in the browser, so that it survives a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub id: CommandId,
    /// When it was done, by the browser's clock.
    pub at: Timestamp,
    pub intent: Intent,
    pub fate: Fate,
}

impl Outgoing {
    /// Whether it is a file that is on its way up.
    pub fn uploads(&self) -> bool {
        self.fate == Fate::Waiting
            && matches!(&self.intent, Intent::File { card, .. } if card.address.is_empty())
    }

    /// Whether it has a place among the messages, and so waits for the files before it.
    pub(super) fn is_said(&self) -> bool {
        matches!(self.intent, Intent::Message { .. } | Intent::File { .. })
    }

    /// The frame to send; none if it is answered, or waits for its conversation or its upload.
    pub fn request(&self) -> Option<VisitorRequest> {
        if self.fate != Fate::Waiting || self.uploads() {
            return None;
        }
        let what = match self.intent.clone() {
            Intent::Start {
                form,
                first_message,
                views,
            } => VisitorCommand::Start {
                form,
                first_message,
                views,
            },
            Intent::Message { to, text } => VisitorCommand::Message {
                conversation: to?,
                text,
            },
            Intent::End { to } => VisitorCommand::End { conversation: to? },
            Intent::Leave {
                to,
                form,
                text,
                views,
            } => VisitorCommand::Leave {
                conversation: to,
                form,
                text,
                views,
            },
            Intent::File { to, card } => VisitorCommand::File {
                conversation: to,
                file: card.id,
            },
            Intent::Rate {
                to,
                rating,
                comment,
            } => VisitorCommand::Rate {
                conversation: to,
                rating,
                comment,
            },
            Intent::Book {
                card,
                slot,
                email,
                zone,
            } => VisitorCommand::Book {
                card,
                slot,
                email,
                zone,
            },
        };
        Some(command(self.id, what))
    }
}
