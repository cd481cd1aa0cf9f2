//! This node's connections.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    AgentId, ConversationId, SessionId,
    conversation::{Audience, State},
    frame::{
        agent::{AgentEvent, Cursor, Position},
        visitor::VisitorEvent,
    },
    message::Seq,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    event::{ConversationChanged, Event},
    outgoing::{Closed, Queue},
};
use crate::store::visitor::VisitorKey;

/// A notice that may be lost; not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    pub to: Recipient,
    pub conversation: ConversationId,
    pub typing: bool,
}

/// Whom a signal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    Agent(AgentId),
    Visitor(VisitorKey),
}

/// Names a connection of this node.
pub type ConnectionId = u64;

type Waiting = Vec<(Position, Arc<Event>)>;

struct AgentSlot {
    session: SessionId,
    queue: Queue<AgentEvent>,
    /// Events that come while the client's backlog is being read; none once it is complete.
    waiting: Option<Waiting>,
    /// Where the client stands: what it has is not told again, whichever node it had it from.
    told: Cursor,
}

struct VisitorSlot {
    queue: Queue<VisitorEvent>,
    /// As with agents.
    waiting: Option<Waiting>,
    /// The last message of each conversation that was sent.
    sent: HashMap<ConversationId, Seq>,
}

/// Between whom an active chat is; for signals.
#[derive(Clone, Copy)]
struct Route {
    agent: AgentId,
    visitor: VisitorKey,
}

/// This node's connections and what they wait for. Locks are held for lookups and pushes only,
/// never over an await.
#[derive(Default)]
pub struct Hub {
    next: AtomicU64,
    agents: Mutex<HashMap<AgentId, HashMap<ConnectionId, AgentSlot>>>,
    visitors: Mutex<HashMap<VisitorKey, HashMap<ConnectionId, VisitorSlot>>>,
    /// Active chats seen by this node since its start.
    routes: Mutex<HashMap<ConversationId, Route>>,
    /// Signals for other nodes; none with SQLite.
    others: Option<mpsc::Sender<Signal>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held cannot leave these maps half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// A hub that passes signals on to other nodes.
    pub fn new(others: Option<mpsc::Sender<Signal>>) -> Self {
        Self {
            others,
            ..Self::default()
        }
    }

