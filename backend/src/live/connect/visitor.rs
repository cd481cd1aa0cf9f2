//! A visitor's connection: what its client missed, and then everything new.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use domain::{
    ConversationId, Refusal, SiteId,
    conversation::State,
    frame::visitor::{Chat, Known, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest},
    message::Seq,
};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{self, Receiver};

use super::{answered, refused};
use crate::{
    Casella, Error, Outgoing,
    bound::Source,
    live::{event::chat, hub::ConnectionId, outgoing::Queue, weight::Weight},
    sign_in::readable_user_agent,
    store::{self, Connection, message::Portion, visitor::VisitorKey},
    writer::{Done, Origin, Task, VisitorSelf},
};

/// How many of a visitor's meetings a chat is given: the last.
const MEETINGS: i64 = 50;

/// The key under which a token is known on a site: the token itself is not kept.
pub fn visitor_key(site: SiteId, token: &[u8; 32]) -> VisitorKey {
    Sha256::new()
        .chain_update(site.0.as_bytes())
        .chain_update(token)
        .finalize()
        .into()
}

/// The sending end of a visitor's connection.
pub struct VisitorConnection {
    casella: Arc<Casella>,
    id: ConnectionId,
    who: Arc<VisitorSelf>,
    queue: Queue<VisitorEvent>,
}

