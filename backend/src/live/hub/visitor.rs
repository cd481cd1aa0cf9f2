//! Visitors' connections, and what each of them is told.

use std::collections::HashMap;

use domain::{ConversationId, frame::visitor::VisitorEvent, message::Seq};

use super::Waiting;
use crate::{
    live::{
        event::{ConversationChanged, Event},
        outgoing::Queue,
    },
    store::visitor::VisitorKey,
};

/// A visitor's connection.
pub(super) struct VisitorSlot {
    pub(super) queue: Queue<VisitorEvent>,
    /// As with agents.
    pub(super) waiting: Option<Waiting>,
    /// The last message of each conversation that was sent.
    pub(super) sent: HashMap<ConversationId, Seq>,
}

impl VisitorSlot {
    /// Queues what the visitor is told; false if the connection is to be closed.
    pub(super) fn tell(&mut self, key: &VisitorKey, event: &Event) -> bool {
        match event {
            Event::Conversation(changed) => self.tell_conversation(changed),
            Event::AgentConnected { connected, chats } => chats
                .iter()
                .filter(|(theirs, _)| theirs == key)
                .all(|(_, conversation)| {
                    self.queue.push(VisitorEvent::AgentConnected {
                        conversation: *conversation,
                        connected: *connected,
                    })
                }),
            Event::Meeting(changed) => self.queue.push(VisitorEvent::Meetings {
                meetings: vec![changed.card.clone()],
            }),
            // The agent cannot be met by it: as if the slots had been asked for.
            Event::CardWithdrawn { card, .. } => self.queue.push(VisitorEvent::Slots {
                card: *card,
                from: None,
                length: 0,
                slots: Vec::new(),
                next: None,
                asks_email: false,
            }),
            Event::Availability { .. }
            | Event::Agents
            | Event::CalendarTrouble { .. }
            | Event::Unreadable => true,
        }
    }

    fn tell_conversation(&mut self, changed: &ConversationChanged) -> bool {
        let sent = self.sent.entry(changed.conversation.id).or_insert(0);
        let messages: Vec<_> = changed
            .messages
            .iter()
            .filter(|message| message.seq > *sent)
            .cloned()
            .collect();
        if messages.first().is_some_and(|first| first.seq != *sent + 1) {
            // A gap: the client resumes from what it has, and gets exactly what is missing.
            return false;
        }
        if let Some(last) = messages.last() {
            *sent = last.seq;
        }
        self.queue.push(VisitorEvent::Chat {
            chat: changed.chat(),
            messages,
        })
    }
}