    /// Registers an agent's connection; events wait until [`Hub::agent_ready`]. Tells whether it
    /// is the agent's first on this node.
    pub fn add_agent(
        &self,
        agent: AgentId,
        session: SessionId,
        queue: Queue<AgentEvent>,
    ) -> (ConnectionId, bool) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut agents = lock(&self.agents);
        let slots = agents.entry(agent).or_default();
        let first = slots.is_empty();
        slots.insert(
            id,
            AgentSlot {
                session,
                queue,
                waiting: Some(Vec::new()),
                told: Cursor::default(),
            },
        );
        (id, first)
    }

    /// Sends what came since the backlog was read, and everything from now on.
    pub fn agent_ready(&self, agent: AgentId, id: ConnectionId, cursor: &Cursor) {
        let mut agents = lock(&self.agents);
        let Some(slot) = agents.get_mut(&agent).and_then(|slots| slots.get_mut(&id)) else {
            return;
        };
        slot.told = cursor.clone();
        for (position, event) in slot.waiting.take().unwrap_or_default() {
            slot.tell(agent, position, &event);
        }
    }

    /// Registers a visitor's connection; events wait until [`Hub::visitor_ready`]. Tells whether
    /// it is the visitor's first on this node.
    pub fn add_visitor(&self, key: VisitorKey, queue: Queue<VisitorEvent>) -> (ConnectionId, bool) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut visitors = lock(&self.visitors);
        let slots = visitors.entry(key).or_default();
        let first = slots.is_empty();
        slots.insert(
            id,
            VisitorSlot {
                queue,
                waiting: Some(Vec::new()),
                sent: HashMap::new(),
            },
        );
        (id, first)
    }

    /// Sends what came since the backlog was read (up to `sent`), and everything from now on.
    pub fn visitor_ready(
        &self,
        key: &VisitorKey,
        id: ConnectionId,
        sent: HashMap<ConversationId, Seq>,
    ) {
        let mut visitors = lock(&self.visitors);
        let Some(slot) = visitors.get_mut(key).and_then(|slots| slots.get_mut(&id)) else {
            return;
        };
        slot.sent = sent;
        for (_, event) in slot.waiting.take().unwrap_or_default() {
            slot.tell(key, &event);
        }
    }

    /// Forgets an agent's connection; tells whether it was the last on this node.
    pub fn remove_agent(&self, agent: AgentId, id: ConnectionId) -> bool {
        remove(&mut lock(&self.agents), &agent, id)
    }

    /// Forgets a visitor's connection; tells whether it was the last on this node.
    pub fn remove_visitor(&self, key: &VisitorKey, id: ConnectionId) -> bool {
        remove(&mut lock(&self.visitors), key, id)
    }

    /// Whether the agent is connected to this node.
    pub fn has_agent(&self, agent: AgentId) -> bool {
        lock(&self.agents)
            .get(&agent)
            .is_some_and(|slots| !slots.is_empty())
    }

    /// Whether the visitor is connected to this node.
    pub fn has_visitor(&self, key: &VisitorKey) -> bool {
        lock(&self.visitors)
            .get(key)
            .is_some_and(|slots| !slots.is_empty())
    }

    /// The sessions that have connections here.
    pub fn sessions(&self) -> Vec<SessionId> {
        let agents = lock(&self.agents);
        let mut sessions: Vec<_> = agents
            .values()
            .flat_map(HashMap::values)
            .map(|slot| slot.session)
            .collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// Closes the connections of sessions that have ended.
    pub fn close_sessions(&self, ended: impl Fn(SessionId) -> bool) {
        for slots in lock(&self.agents).values_mut() {
            slots.retain(|_, slot| {
                let keep = !ended(slot.session);
                if !keep {
                    slot.queue.close(Closed::SignedOut);
                }
                keep
            });
        }
    }

    /// Closes all connections; clients connect again, to another node or after the restart.
    pub fn close_all(&self) {
        for slot in lock(&self.agents)
            .values_mut()
            .flat_map(|slots| slots.drain())
        {
            slot.1.queue.close(Closed::Resume);
        }
        for slot in lock(&self.visitors)
            .values_mut()
            .flat_map(|slots| slots.drain())
        {
            slot.1.queue.close(Closed::Resume);
        }
    }

    /// How many agents' and visitors' connections there are.
    pub fn counts(&self) -> (usize, usize) {
        let agents = lock(&self.agents).values().map(HashMap::len).sum();
        let visitors = lock(&self.visitors).values().map(HashMap::len).sum();
        (agents, visitors)
    }

    /// Tells everybody whom a committed event concerns. Events of one conversation come in order.
    pub fn deliver(&self, position: Position, event: Event) {
        let event = Arc::new(event);
        match &*event {
            Event::Conversation(changed) => {
                self.remember(changed);
                self.tell_visitors(&changed.key, position, &event);
                match changed.audiences() {
                    [Audience::Everyone, _] | [_, Audience::Everyone] => {
                        for (agent, slots) in lock(&self.agents).iter_mut() {
                            tell_slots(*agent, slots, position, &event);
                        }
                    }
                    [before, after] => {
                        let concerned = [before, after].map(|audience| match audience {
                            Audience::Agent(agent) | Audience::Offered(agent) => Some(agent),
                            Audience::Nobody | Audience::Everyone => None,
                        });
                        let [before, after] = concerned;
                        self.tell_agent(after, position, &event);
                        self.tell_agent(before.filter(|_| before != after), position, &event);
                    }
                }
            }
            Event::Available { agent, .. } => self.tell_agent(Some(*agent), position, &event),
            Event::AgentConnected { chats, .. } => {
                for (key, _) in chats {
                    self.tell_visitors(key, position, &event);
                }
            }
        }
    }

    fn tell_agent(&self, agent: Option<AgentId>, position: Position, event: &Arc<Event>) {
        if let Some(agent) = agent
            && let Some(slots) = lock(&self.agents).get_mut(&agent)
        {
            tell_slots(agent, slots, position, event);
        }
    }

    fn tell_visitors(&self, key: &VisitorKey, position: Position, event: &Arc<Event>) {
        if let Some(slots) = lock(&self.visitors).get_mut(key) {
            slots.retain(|_, slot| match &mut slot.waiting {
                Some(waiting) => {
                    waiting.push((position, Arc::clone(event)));
                    true
                }
                None => slot.tell(key, event),
            });
        }
    }

    fn remember(&self, changed: &ConversationChanged) {
        let mut routes = lock(&self.routes);
        match &changed.conversation.state {
            State::Active { agent, .. } => {
                routes.insert(
                    changed.conversation.id,
                    Route {
                        agent: *agent,
                        visitor: changed.key,
                    },
                );
            }
            State::Ended { .. } => {
                routes.remove(&changed.conversation.id);
            }
            _ => {}
        }
    }

    /// Passes on that the visitor is writing; nothing unless the chat is active and theirs.
    pub fn visitor_types(&self, key: &VisitorKey, conversation: ConversationId, typing: bool) {
        let route = lock(&self.routes).get(&conversation).copied();
        if let Some(route) = route.filter(|route| route.visitor == *key) {
            self.signal(Signal {
                to: Recipient::Agent(route.agent),
                conversation,
                typing,
            });
        }
    }

    /// Passes on that the agent is writing; nothing unless the chat is active and theirs.
    pub fn agent_types(&self, agent: AgentId, conversation: ConversationId, typing: bool) {
        let route = lock(&self.routes).get(&conversation).copied();
        if let Some(route) = route.filter(|route| route.agent == agent) {
            self.signal(Signal {
                to: Recipient::Visitor(route.visitor),
                conversation,
                typing,
            });
        }
    }

    fn signal(&self, signal: Signal) {
        self.take_signal(&signal);
        if let Some(others) = &self.others {
            // A full queue means that nodes are busy; a lost notice of typing harms nobody.
            let _ = others.try_send(signal);
        }
    }

    /// Tells this node's connections.
    pub fn take_signal(&self, signal: &Signal) {
        let Signal {
            conversation,
            typing,
            ..
        } = *signal;
        match &signal.to {
            Recipient::Agent(agent) => {
                for slot in lock(&self.agents)
                    .get(agent)
                    .into_iter()
                    .flat_map(HashMap::values)
                {
                    slot.queue.push(AgentEvent::Typing {
                        conversation,
                        typing,
                    });
                }
            }
            Recipient::Visitor(key) => {
                for slot in lock(&self.visitors)
                    .get(key)
                    .into_iter()
                    .flat_map(HashMap::values)
                {
                    slot.queue.push(VisitorEvent::Typing {
                        conversation,
                        typing,
                    });
                }
            }
        }
    }
}

