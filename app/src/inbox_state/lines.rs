//! What stands in the list of messages, one line each.

use std::{sync::Arc, time::Duration};

use domain::{
    AgentId, CommandId, Refusal, Timestamp,
    message::{Author, Body, Message, Seq, SystemMessage},
};

use super::{
    is_of,
    outbox::{Fate, Unsent},
    thread::Thread,
};

/// Messages of one author within this time share one time below them.
const RUN: Duration = Duration::from_secs(5 * 60);

/// By what a line is known again: an own message keeps its key when it gets its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Own(CommandId),
    Seq(Seq),
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
    Unsent(Arc<str>),
}

impl Content {
    /// The words of a person; none for a system line.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Message(message) => match &message.body {
                Body::Text(text) => Some(text),
                Body::System(_) => None,
            },
            Self::Unsent(text) => Some(text),
        }
    }

    /// What a system line says.
    pub fn system(&self) -> Option<&SystemMessage> {
        match self {
            Self::Message(message) => match &message.body {
                Body::System(system) => Some(system),
                Body::Text(_) => None,
            },
            Self::Unsent(_) => None,
        }
    }
}

/// What has become of an own message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
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

/// The committed messages, then those that wait.
pub(super) fn lines<'a>(
    thread: &'a Thread,
    unsent: impl Iterator<Item = (&'a Unsent, &'a Arc<str>)>,
    me: AgentId,
    visitor_read: Seq,
    day: impl Fn(Timestamp) -> i64,
) -> Vec<Line> {
    let mut lines: Vec<Line> = thread
        .messages
        .iter()
        .map(|message| committed(message, me, visitor_read))
        .collect();
    lines.extend(unsent.map(|(unsent, text)| Line {
        key: Key::Own(unsent.id),
        side: Side::Own,
        content: Content::Unsent(Arc::clone(text)),
        mood: mood(
            unsent.at,
            Some(match unsent.fate {
                Fate::Waiting => Delivery::Waiting,
                Fate::Refused(refusal) => Delivery::NotSent(refusal),
            }),
        ),
    }));
    group(&mut lines, day);
    lines
}

fn committed(message: &Arc<Message>, me: AgentId, visitor_read: Seq) -> Line {
    let own = is_of(message, me);
    let delivery = own.then_some(if message.seq <= visitor_read {
        Delivery::Read
    } else {
        Delivery::Sent
    });
    Line {
        key: match message.command {
            Some(command) if own => Key::Own(command),
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
            && !line.mood.new_day
            && line.mood.at.since(previous.mood.at) < RUN;
        line.mood.run_start = !goes_on;
        previous.mood.run_end = !goes_on;
        before = Some(line);
    }
}
