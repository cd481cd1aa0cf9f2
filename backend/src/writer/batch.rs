//! One commit: the rows that its tasks concern, what becomes of them, and the events of it.

use std::collections::HashMap;

use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp, VisitorId,
    conversation::{Audience, Conversation, State},
    frame::agent::Position,
    message::{Author, Body, Message, Seq, SystemMessage},
    offer::{Candidate, next_in_turn},
};

use super::{Done, Task, wants::Wants};
use crate::{
    directory::Directory,
    live::event::{ConversationChanged, Event},
    store::{
        self, Connection,
        command::Answered,
        event::Stored,
        message::Placed,
        turn::EVERYONE,
        visitor::{Known, VisitorKey},
    },
};

/// A conversation while it is being worked on.
pub struct Working {
    pub head: Conversation,
    /// Who could see it before.
    before: Audience,
    /// New messages.
    messages: Vec<Message>,
    changed: bool,
}

/// The agents who can be offered something, while turns are taken.
struct Pool {
    candidates: Vec<Candidate>,
    last: Option<AgentId>,
    moved: bool,
}

/// Everything that the tasks of one commit read and change.
pub struct Batch<'a> {
    pub directory: &'a Directory,
    pub run: i64,
    pub now: Timestamp,
    pub(super) chats: HashMap<ConversationId, Working>,
    pub(super) visitors: HashMap<VisitorId, Known>,
    pub(super) keys: HashMap<VisitorKey, VisitorId>,
    changed_visitors: Vec<VisitorId>,
    pool: Option<Pool>,
    answered: HashMap<CommandId, Answered>,
    placed: HashMap<CommandId, Placed>,
    new_answers: Vec<CommandId>,
    /// Messages after a mark, as stored: the agents' (true) or the visitor's.
    pub(super) unread: HashMap<(ConversationId, Seq, bool), u32>,
    pub(super) entering: Vec<uuid::Uuid>,
    pub(super) leaving: Vec<(uuid::Uuid, Timestamp)>,
    pub(super) switches: Vec<(AgentId, bool)>,
    pub(super) events: Vec<Event>,
    /// Who of those that leave this node is connected to another.
    pub(super) elsewhere: Vec<uuid::Uuid>,
}

impl<'a> Batch<'a> {
    /// Reads and locks what the tasks concern. Locks are taken in one order by all nodes: the
    /// turn, then conversations by id.
    pub async fn read(
        connection: &mut Connection,
        directory: &'a Directory,
        run: i64,
        now: Timestamp,
        tasks: &[&Task],
    ) -> Result<Self, sqlx::Error> {
        let mut wants = Wants::of(tasks);
        let turn = if wants.pool {
            Some(store::turn::lock(connection, EVERYONE).await?)
        } else {
            None
        };
        let known = if wants.keys.is_empty() {
            Vec::new()
        } else {
            store::visitor::find(connection, &wants.keys, &[], now).await?
        };
        let open_of: Vec<_> = known
            .iter()
            .filter(|known| wants.open_of.contains(&known.key))
            .map(|known| known.visitor.id)
            .collect();
        wants.conversations.extend(
            store::conversation::concerned(
                connection,
                &open_of,
                &wants.offered_to,
                &wants.active_of,
            )
            .await?,
        );
        wants.conversations.sort_unstable();
        wants.conversations.dedup();
        let heads = store::conversation::lock(connection, wants.conversations).await?;
        let visitors: Vec<_> = heads.iter().map(|head| head.visitor).collect();
        // Read again with the rest, now that their conversations are locked.
        let known = store::visitor::find(connection, &wants.keys, &visitors, now).await?;
        let mut batch = Self {
            directory,
            run,
            now,
            chats: heads
                .into_iter()
                .map(|head| (head.id, Working::existing(head)))
                .collect(),
            keys: known
                .iter()
                .map(|known| (known.key, known.visitor.id))
                .collect(),
            visitors: known
                .into_iter()
                .map(|known| (known.visitor.id, known))
                .collect(),
            changed_visitors: Vec::new(),
            pool: None,
            answered: HashMap::new(),
            placed: HashMap::new(),
            new_answers: Vec::new(),
            unread: HashMap::new(),
            entering: Vec::new(),
            leaving: Vec::new(),
            switches: Vec::new(),
            events: Vec::new(),
            elsewhere: Vec::new(),
        };
        let leave = batch.who_leave(tasks);
        batch.elsewhere = store::presence::elsewhere(connection, run, &leave, now).await?;
        if let Some(last) = turn {
            let candidates = store::agent::candidates(connection, now).await?;
            batch.pool = Some(Pool {
                candidates,
                last,
                moved: false,
            });
        }
        if !wants.messages.is_empty() {
            let placed = store::message::placed(connection, wants.messages).await?;
            batch.placed = placed
                .into_iter()
                .map(|placed| (placed.command, placed))
                .collect();
        }
        if !wants.commands.is_empty() {
            let answered = store::command::find(connection, wants.commands).await?;
            batch.answered = answered
                .into_iter()
                .map(|answered| (answered.command, answered))
                .collect();
        }
        for (conversation, up_to, by_agent) in wants.reads {
            let behind = batch
                .chats
                .get(&conversation)
                .is_some_and(|chat| up_to < chat.head.last);
            if behind {
                let count =
                    store::message::unread(connection, conversation, up_to, by_agent).await?;
                batch.unread.insert((conversation, up_to, by_agent), count);
            }
        }
        Ok(batch)
    }

