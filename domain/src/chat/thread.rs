//! One conversation as a tab has it.

use super::{Fate, Intent, Outgoing};
use crate::{
    CommandId,
    frame::visitor::{Chat, ChatState},
    message::{Author, Body, Message, Seq},
};

/// A conversation with the messages that the tab has: 1, 2, 3 … without gaps.
#[derive(Clone, Debug)]
pub struct Thread {
    pub head: Chat,
    pub messages: Vec<Message>,
    /// The agent is writing.
    pub typing: bool,
    pub agent_connected: bool,
}

impl Thread {
    pub(super) fn new(head: Chat) -> Self {
        Self {
            head,
            messages: Vec::new(),
            typing: false,
            agent_connected: true,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.head.state == ChatState::Ended
    }

    /// The last message that the tab has.
    pub fn last(&self) -> Seq {
        self.messages.last().map_or(0, |message| message.seq)
    }

    /// Whether a message that a command brought is there.
    pub(super) fn has(&self, command: CommandId) -> bool {
        let brought = |message: &Message| message.command == Some(command);
        self.messages.iter().rev().any(brought)
    }

    /// The visitor has seen everything up to here.
    pub(super) fn seen(&mut self, up_to: Seq) {
        self.head.visitor_read = self.head.visitor_read.max(up_to);
        self.head.unread = 0;
    }

    /// Takes over a newer head and the messages that follow on those that are there. What
    /// would leave a gap is left out, and shows as one.
    pub(super) fn take(&mut self, head: Chat, messages: Vec<Message>) {
        let (last, seen) = (self.head.last, self.head.visitor_read);
        if head.version >= self.head.version {
            self.head = head;
            self.head.last = self.head.last.max(last);
            if seen >= self.head.last {
                self.seen(seen);
            }
        }
        for message in messages {
            if message.seq == self.last().saturating_add(1) {
                self.typing &= matches!(message.author, Author::Visitor);
                self.messages.push(message);
            } else if message.seq > self.last() {
                self.head.last = self.head.last.max(message.seq);
            }
        }
        self.head.last = self.head.last.max(self.last());
    }

    /// Puts the visitor's own committed messages in their places, as far as there is no gap.
    pub(super) fn take_own(&mut self, outbox: &mut [Outgoing]) {
        while let Some(message) = outbox.iter().find_map(|outgoing| self.own_next(outgoing)) {
            self.messages.push(message);
        }
        self.head.last = self.head.last.max(self.last());
    }

    fn own_next(&self, outgoing: &Outgoing) -> Option<Message> {
        let Fate::Committed { seq } = outgoing.fate else {
            return None;
        };
        let body = match &outgoing.intent {
            Intent::Message { to, text } | Intent::Leave { to, text, .. }
                if *to == Some(self.head.id) =>
            {
                Body::Text(text.clone())
            }
            Intent::File { to, card } if *to == self.head.id => Body::File(card.clone()),
            _ => return None,
        };
        (seq == self.last().saturating_add(1)).then_some(Message {
            seq,
            at: outgoing.at,
            command: Some(outgoing.id),
            author: Author::Visitor,
            body,
        })
    }
}
