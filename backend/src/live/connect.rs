//! A client's connection: what it missed, and then everything new.

use std::{collections::HashMap, sync::Arc};

use domain::{
    AgentId, ConversationId, Refusal, Timestamp,
    conversation::State,
    frame::{
        agent::{AgentEvent, AgentRequest, Change, Cursor},
        visitor::{Known, VisitorEvent, VisitorHello, VisitorRequest},
    },
    message::Seq,
};
use sha2::{Digest, Sha256};

use super::{
    event::{Event, RowParts, chat},
    hub::ConnectionId,
    outgoing::{Outgoing, Queue},
};
use crate::{
    Casella, Error, SignedIn,
    store::{self, Connection, list::Listed, visitor::VisitorKey},
    writer::{Done, Task, VisitorSelf},
};

/// How many changes an agent's client may have missed and still be sent them one by one.
const MISSED: usize = 1_000;

/// How many of a visitor's conversations a chat is given: the newest.
const CHATS: usize = 20;

/// How many messages a frame of the backlog carries.
const CHUNK: usize = 100;

/// What an event changes for an agent.
pub fn changes_for(event: &Event, agent: AgentId) -> Vec<Change> {
    match event {
        Event::Conversation(changed) => changed.changes_for(agent),
        Event::Available {
            agent: whose,
            available,
        } if *whose == agent => vec![Change::Available(*available)],
        Event::Available { .. } | Event::AgentConnected { .. } => Vec::new(),
    }
}

/// The key under which a token is known on a site: the token itself is not kept.
pub fn visitor_key(site: domain::SiteId, token: &[u8; 32]) -> VisitorKey {
    Sha256::new()
        .chain_update(site.0.as_bytes())
        .chain_update(token)
        .finalize()
        .into()
}

impl Listed {
    fn parts(&self, closes_at: Option<Timestamp>) -> RowParts<'_> {
        RowParts {
            conversation: &self.conversation,
            visitor: self.visitor.clone(),
            page: self.page.clone(),
            agent_name: self.agent.clone(),
            visitor_connected: self.visitor_connected,
            closes_at,
        }
    }
}

/// The sending end of a visitor's connection.
pub struct VisitorConnection {
    casella: Arc<Casella>,
    id: ConnectionId,
    who: VisitorSelf,
    queue: Queue<VisitorEvent>,
}

impl VisitorConnection {
    /// Takes a frame from the client, in order. Returns at once; answers come as events.
    /// Dropping the connection tells the product that it is closed.
    pub fn request(&mut self, request: VisitorRequest) {
        let writer = &self.casella.writer;
        let key = self.who.key;
        match request {
            VisitorRequest::Hello(_) => {
                self.queue.push(VisitorEvent::Refused(Refusal::Malformed));
            }
            VisitorRequest::Pong => {}
            VisitorRequest::Command { id, command } => {
                let queue = self.queue.clone();
                let task = Task::Visitor {
                    who: self.who.clone(),
                    id,
                    command,
                };
                writer.submit(task, move |outcome| {
                    let result = outcome.and_then(|done| match done {
                        Done::Visitor(answer) => Ok(answer),
                        Done::Agent(_) | Done::Silently => Err(Refusal::Unavailable),
                    });
                    queue.push(VisitorEvent::Answer { id, result });
                });
            }
            VisitorRequest::Typing {
                conversation,
                typing,
            } => {
                self.casella.hub.visitor_types(&key, conversation, typing);
            }
            VisitorRequest::Read {
                conversation,
                up_to,
            } => {
                let task = Task::VisitorRead {
                    key,
                    conversation,
                    up_to,
                };
                writer.submit(task, refused(&self.queue, VisitorEvent::Refused));
            }
            VisitorRequest::Page(page) => {
                self.who.page = page.limited();
                let task = Task::VisitorPage {
                    key,
                    page: self.who.page.clone(),
                };
                writer.submit(task, refused(&self.queue, VisitorEvent::Refused));
            }
        }
    }
}

impl Drop for VisitorConnection {
    fn drop(&mut self) {
        if self.casella.hub.remove_visitor(&self.who.key, self.id) {
            self.casella.visitor_left(self.who.key);
        }
    }
}

/// The sending end of an agent's connection.
pub struct AgentConnection {
    casella: Arc<Casella>,
    id: ConnectionId,
    agent: AgentId,
    queue: Queue<AgentEvent>,
}

