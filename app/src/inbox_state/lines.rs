//! What stands in the list of messages, one line each.

use std::{sync::Arc, time::Duration};

use domain::{
    AgentId, CommandId, Refusal, Timestamp,
    file::FileCard,
    meeting::CalendarCard,
    message::{Author, Body, Message, Note, Seq, SystemMessage},
};

use super::{
    is_of,
    outbox::{Fate, Intent, Unsent},
    thread::Thread,
};

/// Messages of one author within this time share one time below them.
const RUN: Duration = Duration::from_secs(5 * 60);

/// By what a line is known again: own words keep their key when they get their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Own(CommandId),
    Seq(Seq),
    /// A private note of another agent.
    Note(Seq),
}

/// On which side a line stands, and who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    Visitor,
    /// The agent who reads.
    Own,
    /// Another agent, by name.
    Agent(String),
    System,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Message(Arc<Message>),
    Note(Arc<Note>),
    Unsent(Arc<str>),
    UnsentNote(Arc<str>),
    /// A file that is not sent yet, by name and size.
    Upload {
        name: Arc<str>,
        bytes: u32,
    },
}

impl Content {
    /// The words of a person; none for a system line or a file.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Message(message) => match &message.body {
                Body::Text(text) => Some(text),
                Body::System(_) | Body::File(_) | Body::Calendar(_) => None,
            },
            Self::Note(note) => Some(&note.text),
            Self::Unsent(text) | Self::UnsentNote(text) => Some(text),
            Self::Upload { .. } => None,
        }
    }

    /// What a system line says.
    pub fn system(&self) -> Option<&SystemMessage> {
        match self {
            Self::Message(message) => match &message.body {
                Body::System(system) => Some(system),
                Body::Text(_) | Body::File(_) | Body::Calendar(_) => None,
            },
            _ => None,
        }
    }

    /// The file that was sent.
    pub fn file(&self) -> Option<&FileCard> {
        match self {
            Self::Message(message) => match &message.body {
                Body::File(card) => Some(card),
                Body::Text(_) | Body::System(_) | Body::Calendar(_) => None,
            },
            _ => None,
        }
    }

    /// The calendar that was shared.
    pub fn calendar(&self) -> Option<&CalendarCard> {
        match self {
            Self::Message(message) => match &message.body {
                Body::Calendar(card) => Some(card),
                Body::Text(_) | Body::System(_) | Body::File(_) => None,
            },
            _ => None,
        }
    }

    /// Whether it is for agents only.
    pub fn is_note(&self) -> bool {
        matches!(self, Self::Note(_) | Self::UnsentNote(_))
    }
}

/// What has become of an own message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A file on its way: how much of it is there, in percent.
    Uploading(u8),
    Waiting,
    Sent,
    /// The visitor has seen it.
    Read,
    NotSent(Refusal),
}

/// What may change about a line while it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mood {
    pub at: Timestamp,
    /// First of its day, or of the list.
    pub new_day: bool,
    /// First and last of a run of messages of one author.
    pub run_start: bool,
    pub run_end: bool,
    /// Of own messages only.
    pub delivery: Option<Delivery>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub key: Key,
    pub side: Side,
    pub content: Content,
    pub mood: Mood,
}

/// The committed messages, each with the notes that stand after it, then what waits.
pub(super) fn lines<'a>(
    thread: &'a Thread,
    unsent: impl Iterator<Item = &'a Unsent>,
    me: AgentId,
    visitor_read: Seq,
    day: impl Fn(Timestamp) -> i64,
) -> Vec<Line> {
    let first = thread.messages.first().map_or(0, |message| message.seq);
    // Notes among messages that were not read yet come with those.
    let mut notes = thread
        .notes
        .iter()
        .filter(|note| first <= 1 || note.after >= first)
        .peekable();
    let mut lines = Vec::with_capacity(thread.messages.len() + thread.notes.len());
    for message in &thread.messages {
        while let Some(note) = notes.next_if(|note| note.after < message.seq) {
            lines.push(noted(note, me));
        }
        lines.push(committed(message, me, visitor_read));
    }
    lines.extend(notes.map(|note| noted(note, me)));
    lines.extend(unsent.filter_map(waiting));
    group(&mut lines, day);
    lines
}

fn waiting(unsent: &Unsent) -> Option<Line> {
    let content = match &unsent.intent {
        Intent::Message { text, .. } => Content::Unsent(Arc::clone(text)),
        Intent::Note { text, .. } => Content::UnsentNote(Arc::clone(text)),
        Intent::File { name, bytes, .. } => Content::Upload {
            name: Arc::clone(name),
            bytes: *bytes,
        },
        _ => return None,
    };
    let delivery = match unsent.fate {
        Fate::Uploading(percent) => Delivery::Uploading(percent),
        Fate::Waiting => Delivery::Waiting,
        Fate::Refused(refusal) => Delivery::NotSent(refusal),
    };
    Some(Line {
        key: Key::Own(unsent.id),
        side: Side::Own,
        content,
        mood: mood(unsent.at, Some(delivery)),
    })
}

fn noted(note: &Arc<Note>, me: AgentId) -> Line {
    let own = note.agent == me;
    Line {
        key: if own {
            Key::Own(note.command)
        } else {
            Key::Note(note.n)
        },
        side: if own {
            Side::Own
        } else {
            Side::Agent(note.name.clone())
        },
        content: Content::Note(Arc::clone(note)),
        mood: mood(note.at, None),
    }
}

fn committed(message: &Arc<Message>, me: AgentId, visitor_read: Seq) -> Line {
    let own = is_of(message, me);
    let delivery = own.then_some(if message.seq <= visitor_read {
        Delivery::Read
    } else {
        Delivery::Sent
    });
    Line {
        key: match (message.command, &message.body) {
            // A file looks different once it is there: its line is another one.
            (Some(command), Body::Text(_)) if own => Key::Own(command),
            _ => Key::Seq(message.seq),
        },
        side: match &message.author {
            Author::Visitor => Side::Visitor,
            Author::Agent { .. } if own => Side::Own,
            Author::Agent { name, .. } => Side::Agent(name.clone()),
            Author::System => Side::System,
        },
        content: Content::Message(Arc::clone(message)),
        mood: mood(message.at, delivery),
    }
}

fn mood(at: Timestamp, delivery: Option<Delivery>) -> Mood {
    Mood {
        at,
        new_day: false,
        run_start: true,
        run_end: true,
        delivery,
    }
}

fn group(lines: &mut [Line], day: impl Fn(Timestamp) -> i64) {
    let mut before: Option<&mut Line> = None;
    for line in lines {
        let Some(previous) = before else {
            line.mood.new_day = true;
            before = Some(line);
            continue;
        };
        line.mood.new_day = day(line.mood.at) != day(previous.mood.at);
        let goes_on = line.side == previous.side
            && line.content.is_note() == previous.content.is_note()
            && !line.mood.new_day
            && line.mood.at.since(previous.mood.at) < RUN;
        line.mood.run_start = !goes_on;
        previous.mood.run_end = !goes_on;
        before = Some(line);
    }
}