impl VisitorConnection {
    /// Takes a frame from the client, in order. Returns at once; answers come as events.
    /// Dropping the connection tells the product that it is closed.
    pub fn request(&mut self, request: VisitorRequest) {
        let writer = &self.casella.writer;
        let key = self.who.key;
        let origin = Origin::Address(self.who.from);
        match request {
            VisitorRequest::Hello(_) => {
                self.queue.push(VisitorEvent::Refused(Refusal::Malformed));
            }
            VisitorRequest::Pong => {}
            VisitorRequest::Command { id, command } => {
                if matches!(command, VisitorCommand::Book { .. })
                    && let Err(refusal) = self.casella.bookings.take(&self.who.from)
                {
                    let result = Err(refusal);
                    self.queue.push(VisitorEvent::Answer { id, result });
                    return;
                }
                let (queue, clock) = (self.queue.clone(), self.casella.clock.clone());
                let task = Task::Visitor {
                    who: Arc::clone(&self.who),
                    id,
                    command,
                };
                writer.submit(origin, task, move |outcome| {
                    let answer = |done| match done {
                        Done::Visitor(answer) => Some(answer),
                        Done::Agent(_) | Done::Silently => None,
                    };
                    let event = |result| VisitorEvent::Answer { id, result };
                    answered(&queue, &clock, outcome, answer, event);
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
                let refused = refused(&self.queue, &self.casella.clock, VisitorEvent::Refused);
                writer.submit(origin, task, refused);
            }
            VisitorRequest::Slots { card, from } => {
                let (casella, queue) = (Arc::clone(&self.casella), self.queue.clone());
                tokio::spawn(async move {
                    match casella.slots_of_card(&key, card, from).await {
                        Ok((free, asks_email)) => queue.push(VisitorEvent::Slots {
                            card,
                            from,
                            length: free.length,
                            slots: free.slots,
                            next: free.next,
                            asks_email,
                        }),
                        // The client asks again when it needs them.
                        Err(error) => {
                            tracing::warn!(%error, "free slots could not be read");
                            true
                        }
                    }
                });
            }
            VisitorRequest::Page(page) => {
                Arc::make_mut(&mut self.who).page = page.limited();
                let task = Task::VisitorPage {
                    key,
                    page: self.who.page.clone(),
                    zone: None,
                };
                let refused = refused(&self.queue, &self.casella.clock, VisitorEvent::Refused);
                writer.submit(origin, task, refused);
            }
        }
    }
}

impl Drop for VisitorConnection {
    fn drop(&mut self) {
        if self.casella.hub.remove_visitor(&self.who.key, self.id) {
            self.casella.visitor_left(self.who.key, self.who.from);
        }
    }
}

impl Casella {
    /// Takes a visitor's connection after its `Hello`. Its origin was checked by the caller; `from`
    /// is where it comes from.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown site; [`Refusal::Forbidden`] for an identity that does
    /// not hold; [`Refusal::TooMany`] if too much waits of what comes from there.
    pub async fn connect_visitor(
        self: &Arc<Self>,
        hello: VisitorHello,
        user_agent: &str,
        from: Source,
    ) -> Result<(VisitorConnection, Outgoing<VisitorEvent>), Error> {
        let site = self.site(&hello.site).await?.ok_or(Refusal::NotFound)?;
        let identity = hello.identity.as_deref();
        let (key, vouched) = self.visitor_of(site.id, &hello.token, identity).await?;
        let (queue, outgoing) = Queue::new();
        let answers = queue.clone();
        let (id, first) = self.hub.add_visitor(key, queue);
        let connection = VisitorConnection {
            casella: Arc::clone(self),
            id,
            who: Arc::new(VisitorSelf {
                key,
                from,
                site: site.id,
                language: hello.language.tag(),
                user_agent: readable_user_agent(user_agent).into(),
                zone: domain::visitor::zone(&hello.zone).into(),
                page: hello.page.limited(),
                vouched: vouched.clone(),
            }),
            queue: answers,
        };
        let available = self.somebody_is_available(site.id).await?;
        let (backlog, sent) = self.visitor_backlog(&key, &hello.known, available).await?;
        if !sent.is_empty() {
            let origin = Origin::Address(from);
            if let Some(vouched) = vouched {
                self.writer.leave(origin, Task::Vouched { key, vouched })?;
            }
            if first {
                let at = self.clock.now();
                self.writer.leave(
                    origin,
                    Task::VisitorPresence {
                        key,
                        connected: true,
                        at,
                    },
                )?;
            }
            self.writer.leave(
                origin,
                Task::VisitorPage {
                    key,
                    page: connection.who.page.clone(),
                    zone: Some(Arc::clone(&connection.who.zone)),
                },
            )?;
        }
        self.hub.visitor_ready(&key, id, sent);
        let outgoing = outgoing.with_backlog(backlog.frames);
        let outgoing = if backlog.missed.is_empty() {
            outgoing
        } else {
            outgoing.with_later(self.read_later(backlog.missed))
        };
        Ok((connection, outgoing))
    }

    /// What the visitor's client missed, and the last message of each conversation that it has
    /// once it has taken that. What does not fit into the first frames is read later.
    async fn visitor_backlog(
        &self,
        key: &VisitorKey,
        known: &[Known],
        available: bool,
    ) -> Result<(Backlog, HashMap<ConversationId, Seq>), Error> {
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let visitor = store::visitor::of_key(&mut connection, key, now).await?;
        let Some(visitor) = visitor else {
            let frames = vec![VisitorEvent::Welcome {
                now,
                chats: Vec::new(),
                available,
            }];
            let missed = VecDeque::new();
            return Ok((Backlog { frames, missed }, HashMap::new()));
        };
        let directory = self.directory.get();
        let heads = store::conversation::of_visitor(&mut connection, visitor.visitor.id).await?;
        let (mut chats, mut frames, mut sent) = (Vec::new(), Vec::new(), HashMap::new());
        let mut missed = VecDeque::new();
        for head in heads {
            let card = head.agent().and_then(|agent| directory.card(agent));
            let chat = chat(&head, card, head.closes_at(directory.times(head.site)));
            let have = known
                .iter()
                .find(|known| known.conversation == head.id)
                .map_or(0, |known| known.last);
            sent.insert(head.id, head.last.max(have));
            if have < head.last {
                missed.push_back(Missed {
                    chat: chat.clone(),
                    after: have,
                });
            }
            if let State::Active { agent, .. } = &head.state {
                let connected = store::standing::connected(&mut connection, *agent, now).await?;
                frames.push(VisitorEvent::AgentConnected {
                    conversation: head.id,
                    connected,
                });
            }
            chats.push(chat);
        }
        let welcome = VisitorEvent::Welcome {
            now,
            chats,
            available,
        };
        frames.insert(0, welcome);
        let meetings =
            store::meeting::of_visitor(&mut connection, visitor.visitor.id, MEETINGS).await?;
        let meetings: Vec<_> = meetings
            .into_iter()
            .filter_map(|stored| {
                let agent = directory.card(stored.agent)?;
                Some(stored.card(agent, &self.addresses))
            })
            .collect();
        if !meetings.is_empty() {
            frames.push(VisitorEvent::Meetings { meetings });
        }
        // An ordinary client has missed so little that nothing is left to read later.
        let mut read = 0;
        while read < Portion::PIECE.bytes
            && let Some(frame) = self.read_missed(&mut connection, &mut missed).await?
        {
            read = read.saturating_add(frame.weight());
            frames.push(frame);
        }
        Ok((Backlog { frames, missed }, sent))
    }

    /// The next messages that a client missed; none: it has all.
    async fn read_missed(
        &self,
        connection: &mut Connection,
        missed: &mut VecDeque<Missed>,
    ) -> Result<Option<VisitorEvent>, Error> {
        while let Some(Missed { chat, after }) = missed.front_mut() {
            let portion = Portion::PIECE;
            let mut messages =
                store::message::after(connection, &self.addresses, chat.id, *after, portion)
                    .await?;
            // What came since is told as it came.
            messages.retain(|message| message.seq <= chat.last);
            let Some(last) = messages.last() else {
                missed.pop_front();
                continue;
            };
            *after = last.seq;
            let chat = chat.clone();
            if *after >= chat.last {
                missed.pop_front();
            }
            return Ok(Some(VisitorEvent::Chat { chat, messages }));
        }
        Ok(None)
    }

    /// Reads what a client missed, piece by piece, as it takes them: a client that takes nothing
    /// holds one piece, and no connection to the store.
    fn read_later(
        self: &Arc<Self>,
        mut missed: VecDeque<Missed>,
    ) -> Receiver<Option<VisitorEvent>> {
        let (tell, later) = mpsc::channel(1);
        let casella = Arc::clone(self);
        tokio::spawn(async move {
            // A place first: nothing is read for a client that has not taken what was.
            while let Ok(place) = tell.reserve().await {
                let read = async {
                    let mut connection = casella.store.reader().await?;
                    casella.read_missed(&mut connection, &mut missed).await
                };
                match read.await {
                    Ok(Some(frame)) => place.send(Some(frame)),
                    Ok(None) => return place.send(None),
                    Err(error) => {
                        tracing::warn!(%error, "what a visitor missed could not be read");
                        return;
                    }
                }
            }
        });
        later
    }
}

/// What a client missed.
struct Backlog {
    frames: Vec<VisitorEvent>,
    /// What is still to be read.
    missed: VecDeque<Missed>,
}

/// Messages that a client missed: those after one, up to the last that the head names.
struct Missed {
    chat: Chat,
    after: Seq,
}