fn remove<K: std::hash::Hash + Eq, S>(
    all: &mut HashMap<K, HashMap<ConnectionId, S>>,
    key: &K,
    id: ConnectionId,
) -> bool {
    let Some(slots) = all.get_mut(key) else {
        return false;
    };
    slots.remove(&id);
    let last = slots.is_empty();
    if last {
        all.remove(key);
    }
    last
}

fn tell_slots(
    agent: AgentId,
    slots: &mut HashMap<ConnectionId, AgentSlot>,
    position: Position,
    event: &Arc<Event>,
) {
    slots.retain(|_, slot| match &mut slot.waiting {
        Some(waiting) => {
            waiting.push((position, Arc::clone(event)));
            true
        }
        None => slot.tell(agent, position, event),
    });
}

impl AgentSlot {
    /// Queues what the agent is told; false if the connection is to be closed.
    fn tell(&mut self, agent: AgentId, position: Position, event: &Event) -> bool {
        if position.n <= self.told.of(position.run) {
            return true;
        }
        self.told.advance(position);
        let changes = super::connect::changes_for(event, agent);
        changes.is_empty() || self.queue.push(AgentEvent::Changes { position, changes })
    }
}

impl VisitorSlot {
    /// Queues what the visitor is told; false if the connection is to be closed.
    fn tell(&mut self, key: &VisitorKey, event: &Event) -> bool {
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
            Event::Available { .. } => true,
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
