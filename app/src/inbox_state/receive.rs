//! What each event of the server changes.

use domain::{
    CommandId, ConversationId, Refusal, Timestamp,
    frame::agent::{AgentEvent, AgentRequest, Answer, Change, Cursor, Offer},
    message::{Author, Body, Message},
};

use super::{
    Effect, InboxState, Intent, Link, Notice, Reading, TYPING_HOLDS, Thread, outbox::Fate,
};
use crate::api::Failure;

impl InboxState {
    /// Takes an event. `now` is the browser's clock.
    pub fn receive(&mut self, event: AgentEvent, now: Timestamp) -> Vec<Effect> {
        match event {
            AgentEvent::Welcome {
                now: server,
                cursor,
                available,
                offers,
                changes,
            } => {
                let mut effects = Vec::new();
                for change in changes {
                    effects.extend(self.change(change));
                }
                effects.extend(self.welcome(server, now, cursor, available, offers));
                effects.extend(self.outbox.waiting());
                effects
            }
            AgentEvent::Resynchronise {
                now: server,
                cursor,
                available,
                offers,
            } => {
                self.stale = Some(self.cursor.clone());
                let mut effects = self.welcome(server, now, cursor, available, offers);
                effects.push(Effect::ReadAgain);
                effects.extend(self.outbox.waiting());
                effects
            }
            AgentEvent::Changes { position, changes } => {
                let mut effects = Vec::new();
                for change in changes {
                    effects.extend(self.change(change));
                }
                self.cursor.advance(position);
                effects
            }
            AgentEvent::Answer { id, result } => self.answer(id, result),
            AgentEvent::Typing {
                conversation,
                typing,
            } => {
                if typing {
                    self.typing.insert(conversation, now + TYPING_HOLDS);
                } else {
                    self.typing.remove(&conversation);
                }
                self.touched.typing = true;
                Vec::new()
            }
            AgentEvent::VisitorConnected {
                conversation,
                connected,
            } => {
                if self.rows.connected(conversation, connected) {
                    self.touched.rows.push(conversation);
                }
                Vec::new()
            }
            AgentEvent::Ping => vec![Effect::Send(AgentRequest::Pong)],
            AgentEvent::Refused(Refusal::SignedOut) => vec![Effect::SignedOut],
            AgentEvent::Refused(refusal) => vec![Effect::Tell(Notice::Failed(refusal))],
        }
    }

    fn welcome(
        &mut self,
        server: Timestamp,
        now: Timestamp,
        cursor: Cursor,
        available: bool,
        offers: Vec<Offer>,
    ) -> Vec<Effect> {
        let was = core::mem::replace(&mut self.link, Link::Up);
        self.ahead = server.0.saturating_sub(now.0);
        self.cursor = cursor;
        self.available = available;
        self.offers = offers;
        self.sort_offers();
        for thread in self.threads.values_mut() {
            // A mark that was under way when the connection broke may be lost.
            thread.told_read = 0;
        }
        self.touched.link = true;
        self.touched.available = true;
        if was == Link::Lost {
            self.unread_threads()
        } else {
            Vec::new()
        }
    }

    /// What could not be read without a connection, or may be stuck on a dead one, is read now.
    fn unread_threads(&self) -> Vec<Effect> {
        self.threads
            .iter()
            .filter(|(_, thread)| match thread.phase() {
                Reading::UnderWay => true,
                Reading::Failed => !thread.is_refused(),
                Reading::Never | Reading::Done => false,
            })
            .map(|(id, _)| Effect::ReadThread(*id))
            .collect()
    }