    /// Decides one task.
    pub fn decide(&mut self, task: &Task) -> Result<Done, Refusal> {
        match task {
            Task::Visitor { who, id, command } => self.visitor_command(who, *id, command),
            Task::Agent { agent, id, command } => self.agent_command(*agent, *id, command),
            Task::VisitorRead {
                key,
                conversation,
                up_to,
            } => self.visitor_read(key, *conversation, *up_to),
            Task::AgentRead {
                agent,
                conversation,
                up_to,
            } => self.agent_read(*agent, *conversation, *up_to),
            Task::VisitorPage { key, page } => self.visitor_page(key, page),
            Task::VisitorPresence { key, connected, at } => {
                self.visitor_presence(key, *connected, *at)
            }
            Task::AgentPresence {
                agent,
                connected,
                at,
            } => self.agent_presence(*agent, *connected, *at),
            Task::Watch(conversation) => self.watch(*conversation),
        }
    }

    /// A conversation to be changed.
    pub(super) fn chat(&mut self, id: ConversationId) -> Result<&mut Working, Refusal> {
        self.chats.get_mut(&id).ok_or(Refusal::NotFound)
    }

    /// Takes in a new conversation.
    pub(super) fn insert(&mut self, head: Conversation) {
        let working = Working {
            head,
            before: Audience::Nobody,
            messages: Vec::new(),
            changed: true,
        };
        self.chats.insert(working.head.id, working);
    }

    /// Marks a visitor as changed.
    pub(super) fn visitor_changed(&mut self, id: VisitorId) {
        if !self.changed_visitors.contains(&id) {
            self.changed_visitors.push(id);
        }
    }

    /// Adds a message to a conversation.
    pub(super) fn append(
        &mut self,
        id: ConversationId,
        author: Author,
        body: Body,
        command: Option<CommandId>,
    ) -> Result<(Seq, Timestamp), Refusal> {
        let now = self.now;
        let chat = self.chat(id)?;
        let text = match &body {
            Body::Text(text) => Some(text.as_str()),
            Body::System(_) => None,
        };
        let seq = chat.head.append(&author, text, now);
        chat.messages.push(Message {
            seq,
            at: now,
            command,
            author,
            body,
        });
        chat.changed = true;
        Ok((seq, now))
    }

    /// Adds a system message.
    pub(super) fn announce(
        &mut self,
        id: ConversationId,
        message: SystemMessage,
    ) -> Result<(), Refusal> {
        self.append(id, Author::System, Body::System(message), None)
            .map(drop)
    }

    /// Finds the next agent for a waiting conversation, or lets it fall back.
    pub(super) fn pass_on(&mut self, id: ConversationId) -> Result<(), Refusal> {
        let (now, directory) = (self.now, self.directory);
        let wanted = self.chat(id)?.head.wants_agent();
        let next = wanted.and_then(|not| {
            let pool = self.pool.as_mut()?;
            let next = next_in_turn(&pool.candidates, pool.last, not)?;
            pool.last = Some(next);
            pool.moved = true;
            Some(next)
        });
        let chat = self.chat(id)?;
        let times = directory.times(chat.head.site);
        let before = chat.head.state.clone();
        chat.head.pass_on(next, times, now)?;
        chat.changed = true;
        let after = chat.head.state.clone();
        if let State::Offered { agent, .. } = before {
            self.count(agent, -1);
        }
        if let State::Offered { agent, .. } = after {
            self.count(agent, 1);
        }
        Ok(())
    }

    /// Keeps the pool's count of an agent's open conversations right within this commit.
    pub(super) fn count(&mut self, agent: AgentId, change: i32) {
        if let Some(candidate) = self.candidate(agent) {
            candidate.open = candidate.open.saturating_add_signed(change);
        }
    }

    /// An agent of the pool, if it was read.
    pub(super) fn candidate(&mut self, agent: AgentId) -> Option<&mut Candidate> {
        self.pool
            .as_mut()?
            .candidates
            .iter_mut()
            .find(|candidate| candidate.agent == agent)
    }

    /// The answer that a command got before, for its own actor alone.
    pub(super) fn answer_of<T: serde::de::DeserializeOwned>(
        &self,
        id: CommandId,
        actor: &[u8],
    ) -> Option<Result<T, Refusal>> {
        let answered = self.answered.get(&id)?;
        if answered.actor != actor {
            return Some(Err(Refusal::Forbidden));
        }
        Some(postcard::from_bytes(&answered.answer).map_err(|_| Refusal::Unavailable))
    }

