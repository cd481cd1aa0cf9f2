//! Messages: the entries of a conversation that both sides may see.

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, CommandId, Timestamp, file::FileCard, meeting::CalendarCard, scan::chars,
    text::is_hidden,
};

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

/// The beginning of a text on one line, at most [`PREVIEW_CHARS`] characters: without what breaks
/// lines or turns the direction of reading.
pub fn preview(text: &str) -> String {
    let mut line = String::new();
    let mut count = 0;
    let mut gap = false;
    for (_, c) in chars(text) {
        if c.is_whitespace() {
            gap = count > 0;
            continue;
        }
        if is_hidden(c) {
            continue;
        }
        if gap && count < PREVIEW_CHARS {
            line.push(' ');
            count += 1;
        }
        if count >= PREVIEW_CHARS {
            line.push('…');
            break;
        }
        gap = false;
        line.push(c);
        count += 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_line_of_120_characters() {
        for (text, line) in [
            (" a\r\n\u{2028}b\u{85}c\u{b}d ", "a b c d"),
            ("cv\u{202e}fdp.exe\u{1b}[1A", "cvfdp.exe[1A"),
            ("\u{2028}", ""),
        ] {
            assert_eq!(preview(text), line);
        }
        assert_eq!(preview(&"é".repeat(120)), "é".repeat(120));
        assert_eq!(preview(&"é".repeat(121)), format!("{}…", "é".repeat(120)));
        assert_eq!(
            preview(&format!("{} b", "a".repeat(119))),
            format!("{} …", "a".repeat(119))
        );
        assert_eq!(
            preview(&format!("{} b", "a".repeat(120))),
            format!("{}…", "a".repeat(120))
        );
    }
}
