//! What the visitor did and the server has not yet confirmed.

use serde::{Deserialize, Serialize};

use super::command;
use crate::{
    CommandId, ConversationId, Refusal, Timestamp,
    frame::visitor::{VisitorCommand, VisitorRequest},
    message::Seq,
    visitor::ProfileInput,
};

/// What the visitor wants. A conversation that is asked for but not yet there is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intent {
    Start {
        form: ProfileInput,
        first_message: Option<String>,
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
    },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Not answered; sent again on every connection.
    Waiting,
    /// Not taken. `answered`: the server said so of this very command, so it changed nothing.
    Refused { refusal: Refusal, answered: bool },
    /// In the conversation, though the messages before it may still be on their way.
    Committed { seq: Seq },
}

/// One thing that the visitor did. Kept in the browser as a frame, so that it survives a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    pub id: CommandId,
    /// When it was done, by the browser's clock.
    pub at: Timestamp,
    pub intent: Intent,
    pub fate: Fate,
}

impl Outgoing {
    /// The frame to send; none if it is answered, or waits for its conversation.
    pub fn request(&self) -> Option<VisitorRequest> {
        if self.fate != Fate::Waiting {
            return None;
        }
        let what = match self.intent.clone() {
            Intent::Start {
                form,
                first_message,
            } => VisitorCommand::Start {
                form,
                first_message,
            },
            Intent::Message { to, text } => VisitorCommand::Message {
                conversation: to?,
                text,
            },
            Intent::End { to } => VisitorCommand::End { conversation: to? },
            Intent::Leave { to, form, text } => VisitorCommand::Leave {
                conversation: to,
                form,
                text,
            },
        };
        Some(command(self.id, what))
    }
}
