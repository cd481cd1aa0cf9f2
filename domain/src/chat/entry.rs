//! What stands in the list `Messages`.

use super::{Fate, Intent, Outgoing, Thread};
use crate::{
    CommandId, ConversationId, Refusal, Timestamp,
    file::FileCard,
    frame::visitor::ChatState,
    meeting::CalendarCard,
    message::{Author, Body, EndedBy, Message, Seq, SystemMessage},
};

/// By what an entry is known again, also when it turns from waiting to sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Command(CommandId),
    Message(ConversationId, Seq),
}

/// Who says what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    Own(&'a str),
    Agent(&'a str, &'a str),
    System(&'a SystemMessage),
    OwnFile(&'a FileCard),
    /// By the agent of this name.
    AgentFile(&'a str, &'a FileCard),
    /// A calendar to book a meeting in. By the agent of this name; empty: by Casella.
    Calendar(&'a str, &'a CalendarCard),
}

/// What can be done about a message that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Send it to the chat that is open.
    Retry,
    /// Its chat has ended and no other is open.
    NewChat,
    /// Nothing: a file whose chat has ended, or that is too large, or a chat that is full.
    Nothing,
}

/// What became of the visitor's own message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Waiting,
    Sent,
    Read,
    NotSent(Refusal, Again),
}

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub key: Key,
    pub at: Timestamp,
    pub said: Said<'a>,
    /// Of own messages only.
    pub mark: Option<Mark>,
}

pub(super) fn entries<'a>(
    threads: &'a [Thread],
    outbox: &'a [Outgoing],
    taking: Option<ConversationId>,
    starting: bool,
) -> Vec<Entry<'a>> {
    let over = |id| {
        let is = |thread: &Thread| thread.head.id == id && thread.is_over();
        threads.iter().any(is)
    };
    let again = |intent: &Intent, refusal: Refusal| {
        // To send it again would be refused again, until the chat is over.
        if refusal == Refusal::Full && place(intent).is_some_and(|to| Some(to) == taking) {
            return Again::Nothing;
        }
        if let Intent::File { to, .. } = intent {
            return if over(*to) {
                Again::Nothing
            } else {
                Again::Retry
            };
        }
        // A left message needs no chat, unless the one it was left in is over.
        let leaves = matches!(intent, Intent::Leave { to, .. } if !to.is_some_and(over));
        if taking.is_some() || starting || leaves {
            Again::Retry
        } else {
            Again::NewChat
        }
    };
    let mut entries = Vec::new();
    for thread in threads {
        let (line, messages) = match thread.messages.split_last() {
            Some((line, messages)) if is_end(line) => (Some(line), messages),
            _ => (None, thread.messages.as_slice()),
        };
        entries.extend(messages.iter().map(|message| committed(thread, message)));
        // The line of the end stays the last of its conversation.
        entries.extend(unsent(outbox, again, |intent| {
            place(intent) == Some(thread.head.id)
        }));
        entries.extend(line.map(|message| committed(thread, message)));
    }
    let arrived = threads
        .last()
        .is_some_and(|thread| matches!(thread.head.state, ChatState::Waiting | ChatState::Active));
    entries.extend(unsent(outbox, again, |intent| match intent {
        Intent::Start { .. } => !arrived,
        // Where its conversation is not there (yet), its words still are.
        _ => place(intent).is_none_or(|to| !threads.iter().any(|thread| thread.head.id == to)),
    }));
    entries
}

/// The conversation in which something is said.
fn place(intent: &Intent) -> Option<ConversationId> {
    match intent {
        Intent::Message { to, .. } | Intent::Leave { to, .. } => *to,
        Intent::File { to, .. } => Some(*to),
        Intent::Start { .. } | Intent::End { .. } | Intent::Rate { .. } | Intent::Book { .. } => {
            None
        }
    }
}

fn is_end(message: &Message) -> bool {
    matches!(message.body, Body::System(SystemMessage::Ended(_)))
}

fn committed<'a>(thread: &Thread, message: &'a Message) -> Entry<'a> {
    let key = match message.command {
        Some(command) => Key::Command(command),
        None => Key::Message(thread.head.id, message.seq),
    };
    let said = match (&message.body, &message.author) {
        (Body::System(system), _) => Said::System(system),
        (Body::Text(text), Author::Agent { name, .. }) => Said::Agent(name, text),
        (Body::Text(text), Author::Visitor | Author::System) => Said::Own(text),
        (Body::File(file), Author::Agent { name, .. }) => Said::AgentFile(name, file),
        (Body::File(file), Author::Visitor | Author::System) => Said::OwnFile(file),
        (Body::Calendar(card), Author::Agent { name, .. }) => Said::Calendar(name, card),
        (Body::Calendar(card), Author::Visitor | Author::System) => Said::Calendar("", card),
    };
    let mark = matches!(said, Said::Own(_) | Said::OwnFile(_)).then_some(
        if message.seq <= thread.head.agent_read {
            Mark::Read
        } else {
            Mark::Sent
        },
    );
    Entry {
        key,
        at: message.at,
        said,
        mark,
    }
}

fn unsent<'a>(
    outbox: &'a [Outgoing],
    again: impl Fn(&Intent, Refusal) -> Again,
    belongs: impl Fn(&Intent) -> bool,
) -> impl Iterator<Item = Entry<'a>> {
    outbox
        .iter()
        .filter(move |outgoing| belongs(&outgoing.intent))
        .filter_map(move |outgoing| {
            let said = match &outgoing.intent {
                Intent::Message { text, .. } | Intent::Leave { text, .. } => Said::Own(text),
                Intent::Start { first_message, .. } => Said::Own(first_message.as_ref()?),
                Intent::File { card, .. } => Said::OwnFile(card),
                Intent::End { .. } | Intent::Rate { .. } | Intent::Book { .. } => return None,
            };
            let mark = match outgoing.fate {
                Fate::Waiting => Mark::Waiting,
                Fate::Committed { .. } => Mark::Sent,
                Fate::Refused { refusal, .. } => {
                    // A file does not become smaller.
                    let large = matches!(refusal, Refusal::TooLarge | Refusal::FileTooLarge);
                    let again = match &outgoing.intent {
                        Intent::File { .. } if large => Again::Nothing,
                        intent => again(intent, refusal),
                    };
                    Mark::NotSent(refusal, again)
                }
            };
            Some(Entry {
                key: Key::Command(outgoing.id),
                at: outgoing.at,
                said,
                mark: Some(mark),
            })
        })
}

impl Entry<'_> {
    /// Whether the words are of the same side as another entry's, and within five minutes, so
    /// that one time stands under both.
    pub fn runs_on(&self, next: &Entry<'_>) -> bool {
        let side = |said: &Said<'_>| match said {
            Said::Own(_) | Said::OwnFile(_) => 0,
            Said::Agent(..) | Said::AgentFile(..) => 1,
            Said::System(_) => 2,
            Said::Calendar(..) => 3,
        };
        side(&self.said) == side(&next.said)
            && !matches!(self.said, Said::System(_) | Said::Calendar(..))
            && next.at.since(self.at).as_secs() < 300
    }

    /// Whether it tells how a conversation ended.
    pub fn is_end(&self) -> bool {
        matches!(
            self.said,
            Said::System(SystemMessage::Ended(
                EndedBy::Agent { .. } | EndedBy::Visitor | EndedBy::Inactivity | EndedBy::Nobody
            ))
        )
    }
}
