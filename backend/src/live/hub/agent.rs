//! Agents' connections, and what each of them is told.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    AgentId, SessionId,
    conversation::Lists,
    frame::agent::{AgentEvent, Change, Cursor, Position},
    permission::Viewer,
};

use super::{ConnectionId, Waiting, wait};
use crate::live::{
    connect::changes_for,
    event::{ConversationChanged, Event, Notice},
    outgoing::Queue,
    weight::Weight,
};

/// How many changes one frame to an agent carries, about, and how many bytes.
const FRAME_CHANGES: usize = 64;
const FRAME_BYTES: usize = 128 * 1024;

/// An agent's connection.
pub(super) struct AgentSlot {
    /// With the role of the session: a change of role ends it.
    pub(super) viewer: Viewer,
    pub(super) session: SessionId,
    pub(super) queue: Queue<AgentEvent>,
    /// Events that come while the client's backlog is being read; none once it is complete.
    pub(super) waiting: Option<Waiting>,
    /// What is to be sent with the next frame, and where the client then stands.
    pub(super) pending: Option<(Position, Vec<Change>)>,
    /// Where the client stands: what it has is not told again, whichever node it had it from.
    pub(super) told: Cursor,
}

/// Agents' connections.
#[derive(Default)]
pub(super) struct Agents {
    pub(super) slots: HashMap<AgentId, HashMap<ConnectionId, AgentSlot>>,
    /// Those who were connected with a role that sees others' chats, so that not everybody has to
    /// be looked at with each message.
    pub(super) overseers: HashSet<AgentId>,
}

impl Agents {
    /// Tells agents of an event, with the next frames.
    pub(super) fn hear(&mut self, position: Position, event: &Arc<Event>) {
        match &**event {
            Event::Conversation(changed) => self.tell_of(changed, position, event),
            Event::Availability { agent, .. } | Event::CalendarTrouble { agent, .. } => {
                self.tell(*agent, position, event);
            }
            Event::Agents => self.tell_overseers(position, event),
            Event::Meeting(changed) => {
                for agent in &changed.told {
                    self.tell(*agent, position, event);
                }
                self.tell_overseers(position, event);
            }
            // Their pages know from the answer, or when they read the conversation again.
            Event::AgentConnected { .. } | Event::CardWithdrawn { .. } | Event::Unreadable => {}
        }
    }

    /// Whoever may see the conversation, or could before. Each connection is told what its viewer
    /// may see; this only spares those for whom there is nothing.
    fn tell_of(&mut self, changed: &ConversationChanged, position: Position, event: &Arc<Event>) {
        let audiences = changed.audiences();
        let everybody = audiences
            .iter()
            .any(|audience| matches!(audience.lists, Lists::Unanswered(_) | Lists::Everyone));
        if everybody {
            for slots in self.slots.values_mut() {
                tell_slots(slots, position, event);
            }
            return;
        }
        let own = audiences
            .iter()
            .filter_map(|audience| match audience.lists {
                Lists::Agent(own) => Some(own),
                _ => None,
            });
        let overseen = own.clone().next().is_some();
        let mut told: Vec<AgentId> = own
            .chain(audiences.iter().filter_map(|audience| audience.offered))
            .chain(changed.notices.iter().map(Notice::whom))
            .collect();
        if overseen {
            told.extend(self.overseers.iter().copied());
        }
        told.sort_unstable();
        told.dedup();
        for agent in told {
            self.tell(agent, position, event);
        }
    }

    /// Sends what was taken in.
    pub(super) fn flush(&mut self) {
        for slots in self.slots.values_mut() {
            slots.retain(|_, slot| slot.flush());
        }
    }

    /// Tells one agent.
    fn tell(&mut self, agent: AgentId, position: Position, event: &Arc<Event>) {
        if let Some(slots) = self.slots.get_mut(&agent) {
            tell_slots(slots, position, event);
        }
    }

    /// Tells those who see others' chats.
    fn tell_overseers(&mut self, position: Position, event: &Arc<Event>) {
        for agent in &self.overseers {
            if let Some(slots) = self.slots.get_mut(agent) {
                tell_slots(slots, position, event);
            }
        }
    }
}

fn tell_slots(
    slots: &mut HashMap<ConnectionId, AgentSlot>,
    position: Position,
    event: &Arc<Event>,
) {
    slots.retain(|_, slot| match &mut slot.waiting {
        Some(waiting) => wait(waiting, position, event, &slot.queue),
        None => slot.tell(position, event),
    });
}

impl AgentSlot {
    /// Takes in what the agent is told; false if the connection is to be closed.
    pub(super) fn tell(&mut self, position: Position, event: &Event) -> bool {
        if position.n <= self.told.of(position.run) {
            return true;
        }
        self.told.advance(position);
        let changes = changes_for(event, self.viewer);
        if changes.is_empty() {
            return true;
        }
        let weight = changes.weight();
        let full = self.pending.as_ref().is_some_and(|(last, pending)| {
            last.run != position.run
                || pending.len() >= FRAME_CHANGES
                || pending.weight().saturating_add(weight) > FRAME_BYTES
        });
        let open = !full || self.flush();
        let (last, pending) = self.pending.get_or_insert_with(|| (position, Vec::new()));
        *last = position;
        pending.extend(changes);
        open
    }

    /// Queues what was taken in; false if the connection is to be closed.
    pub(super) fn flush(&mut self) -> bool {
        match self.pending.take() {
            Some((position, changes)) => self.queue.push(AgentEvent::Changes { position, changes }),
            None => true,
        }
    }
}
