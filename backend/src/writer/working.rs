//! A conversation in a commit.

use domain::{
    conversation::{Audience, Conversation, Lists},
    message::{Author, Message, Note, Seq},
};

use crate::live::event::Notice;

/// A conversation while it is being worked on.
pub struct Working {
    pub head: Conversation,
    /// Who could see it before.
    pub(super) before: Audience,
    /// New messages.
    pub(super) messages: Vec<Message>,
    /// New private notes. They alone are no change that a visitor, or a list, could notice.
    pub(super) notes: Vec<Note>,
    pub(super) notices: Vec<Notice>,
    pub(super) changed: bool,
    /// Not stored before.
    pub(super) new: bool,
    /// Nobody took it, since a moment ago.
    pub(super) fell_back: bool,
}

impl Working {
    /// As it is stored.
    pub(super) fn existing(head: Conversation) -> Self {
        Self {
            before: head.audience(),
            head,
            messages: Vec::new(),
            notes: Vec::new(),
            notices: Vec::new(),
            changed: false,
            new: false,
            fell_back: false,
        }
    }

    /// Not stored yet.
    pub(super) fn new(head: Conversation) -> Self {
        Self {
            before: Audience::NOBODY,
            changed: true,
            new: true,
            ..Self::existing(head)
        }
    }

    /// Marks it as changed.
    pub fn touch(&mut self) {
        self.changed = true;
    }

    /// Whether it is in no list yet, and will be in one. It happens once: what leaves all lists is
    /// over.
    pub(super) fn comes_into_a_list(&self) -> bool {
        self.before.lists == Lists::Nobody && self.head.audience().lists != Lists::Nobody
    }

    /// New messages of one side after a mark, not stored yet.
    pub fn new_after(&self, up_to: Seq, by_agent: bool) -> u32 {
        let count = self
            .messages
            .iter()
            .filter(|message| message.seq > up_to)
            .filter(|message| match message.author {
                Author::Visitor => !by_agent,
                Author::Agent { .. } => by_agent,
                Author::System => false,
            })
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}