impl AgentConnection {
    /// Takes a frame from the client, in order. Returns at once; answers come as events.
    /// Dropping the connection tells the product that it is closed.
    pub fn request(&mut self, request: AgentRequest) {
        let writer = &self.casella.writer;
        let agent = self.agent;
        match request {
            AgentRequest::Hello { .. } => {
                self.queue.push(AgentEvent::Refused(Refusal::Malformed));
            }
            AgentRequest::Pong => {}
            AgentRequest::Command { id, command } => {
                let queue = self.queue.clone();
                writer.submit(Task::Agent { agent, id, command }, move |outcome| {
                    let result = outcome.and_then(|done| match done {
                        Done::Agent(answer) => Ok(answer),
                        Done::Visitor(_) | Done::Silently => Err(Refusal::Unavailable),
                    });
                    queue.push(AgentEvent::Answer { id, result });
                });
            }
            AgentRequest::Typing {
                conversation,
                typing,
            } => {
                self.casella.hub.agent_types(agent, conversation, typing);
            }
            AgentRequest::Read {
                conversation,
                up_to,
            } => {
                let task = Task::AgentRead {
                    agent,
                    conversation,
                    up_to,
                };
                writer.submit(task, refused(&self.queue, AgentEvent::Refused));
            }
        }
    }
}

impl Drop for AgentConnection {
    fn drop(&mut self) {
        if self.casella.hub.remove_agent(self.agent, self.id) {
            self.casella.agent_left(self.agent);
        }
    }
}

/// Tells the client of a refusal of something that has no answer of its own. A mark that comes
/// after the end is no mistake of the client's.
fn refused<E: Send + 'static>(
    queue: &Queue<E>,
    event: fn(Refusal) -> E,
) -> impl FnOnce(Result<Done, Refusal>) + Send + 'static {
    let queue = queue.clone();
    move |outcome| {
        if let Err(refusal) = outcome
            && refusal != Refusal::Ended
        {
            queue.push(event(refusal));
        }
    }
}

impl Casella {
    /// Takes a visitor's connection after its `Hello`. Its origin was checked by the caller.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown site.
    pub async fn connect_visitor(
        self: &Arc<Self>,
        hello: VisitorHello,
        user_agent: &str,
    ) -> Result<(VisitorConnection, Outgoing<VisitorEvent>), Error> {
        let site = self.site(&hello.site).await?.ok_or(Refusal::NotFound)?;
        let key = visitor_key(site.id, &hello.token);
        let (queue, outgoing) = Queue::new();
        let answers = queue.clone();
        let (id, first) = self.hub.add_visitor(key, queue);
        let connection = VisitorConnection {
            casella: Arc::clone(self),
            id,
            who: VisitorSelf {
                key,
                site: site.id,
                language: hello.language.tag(),
                user_agent: user_agent
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(300)
                    .collect::<String>()
                    .into(),
                page: hello.page.limited(),
            },
            queue: answers,
        };
        let (backlog, sent) = self.visitor_backlog(&key, &hello.known).await?;
        if !sent.is_empty() {
            if first {
                let at = self.clock.now();
                self.writer.submit(
                    Task::VisitorPresence {
                        key,
                        connected: true,
                        at,
                    },
                    drop,
                );
            }
            self.writer.submit(
                Task::VisitorPage {
                    key,
                    page: connection.who.page.clone(),
                },
                drop,
            );
        }
        self.hub.visitor_ready(&key, id, sent);
        Ok((connection, outgoing.with_backlog(backlog)))
    }

