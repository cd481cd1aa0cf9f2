//! The transcript file: a conversation as plain text.

use crate::{
    Timestamp,
    message::{Author, Body, EndedBy, Message, SystemMessage},
    text::{one_line, plain},
    texts::{Words, fill, keys::SharedText},
};

/// The sentence of a system message, as the side `reader` reads it.
pub fn system_text(
    message: &SystemMessage,
    reader: Reader,
    words: &impl Words<SharedText>,
) -> String {
    match message {
        SystemMessage::Joined { name, .. } => {
            fill(words.word(SharedText::Joined), &[("agent", name)])
        }
        SystemMessage::Ended(EndedBy::Agent { id, name }) => match reader {
            Reader::Agent(own) if own == *id => words.word(SharedText::EndedByYou).to_owned(),
            _ => fill(words.word(SharedText::EndedByAgent), &[("agent", name)]),
        },
        SystemMessage::Ended(EndedBy::Visitor) => match reader {
            Reader::Visitor => words.word(SharedText::EndedByYou),
            Reader::Agent(_) | Reader::File => words.word(SharedText::EndedByVisitor),
        }
        .to_owned(),
        SystemMessage::Ended(EndedBy::Inactivity) => {
            words.word(SharedText::EndedByInactivity).to_owned()
        }
        SystemMessage::Ended(EndedBy::Nobody) => words.word(SharedText::Ended).to_owned(),
    }
}

/// Who reads a system message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Visitor,
    Agent(crate::AgentId),
    /// A file, which has no "you".
    File,
}

/// The file: its [`head`], then the [`lines`] of the messages.
pub fn transcript(
    messages: &[Message],
    visitor: &str,
    zone: &str,
    words: &impl Words<SharedText>,
    time: impl Fn(Timestamp) -> String,
) -> String {
    let mut file = head(visitor, zone, words);
    file.push_str(&lines(messages, visitor, words, time));
    file
}

/// What stands above the messages; `zone` names the reader's UTC offset.
pub fn head(visitor: &str, zone: &str, words: &impl Words<SharedText>) -> String {
    let visitor = one_line(visitor);
    let mut head = fill(
        words.word(SharedText::TranscriptOf),
        &[("visitor", &visitor)],
    );
    head.push('\n');
    head.push_str(&fill(words.word(SharedText::TimesIn), &[("zone", zone)]));
    head.push_str("\n\n");
    head
}

/// One line a message, `time  author: text`; lines after the first are indented, system lines
/// stand in asterisks. Whatever was stored, nothing in it can pass for another line. `time` words
/// an instant in the reader's zone.
pub fn lines(
    messages: &[Message],
    visitor: &str,
    words: &impl Words<SharedText>,
    time: impl Fn(Timestamp) -> String,
) -> String {
    let visitor = one_line(visitor);
    let mut file = String::new();
    for message in messages {
        file.push_str(&time(message.at));
        file.push_str("  ");
        match &message.body {
            Body::Calendar(card) => {
                let shared = words.word(SharedText::CalendarOf);
                file.push_str("* ");
                file.push_str(&one_line(&fill(shared, &[("agent", &card.agent.name)])));
                file.push_str(" *");
            }
            Body::Text(_) | Body::File(_) => {
                file.push_str(&match &message.author {
                    Author::Agent { name, .. } => one_line(name),
                    Author::Visitor | Author::System => visitor.clone(),
                });
                file.push_str(": ");
                let attached;
                let text = match &message.body {
                    Body::File(card) => {
                        attached = fill(words.word(SharedText::FileNamed), &[("name", &card.name)]);
                        &attached
                    }
                    Body::Text(text) => text,
                    Body::System(_) | Body::Calendar(_) => continue,
                };
                for (index, line) in plain(text).split('\n').enumerate() {
                    if index > 0 {
                        file.push_str("\n    ");
                    }
                    file.push_str(line);
                }
            }
            Body::System(system) => {
                file.push_str("* ");
                file.push_str(&one_line(&system_text(system, Reader::File, words)));
                file.push_str(" *");
            }
        }
        file.push('\n');
    }
    file
}

#[cfg(all(test, feature = "texts"))]
mod tests {
    use super::*;
    use crate::{AgentId, Language, texts::Table};

    #[test]
    fn a_transcript_has_every_line_and_marks_those_of_the_system() {
        let maya = || (AgentId::new(Timestamp(0), [1; 10]), "Maya".to_owned());
        let message = |seq, author, body| Message {
            seq,
            at: Timestamp(i64::from(seq)),
            command: None,
            author,
            body,
        };
        let (id, name) = maya();
        let messages = [
            message(1, Author::Visitor, Body::Text("Hi\nthere".into())),
            message(
                2,
                Author::Agent {
                    id,
                    name: name.clone(),
                },
                Body::Text("Hello".into()),
            ),
            message(
                3,
                Author::System,
                Body::System(SystemMessage::Ended(EndedBy::Agent { id, name })),
            ),
        ];
        let file = transcript(
            &messages,
            "Ada",
            "UTC+01:00",
            &Table(Language::English),
            |at| at.0.to_string(),
        );
        assert_eq!(
            file,
            "Chat with Ada\nTimes in UTC+01:00\n\n1  Ada: Hi\n    there\n2  Maya: Hello\n3  * Chat ended by Maya *\n"
        );
    }

    #[test]
    fn nothing_that_was_stored_forges_a_line() {
        for end in [
            "\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}",
        ] {
            let message = Message {
                seq: 1,
                at: Timestamp(1),
                command: None,
                author: Author::Visitor,
                body: Body::Text(format!("Hi{end}2  Maya: Granted")),
            };
            let file = transcript(
                &[message],
                &format!("Ada{end}0  Maya: Yes\u{202e}"),
                "UTC",
                &Table(Language::English),
                |at| at.0.to_string(),
            );
            let body = file.split_once("\n\n").unwrap().1;
            assert!(
                file.starts_with("Chat with Ada") && !file.contains('\u{202e}'),
                "{end:?}: {file}"
            );
            let lines: Vec<_> = body.lines().collect();
            assert_eq!(lines.len(), 2, "{end:?}: {file:?}");
            assert!(
                lines[0].starts_with("1  Ada ") && lines[1].starts_with("    2  Maya"),
                "{file:?}"
            );
            assert!(
                file.chars()
                    .all(|c| c == '\n' || !crate::text::is_hidden(c)),
                "{file:?}"
            );
        }
    }
}