    fn change(&mut self, change: Change) -> Vec<Effect> {
        match change {
            Change::Row(row) => {
                let id = row.id;
                self.upsert(row);
                // What was not this agent's to see has become so.
                let refused = self.threads.get(&id).is_some_and(Thread::is_refused);
                refused
                    .then_some(Effect::ReadThread(id))
                    .into_iter()
                    .collect()
            }
            Change::Lost(id) => {
                self.rows.remove(id);
                if let Some(thread) = self.threads.get_mut(&id) {
                    *thread = Thread::default();
                    thread.failed(Failure::Refused(Refusal::NotFound));
                }
                self.typing.remove(&id);
                self.touched.lists = true;
                self.touched.rows.push(id);
                self.touch_thread(id);
                Vec::new()
            }
            Change::Messages {
                conversation,
                messages,
            } => self.messages(conversation, messages),
            Change::Offered(offer) => {
                self.offers
                    .retain(|known| known.conversation != offer.conversation);
                self.offers.push(offer);
                self.sort_offers();
                Vec::new()
            }
            Change::OfferGone(id) => {
                self.drop_offer(id);
                Vec::new()
            }
            Change::Visitor {
                conversation,
                visitor,
            } => {
                if let Some(thread) = self.threads.get_mut(&conversation) {
                    thread.visitor = Some(visitor);
                    self.touch_thread(conversation);
                }
                Vec::new()
            }
            Change::Available(available) => {
                self.available = available;
                self.touched.available = true;
                Vec::new()
            }
        }
    }

    fn messages(&mut self, id: ConversationId, messages: Vec<Message>) -> Vec<Effect> {
        let mut effects = self.committed(&messages);
        if messages
            .iter()
            .any(|message| message.author == Author::Visitor)
            && self.typing.remove(&id).is_some()
        {
            self.touched.typing = true;
        }
        if let Some(thread) = self.threads.get_mut(&id) {
            if !thread.add(messages) {
                effects.push(Effect::ReadThread(id));
            }
            self.touch_thread(id);
        }
        effects
    }

    fn drop_offer(&mut self, id: ConversationId) {
        self.offers.retain(|offer| offer.conversation != id);
        self.touched.offers = true;
    }

    fn answer(&mut self, id: CommandId, result: Result<Answer, Refusal>) -> Vec<Effect> {
        let Some(asked) = self.outbox.get(id).cloned() else {
            return Vec::new();
        };
        if result == Err(Refusal::SignedOut) {
            return vec![Effect::SignedOut];
        }
        match asked.intent {
            Intent::Message { conversation, text } => {
                self.touch_thread(conversation);
                match result {
                    Ok(Answer::Message { seq, at, .. }) => {
                        self.outbox.take(id);
                        if let Some(thread) = self.threads.get_mut(&conversation) {
                            thread.insert(Message {
                                seq,
                                at,
                                command: Some(id),
                                author: Author::Agent {
                                    id: self.me.id,
                                    name: self.me.name.to_string(),
                                },
                                body: Body::Text(text.to_string()),
                            });
                        }
                        vec![Effect::Forget(id)]
                    }
                    Ok(Answer::Done) => {
                        self.outbox.take(id);
                        vec![Effect::Forget(id)]
                    }
                    Err(refusal) => self
                        .outbox
                        .refuse(id, Fate::Refused(refusal))
                        .into_iter()
                        .map(Effect::Keep)
                        .collect(),
                }
            }
            Intent::Accept(conversation) => {
                self.outbox.take(id);
                self.drop_offer(conversation);
                vec![match result {
                    Ok(_) => Effect::Open(conversation),
                    Err(Refusal::NoLongerWaiting | Refusal::Ended | Refusal::NotFound) => {
                        Effect::Tell(Notice::NoLongerWaiting)
                    }
                    Err(refusal) => Effect::Tell(Notice::Failed(refusal)),
                }]
            }
            Intent::Decline(conversation) => {
                self.outbox.take(id);
                self.drop_offer(conversation);
                Vec::new()
            }
            Intent::End(conversation) => {
                self.outbox.take(id);
                self.touched.rows.push(conversation);
                match result {
                    // Ended already, by whomever: that is what was wanted.
                    Ok(_) | Err(Refusal::Ended) => Vec::new(),
                    Err(refusal) => vec![Effect::Tell(Notice::Failed(refusal))],
                }
            }
            Intent::SetAvailable(wanted) => {
                self.outbox.take(id);
                self.touched.available = true;
                match result {
                    Ok(_) => {
                        self.available = wanted;
                        Vec::new()
                    }
                    Err(refusal) => vec![Effect::Tell(Notice::Failed(refusal))],
                }
            }
        }
    }
}
