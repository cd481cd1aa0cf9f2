//! This node's connections.

mod agent;
mod visitor;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    AgentId, ConversationId, SessionId,
    conversation::State,
    frame::{
        agent::{AgentEvent, Cursor, Position},
        visitor::VisitorEvent,
    },
    message::Seq,
    permission::Viewer,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    event::{ConversationChanged, Event, watches_agents},
    outgoing::{Closed, Queue},
    weight::Weight,
};
use crate::store::visitor::VisitorKey;
use agent::{AgentSlot, Agents};
use visitor::VisitorSlot;

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

/// How many events wait at most for a connection whose backlog is being read. Connections share
/// them.
const WAITING: usize = 4_096;

/// Keeps an event for a connection whose backlog is being read; false if the connection is to be
/// closed, since too many wait.
fn wait<E: Weight>(
    waiting: &mut Waiting,
    position: Position,
    event: &Arc<Event>,
    queue: &Queue<E>,
) -> bool {
    if waiting.len() >= WAITING {
        queue.close(Closed::Resume);
        return false;
    }
    waiting.push((position, Arc::clone(event)));
    true
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
    agents: Mutex<Agents>,
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

    /// Registers an agent's connection; events wait until [`Hub::agent_ready`].
    pub fn add_agent(
        &self,
        viewer: Viewer,
        session: SessionId,
        queue: Queue<AgentEvent>,
    ) -> ConnectionId {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut agents = lock(&self.agents);
        if viewer.sees_everyone() || watches_agents(viewer) {
            agents.overseers.insert(viewer.agent);
        }
        agents.slots.entry(viewer.agent).or_default().insert(
            id,
            AgentSlot {
                viewer,
                session,
                queue,
                waiting: Some(Vec::new()),
                pending: None,
                told: Cursor::default(),
            },
        );
        id
    }

    /// Sends what came since the backlog was read, and everything from now on.
    pub fn agent_ready(&self, agent: AgentId, id: ConnectionId, cursor: &Cursor) {
        let mut agents = lock(&self.agents);
        let Some(slot) = agents
            .slots
            .get_mut(&agent)
            .and_then(|slots| slots.get_mut(&id))
        else {
            return;
        };
        slot.told = cursor.clone();
        for (position, event) in slot.waiting.take().unwrap_or_default() {
            slot.tell(position, &event);
        }
        slot.flush();
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
        let mut agents = lock(&self.agents);
        let last = remove(&mut agents.slots, &agent, id);
        if last {
            agents.overseers.remove(&agent);
        }
        last
    }

    /// Forgets a visitor's connection; tells whether it was the last on this node.
    pub fn remove_visitor(&self, key: &VisitorKey, id: ConnectionId) -> bool {
        remove(&mut lock(&self.visitors), key, id)
    }

    /// Whether the agent is connected to this node.
    pub fn has_agent(&self, agent: AgentId) -> bool {
        lock(&self.agents)
            .slots
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
            .slots
            .values()
            .flat_map(HashMap::values)
            .map(|slot| slot.session)
            .collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// Closes the connections of sessions that have ended; returns whose last connection to this
    /// node went.
    pub fn close_sessions(&self, ended: impl Fn(SessionId) -> bool) -> Vec<AgentId> {
        let mut agents = lock(&self.agents);
        for slots in agents.slots.values_mut() {
            slots.retain(|_, slot| {
                let keep = !ended(slot.session);
                if !keep {
                    slot.queue.close(Closed::SignedOut);
                }
                keep
            });
        }
        let gone: Vec<_> = agents
            .slots
            .iter()
            .filter(|(_, slots)| slots.is_empty())
            .map(|(agent, _)| *agent)
            .collect();
        for agent in &gone {
            agents.slots.remove(agent);
            agents.overseers.remove(agent);
        }
        gone
    }

    /// Closes an agent's connections, whose sessions have ended.
    pub fn close_agent(&self, agent: AgentId) {
        let mut agents = lock(&self.agents);
        agents.overseers.remove(&agent);
        for slot in agents.slots.remove(&agent).into_iter().flatten() {
            slot.1.queue.close(Closed::SignedOut);
        }
    }

    /// Closes all connections; clients connect again, to another node or after the restart.
    pub fn close_all(&self) {
        for slot in lock(&self.agents)
            .slots
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
        let agents = lock(&self.agents).slots.values().map(HashMap::len).sum();
        let visitors = lock(&self.visitors).values().map(HashMap::len).sum();
        (agents, visitors)
    }

    /// Tells everybody whom committed events concern. Events of one conversation come in order;
    /// what one agent's connection is told of them comes in few frames, since a commit may concern
    /// hundreds of conversations that a supervisor sees. Agents hear first: of all frames of a
    /// commit, the visitors' can wait for a moment, an offer cannot.
    pub fn deliver(&self, events: Vec<(Position, Event)>) {
        if events.is_empty() {
            return;
        }
        if events.iter().any(|(_, event)| *event == Event::Unreadable) {
            // Whom it concerns is not known. Whoever connects again is given what is stored.
            self.close_all();
        }
        let events: Vec<_> = events
            .into_iter()
            .map(|(position, event)| (position, Arc::new(event)))
            .collect();
        for (_, event) in &events {
            if let Event::Conversation(changed) = &**event {
                self.remember(changed);
            }
        }
        let mut agents = lock(&self.agents);
        for (position, event) in &events {
            agents.hear(*position, event);
        }
        agents.flush();
        drop(agents);
        for (position, event) in &events {
            match &**event {
                Event::Conversation(changed) if !changed.quiet => {
                    self.tell_visitors(&changed.key, *position, event);
                }
                Event::AgentConnected { chats, .. } => {
                    for (key, _) in chats {
                        self.tell_visitors(key, *position, event);
                    }
                }
                Event::Meeting(changed) => self.tell_visitors(&changed.key, *position, event),
                Event::CardWithdrawn { key, .. } => self.tell_visitors(key, *position, event),
                Event::Conversation(_)
                | Event::Availability { .. }
                | Event::Agents
                | Event::CalendarTrouble { .. }
                | Event::Unreadable => {}
            }
        }
    }

    fn tell_visitors(&self, key: &VisitorKey, position: Position, event: &Arc<Event>) {
        if let Some(slots) = lock(&self.visitors).get_mut(key) {
            slots.retain(|_, slot| match &mut slot.waiting {
                Some(waiting) => wait(waiting, position, event, &slot.queue),
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
            _ => {
                routes.remove(&changed.conversation.id);
            }
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
                    .slots
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