    async fn visitor_backlog(
        &self,
        key: &VisitorKey,
        known: &[Known],
    ) -> Result<(Vec<VisitorEvent>, HashMap<ConversationId, Seq>), Error> {
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let visitor = store::visitor::find(&mut connection, &[*key], &[], now)
            .await?
            .pop();
        let Some(visitor) = visitor else {
            return Ok((
                vec![VisitorEvent::Welcome {
                    now,
                    chats: Vec::new(),
                }],
                HashMap::new(),
            ));
        };
        let directory = self.directory.get();
        let mut heads =
            store::conversation::of_visitor(&mut connection, visitor.visitor.id).await?;
        heads.drain(..heads.len().saturating_sub(CHATS));
        let (mut chats, mut frames, mut sent) = (Vec::new(), Vec::new(), HashMap::new());
        for head in heads {
            let name = head
                .agent()
                .and_then(|agent| directory.agent_name(agent))
                .map(str::to_owned);
            let chat = chat(&head, name, head.closes_at(directory.times(head.site)));
            let have = known
                .iter()
                .find(|known| known.conversation == head.id)
                .map_or(0, |known| known.last);
            let messages = store::message::after(&mut connection, head.id, have, i64::MAX).await?;
            sent.insert(
                head.id,
                messages
                    .last()
                    .map_or(head.last.max(have), |message| message.seq),
            );
            for messages in messages.chunks(CHUNK) {
                frames.push(VisitorEvent::Chat {
                    chat: chat.clone(),
                    messages: messages.to_vec(),
                });
            }
            if let State::Active { agent, .. } = &head.state {
                let candidates = store::agent::candidates(&mut connection, now).await?;
                let connected = candidates
                    .iter()
                    .any(|one| one.agent == *agent && one.reachable);
                frames.push(VisitorEvent::AgentConnected {
                    conversation: head.id,
                    connected,
                });
            }
            chats.push(chat);
        }
        frames.insert(0, VisitorEvent::Welcome { now, chats });
        Ok((frames, sent))
    }

    /// Takes an agent's connection after its `Hello`.
    ///
    /// # Errors
    /// [`Error::Store`] if the store does not answer.
    pub async fn connect_agent(
        self: &Arc<Self>,
        who: &SignedIn,
        cursor: Cursor,
    ) -> Result<(AgentConnection, Outgoing<AgentEvent>), Error> {
        let agent = who.agent.id;
        let (queue, outgoing) = Queue::new();
        let answers = queue.clone();
        let (id, first) = self.hub.add_agent(agent, who.session, queue);
        let connection = AgentConnection {
            casella: Arc::clone(self),
            id,
            agent,
            queue: answers,
        };
        if first {
            let at = self.clock.now();
            self.writer.submit(
                Task::AgentPresence {
                    agent,
                    connected: true,
                    at,
                },
                drop,
            );
        }
        let mut reader = self.store.reader().await?;
        let (welcome, end) = self.agent_backlog(&mut reader, agent, &cursor).await?;
        self.hub.agent_ready(agent, id, &end);
        Ok((connection, outgoing.with_backlog([welcome])))
    }

    async fn agent_backlog(
        &self,
        connection: &mut Connection,
        agent: AgentId,
        cursor: &Cursor,
    ) -> Result<(AgentEvent, Cursor), Error> {
        let now = self.clock.now();
        let end = store::event::end(connection).await?;
        let limit = i64::try_from(MISSED + 1).unwrap_or(i64::MAX);
        let available = store::agent::by_id(connection, agent)
            .await?
            .is_some_and(|agent| agent.available);
        let offers = self.offers(connection, agent).await?;
        // A client without a cursor has nothing; one whose changes were removed cannot be given them.
        let missed = if !cursor.0.is_empty() && store::event::reaches(connection, cursor).await? {
            store::event::after(connection, cursor, None, limit).await?
        } else {
            Vec::new()
        };
        let lost = end
            .0
            .iter()
            .any(|position| position.n > cursor.of(position.run))
            && missed.is_empty();
        if lost || missed.len() > MISSED {
            return Ok((
                AgentEvent::Resynchronise {
                    now,
                    cursor: end.clone(),
                    available,
                    offers,
                },
                end,
            ));
        }
        let reached = missed.iter().fold(end, |mut cursor, stored| {
            cursor.advance(stored.position);
            cursor
        });
        let changes = missed
            .iter()
            .filter_map(|stored| postcard::from_bytes::<Event>(&stored.payload).ok())
            .flat_map(|event| changes_for(&event, agent))
            .collect();
        Ok((
            AgentEvent::Welcome {
                now,
                cursor: reached.clone(),
                available,
                offers,
                changes,
            },
            reached,
        ))
    }

    /// What is held out to an agent, the most urgent first.
    pub(crate) async fn offers(
        &self,
        connection: &mut Connection,
        agent: AgentId,
    ) -> Result<Vec<domain::frame::agent::Offer>, Error> {
        let offered = store::list::offered(connection, agent, self.clock.now()).await?;
        Ok(offered
            .iter()
            .filter_map(|listed| listed.parts(None).offer())
            .collect())
    }

    /// A listed conversation as a row.
    pub(crate) fn row(&self, listed: &Listed, agent: AgentId) -> domain::frame::agent::Row {
        let times = self.directory.get().times(listed.conversation.site);
        listed
            .parts(listed.conversation.closes_at(times))
            .row(agent)
    }
}