    /// Keeps the answer of a command.
    pub(super) fn keep_answer<T: serde::Serialize>(
        &mut self,
        id: CommandId,
        actor: &[u8],
        answer: &T,
    ) {
        let answer = postcard::to_allocvec(answer).unwrap_or_default();
        self.answered.insert(
            id,
            Answered {
                command: id,
                actor: actor.to_vec(),
                answer,
            },
        );
        self.new_answers.push(id);
    }

    /// Where a message command ended up before.
    pub(super) fn placed(&self, id: CommandId) -> Option<&Placed> {
        self.placed.get(&id)
    }

    /// Remembers where a message command ended up, for a repetition within the same commit.
    pub(super) fn place(&mut self, placed: Placed) {
        self.placed.insert(placed.command, placed);
    }

    /// Writes everything that changed; returns the events, numbered after `n`.
    pub async fn write(
        mut self,
        connection: &mut Connection,
        n: i64,
    ) -> Result<Vec<(Position, Event)>, sqlx::Error> {
        for chat in self.chats.values_mut().filter(|chat| chat.changed) {
            chat.head.version = chat.head.version.saturating_add(1);
        }
        let mut changed: Vec<&Working> = self.chats.values().filter(|chat| chat.changed).collect();
        changed.sort_by_key(|chat| chat.head.id);
        let visitors: Vec<&Known> = self
            .changed_visitors
            .iter()
            .filter_map(|id| self.visitors.get(id))
            .collect();
        store::visitor::save(connection, &visitors).await?;
        let heads: Vec<_> = changed
            .iter()
            .map(|chat| {
                (
                    &chat.head,
                    chat.head.due_at(self.directory.times(chat.head.site)),
                )
            })
            .collect();
        store::conversation::save(connection, &heads).await?;
        let messages: Vec<_> = changed
            .iter()
            .flat_map(|chat| chat.messages.iter().map(|message| (chat.head.id, message)))
            .collect();
        store::message::add(connection, &messages).await?;
        let answers: Vec<_> = self
            .new_answers
            .iter()
            .filter_map(|id| self.answered.get(id))
            .cloned()
            .collect();
        store::command::add(connection, &answers, self.now).await?;
        for (agent, available) in &self.switches {
            store::agent::set_available(connection, *agent, *available).await?;
        }
        store::presence::enter(connection, self.run, &self.entering).await?;
        for (subject, at) in &self.leaving {
            store::presence::leave(connection, self.run, &[*subject], *at).await?;
        }
        if let Some(pool) = self.pool.as_ref().filter(|pool| pool.moved) {
            store::turn::save(connection, EVERYONE, pool.last).await?;
        }
        let mut events = Vec::with_capacity(changed.len() + self.events.len());
        for chat in &changed {
            events.push(self.event(connection, chat).await?);
        }
        events.extend(self.events.iter().cloned());
        self.store_events(connection, n, events).await
    }

    async fn store_events(
        &self,
        connection: &mut Connection,
        n: i64,
        events: Vec<Event>,
    ) -> Result<Vec<(Position, Event)>, sqlx::Error> {
        let numbered: Vec<_> = (n + 1..)
            .zip(events)
            .map(|(n, event)| (Position { run: self.run, n }, event))
            .collect();
        let stored: Vec<_> = numbered
            .iter()
            .map(|(position, event)| Stored {
                position: *position,
                payload: postcard::to_allocvec(event).unwrap_or_default(),
            })
            .collect();
        store::event::add(connection, &stored, self.now).await?;
        Ok(numbered)
    }

    async fn event(
        &self,
        connection: &mut Connection,
        chat: &Working,
    ) -> Result<Event, sqlx::Error> {
        let head = &chat.head;
        let known = self.visitors.get(&head.visitor);
        // Whoever has just got a conversation is given all of it.
        let gained = head
            .agent()
            .is_some_and(|agent| head.audience().lists(agent) && !chat.before.lists(agent));
        let messages = if gained {
            store::message::after(connection, head.id, 0, i64::MAX).await?
        } else {
            chat.messages.clone()
        };
        let visitor = known.map(|known| &known.visitor);
        let told = gained || self.changed_visitors.contains(&head.visitor);
        Ok(Event::Conversation(Box::new(ConversationChanged {
            before: chat.before,
            conversation: head.clone(),
            messages,
            key: known.map_or([0; 32], |known| known.key),
            visitor: visitor
                .and_then(|visitor| visitor.label())
                .map(str::to_owned),
            page: visitor
                .map(|visitor| visitor.page.label().to_owned())
                .unwrap_or_default(),
            visitor_connected: known.is_some_and(|known| known.connected),
            agent_name: head
                .agent()
                .and_then(|agent| self.directory.agent_name(agent))
                .map(str::to_owned),
            closes_at: head.closes_at(self.directory.times(head.site)),
            profile: visitor.filter(|_| told).cloned(),
        })))
    }
}

impl Working {
    fn existing(head: Conversation) -> Self {
        Self {
            before: head.audience(),
            head,
            messages: Vec::new(),
            changed: false,
        }
    }

    /// Marks it as changed.
    pub fn touch(&mut self) {
        self.changed = true;
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
