//! What each event of the server changes.

use std::sync::Arc;

use domain::{
    ConversationId, Refusal, Timestamp,
    availability::Availability,
    frame::agent::{AgentEvent, AgentRequest, Change, Cursor, Offer},
    message::{Author, Body, Message, SystemMessage},
    permission::Stand,
};

use super::{
    Alert, Effect, InboxState, Link, News, Notice, Reading, TYPING_HOLDS, Thread, rows::stand,
};
use crate::api::Failure;

impl InboxState {
    /// Takes an event. `now` is the browser's clock.
    pub fn receive(&mut self, event: AgentEvent, now: Timestamp) -> Vec<Effect> {
        match event {
            AgentEvent::Welcome {
                now: server,
                cursor,
                availability,
                offers,
                changes,
            } => {
                let known = self.offered();
                let mut effects = Vec::new();
                for change in changes {
                    effects.extend(self.change(change));
                }
                // What was held out meanwhile may be gone again.
                effects.retain(|effect| !matches!(effect, Effect::Alert(Alert::Offer { .. })));
                effects.extend(self.welcome(server, now, cursor, availability, offers));
                effects.extend(self.alerts(&known));
                effects.extend(self.outbox.waiting());
                effects.extend(self.outbox.uploads());
                effects
            }
            AgentEvent::Resynchronise {
                now: server,
                cursor,
                availability,
                offers,
            } => {
                self.stale = Some(self.cursor.clone());
                let known = self.offered();
                let mut effects = self.welcome(server, now, cursor, availability, offers);
                effects.push(Effect::ReadAgain);
                effects.extend(self.alerts(&known));
                effects.extend(self.outbox.waiting());
                effects.extend(self.outbox.uploads());
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
        availability: Availability,
        offers: Vec<Offer>,
    ) -> Vec<Effect> {
        let was = core::mem::replace(&mut self.link, Link::Up);
        self.ahead = server.0.saturating_sub(now.0);
        self.cursor = cursor;
        self.availability = availability;
        self.offers = offers;
        self.sort_offers();
        for thread in self.threads.values_mut() {
            // A mark that was under way when the connection broke may be lost.
            thread.told_read = 0;
        }
        self.touched.link = true;
        self.touched.availability = true;
        if was == Link::Lost {
            self.unread_threads()
        } else {
            Vec::new()
        }
    }

    fn offered(&self) -> Vec<ConversationId> {
        self.offers.iter().map(|offer| offer.conversation).collect()
    }

    /// The agent is to hear of offers that were not `known`.
    fn alerts(&self, known: &[ConversationId]) -> Vec<Effect> {
        self.offers
            .iter()
            .filter(|offer| !known.contains(&offer.conversation))
            .map(|offer| {
                Effect::Alert(Alert::Offer {
                    conversation: offer.conversation,
                    expires_at: offer.expires_at,
                })
            })
            .collect()
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
            Change::Notes {
                conversation,
                notes,
            } => {
                let mut effects = self.noted(&notes);
                if let Some(thread) = self.threads.get_mut(&conversation) {
                    if !thread.add_notes(notes) {
                        effects.push(Effect::ReadThread(conversation));
                    }
                    self.touch_thread(conversation);
                }
                effects
            }
            Change::Offered(offer) => {
                let known = self.offered();
                self.offers
                    .retain(|known| known.conversation != offer.conversation);
                self.offers.push(offer);
                self.sort_offers();
                self.alerts(&known)
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
            Change::CalendarTrouble(trouble) => {
                self.calendar_trouble = trouble;
                self.touched.availability = true;
                Vec::new()
            }
            Change::Availability(availability) => {
                self.availability = availability;
                self.touched.availability = true;
                Vec::new()
            }
            Change::Moved {
                conversation,
                visitor,
                to,
                how,
            } => {
                let to = Arc::from(to);
                self.tell_news(conversation, visitor, News::Moved { to, how })
            }
            Change::NotTransferred {
                conversation,
                to,
                expired,
            } => {
                let visitor = self.row(conversation).and_then(|row| row.visitor.clone());
                let to = Arc::from(to);
                self.tell_news(conversation, visitor, News::NotTransferred { to, expired })
            }
            Change::Agents => vec![Effect::ReadPage],
            Change::Meeting { meeting, how } => self.meeting(meeting, how),
        }
    }

    fn tell_news(
        &mut self,
        conversation: ConversationId,
        visitor: Option<String>,
        news: News,
    ) -> Vec<Effect> {
        self.news.insert(conversation, news.clone());
        self.touched.rows.push(conversation);
        vec![Effect::Tell(Notice::News {
            conversation,
            visitor,
            news,
        })]
    }

    fn messages(&mut self, id: ConversationId, messages: Vec<Message>) -> Vec<Effect> {
        let mut effects = self.committed(&messages);
        effects.extend(self.heard(id, &messages).map(Effect::Alert));
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

    /// What the agent is to hear of these messages: the newest of the visitor, in an own chat, that
    /// neither this agent nor this tab has seen. What was written before an agent joined is no news
    /// to who has just taken the chat: all of it comes with the chat.
    fn heard(&self, conversation: ConversationId, messages: &[Message]) -> Option<Alert> {
        let row = self.rows.get(conversation)?;
        let known = self.threads.get(&conversation).map_or(0, Thread::last);
        let seq = messages
            .iter()
            .rev()
            .take_while(|message| {
                !matches!(message.body, Body::System(SystemMessage::Joined { .. }))
            })
            .find(|message| message.author == Author::Visitor)?
            .seq;
        (stand(row) == Stand::Own && seq > row.agent_read.max(known))
            .then_some(Alert::Message { conversation, seq })
    }

    pub(super) fn drop_offer(&mut self, id: ConversationId) {
        self.offers.retain(|offer| offer.conversation != id);
        self.touched.offers = true;
    }
}
