//! Messages: the entries of a conversation that both sides may see.

use serde::{Deserialize, Serialize};

use crate::{AgentId, CommandId, Timestamp, file::FileCard, meeting::CalendarCard};

/// The place of a message in its conversation: 1, 2, 3 … without gaps, the same for every reader.
/// 0 stands for "before the first".
pub type Seq = u32;

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    /// The visitor of the conversation.
    Visitor,
    /// An agent, with the name shown to the visitor.
    Agent { id: AgentId, name: String },
    /// Casella itself.
    System,
}

/// Who or what ended a conversation, as its last message tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndedBy {
    /// An agent, by name.
    Agent { id: AgentId, name: String },
    /// The visitor ended it, or cancelled while waiting.
    Visitor,
    /// Nobody wrote for the site's inactivity time.
    Inactivity,
    /// The visitor left while waiting, or nobody took the request.
    Nobody,
}

/// What a system message says: a kind with values, worded in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SystemMessage {
    /// An agent accepted the conversation.
    Joined { id: AgentId, name: String },
    /// The conversation is over.
    Ended(EndedBy),
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Words of the author.
    Text(String),
    /// A fact of the conversation.
    System(SystemMessage),
    /// A file that the author attached.
    File(FileCard),
    /// A calendar that an agent shared, or Casella where nobody was there: a booking card.
    Calendar(CalendarCard),
}

/// One entry of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its place in the conversation.
    pub seq: Seq,
    /// When it was committed.
    pub at: Timestamp,
    /// The command that brought it, so that its sender knows it again; none for system messages.
    pub command: Option<CommandId>,
    pub author: Author,
    pub body: Body,
}

/// A private note: for agents only. Notes have a sequence of their own and never reach a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its place among the notes of the conversation: 1, 2, 3 … without gaps.
    pub n: Seq,
    /// The message that it stands after.
    pub after: Seq,
    /// When it was committed.
    pub at: Timestamp,
    /// The command that brought it, so that its sender knows it again.
    pub command: CommandId,
    /// Who wrote it, with the name at that time.
    pub agent: AgentId,
    pub name: String,
    pub text: String,
}

/// How many characters of a message stand in a list row.
pub const PREVIEW_CHARS: usize = 120;

/// The beginning of a text on one line, at most [`PREVIEW_CHARS`] characters.
pub fn preview(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > PREVIEW_CHARS * 4 {
            break;
        }
    }
    match line.char_indices().nth(PREVIEW_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
