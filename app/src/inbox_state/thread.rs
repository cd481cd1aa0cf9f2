//! The messages of one conversation, as far as they were read.

use std::sync::Arc;

use domain::{
    Refusal,
    meeting::MeetingRow,
    message::{Author, Message, Note, Seq},
    visitor::Visitor,
};

use crate::api::Failure;

/// How far the reading of something from the server is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Nobody asked for it yet.
    #[default]
    Never,
    UnderWay,
    Done,
    Failed,
}

/// The messages of one conversation, without gaps from the first that was read.
#[derive(Debug, Default)]
pub struct Thread {
    /// By rising sequence number.
    pub(super) messages: Vec<Arc<Message>>,
    /// All private notes, by rising number.
    pub(super) notes: Vec<Arc<Note>>,
    /// What was booked by its cards, in the order of their ids.
    meetings: Vec<MeetingRow>,
    /// How often that changed.
    changes: u32,
    pub(super) visitor: Option<Visitor>,
    site: String,
    reading: Reading,
    failure: Option<Failure>,
    earlier: Reading,
    /// The last read mark that was sent over this connection.
    pub(super) told_read: Seq,
}

impl Thread {
    pub fn visitor(&self) -> Option<&Visitor> {
        self.visitor.as_ref()
    }

    /// What was booked by its cards.
    pub fn meetings(&self) -> &[MeetingRow] {
        &self.meetings
    }

    /// How often what was booked changed.
    pub fn meeting_changes(&self) -> u32 {
        self.changes
    }

    /// The site's name.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// How far its first reading is. A thread that is read again stays [`Reading::Done`].
    pub fn phase(&self) -> Reading {
        self.reading
    }

    /// Whether the agent may not see it, or it does not exist: nobody is told which.
    pub fn is_refused(&self) -> bool {
        matches!(
            self.failure,
            Some(Failure::Refused(Refusal::NotFound | Refusal::Forbidden))
        )
    }

    /// Whether there are messages before the first that was read.
    pub fn has_earlier(&self) -> bool {
        self.reading == Reading::Done && self.messages.first().is_some_and(|first| first.seq > 1)
    }

    /// How far the reading of earlier messages is.
    pub fn earlier_phase(&self) -> Reading {
        self.earlier
    }

    pub(super) fn reading(&mut self) {
        if self.reading != Reading::Done {
            self.reading = Reading::UnderWay;
            self.failure = None;
        }
    }

    /// It could not be read. What was read before stays, unless the agent may no longer see it.
    pub(super) fn failed(&mut self, failure: Failure) {
        self.failure = Some(failure);
        if self.reading != Reading::Done || self.is_refused() {
            self.reading = Reading::Failed;
        }
    }

    /// Takes what was read. What came over the connection meanwhile stays.
    pub(super) fn read(
        &mut self,
        visitor: Visitor,
        site: String,
        messages: Vec<Message>,
        notes: Vec<Note>,
        meetings: Vec<MeetingRow>,
    ) {
        let first = messages.first().map_or(0, |message| message.seq);
        let end = messages.last().map_or(0, |message| message.seq);
        if self.last() + 1 < first {
            // Too long away: what lies between was not read.
            self.messages.clear();
        }
        self.visitor = Some(visitor);
        self.site = site;
        self.reading = Reading::Done;
        self.failure = None;
        for message in messages {
            self.insert(message);
        }
        for note in notes {
            self.insert_note(note);
        }
        for meeting in meetings {
            self.insert_meeting(meeting);
        }
        debug_assert!(self.last() >= end);
    }

    pub(super) fn earlier_reading(&mut self) -> Option<Seq> {
        if !self.has_earlier() || self.earlier == Reading::UnderWay {
            return None;
        }
        self.earlier = Reading::UnderWay;
        self.messages.first().map(|first| first.seq)
    }

    pub(super) fn earlier(&mut self, messages: Vec<Message>) {
        self.earlier = Reading::Done;
        for message in messages {
            self.insert(message);
        }
    }

    pub(super) fn earlier_failed(&mut self) {
        self.earlier = Reading::Failed;
    }

    /// Takes new messages in order; whether nothing is missing before them.
    pub(super) fn add(&mut self, messages: Vec<Message>) -> bool {
        for message in messages {
            self.insert(message);
        }
        let gapless = self
            .messages
            .windows(2)
            .rev()
            .all(|pair| matches!(pair, [a, b] if a.seq + 1 == b.seq));
        gapless || self.reading != Reading::Done
    }

    /// Takes a message in its place; one that is known already changes nothing.
    pub(super) fn insert(&mut self, message: Message) {
        match self
            .messages
            .binary_search_by_key(&message.seq, |known| known.seq)
        {
            Ok(_) => {}
            Err(at) => self.messages.insert(at, Arc::new(message)),
        }
    }

    /// Takes new private notes in order; whether none is missing.
    pub(super) fn add_notes(&mut self, notes: Vec<Note>) -> bool {
        for note in notes {
            self.insert_note(note);
        }
        let gapless = (1..).zip(&self.notes).all(|(n, note)| note.n == n);
        gapless || self.reading != Reading::Done
    }

    /// Takes a private note in its place; one that is known already changes nothing.
    pub(super) fn insert_note(&mut self, note: Note) {
        if let Err(at) = self.notes.binary_search_by_key(&note.n, |known| known.n) {
            self.notes.insert(at, Arc::new(note));
        }
    }

    /// Takes a meeting in its place, unless what is known of it is newer.
    pub(super) fn insert_meeting(&mut self, meeting: MeetingRow) {
        match self
            .meetings
            .iter_mut()
            .find(|known| known.meeting == meeting.meeting)
        {
            Some(known) if known.sequence <= meeting.sequence => *known = meeting,
            Some(_) => return,
            None => self.meetings.push(meeting),
        }
        self.changes = self.changes.wrapping_add(1);
    }

    pub(super) fn last(&self) -> Seq {
        self.messages.last().map_or(0, |message| message.seq)
    }

    /// The place of the visitor's last message; 0 if there is none.
    pub(super) fn last_of_visitor(&self) -> Seq {
        self.messages
            .iter()
            .rev()
            .find(|message| message.author == Author::Visitor)
            .map_or(0, |message| message.seq)
    }
}
