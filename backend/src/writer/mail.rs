//! Which letters follow from what was decided; they are enqueued with it.

use std::collections::BTreeSet;

use domain::{
    AgentId, CardId, ConversationId, Refusal, Timestamp, agent::Role, conversation::State,
    message::Author,
};

use super::{batch::Batch, working::Working};
use crate::{
    mail::letter::{Letter, MeetingThen, News, Request},
    store::{self, Connection, meeting::Stored},
};

/// What of a commit letters are to be written about.
#[derive(Default)]
pub struct Post {
    /// This Casella can send mail.
    pub on: bool,
    letters: Vec<Letter>,
    /// What visitors could not book.
    not_booked: Vec<Letter>,
    /// Visitors who left without having seen everything: since when, and in which conversation.
    left: Vec<(ConversationId, Timestamp)>,
}

impl Batch<'_> {
    /// A request was passed on: whom it was held out to before, one after the other.
    pub(super) fn asked(&self, id: ConversationId) -> Vec<AgentId> {
        match self.chats.get(&id).map(|chat| &chat.head.state) {
            Some(State::Offered { agent, tried, .. }) => {
                let asked: BTreeSet<_> = [*tried, *agent].into();
                asked.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// A request was passed on; `asked` had it before. Whoever has it now is told if they want to
    /// be; if nobody is left, those who were asked, else the supervisors.
    pub(super) fn mail_passed_on(
        &mut self,
        id: ConversationId,
        asked: Vec<AgentId>,
    ) -> Result<(), Refusal> {
        if !self.post.on {
            return Ok(());
        }
        let state = self.chat(id)?.head.state.clone();
        match state {
            State::Offered { agent, .. } if self.directory.wants_requests(agent) => {
                let request = self.request(id)?;
                let letter = Letter::Offered { to: agent, request };
                self.post.letters.push(letter);
            }
            State::Fallback { .. } => {
                let request = self.request(id)?;
                let told = if asked.is_empty() {
                    self.directory.supervisors()
                } else {
                    asked
                };
                self.post
                    .letters
                    .extend(told.into_iter().map(|to| Letter::ChatFailed {
                        to,
                        request: request.clone(),
                    }));
            }
            _ => {}
        }
        Ok(())
    }

    /// The last connection of the conversation's visitor ended at `at`.
    pub(super) fn mail_left(&mut self, id: ConversationId, at: Timestamp) -> Result<(), Refusal> {
        if self.post.on && self.chat(id)?.head.visitor_unread > 0 {
            self.post.left.push((id, at));
        }
        Ok(())
    }

    /// A visitor could not book what a card had offered. If they book nothing else meanwhile, the
    /// agent is told, once a conversation.
    pub(super) fn mail_not_booked(&mut self, card: CardId, refusal: Refusal) {
        let failed = matches!(
            refusal,
            Refusal::Taken | Refusal::NotNow | Refusal::NoCalendar
        );
        if !self.post.on || !failed {
            return;
        }
        let Some(card) = self.meetings.cards.get(&card).copied() else {
            return;
        };
        if let Ok(request) = self.request(card.conversation) {
            self.post.not_booked.push(Letter::BookingFailed {
                to: card.agent,
                agent: self.name(card.agent).unwrap_or_default(),
                request,
            });
        }
    }

    /// A request as agents are told of it.
    fn request(&mut self, id: ConversationId) -> Result<Request, Refusal> {
        let chat = self.chats.get(&id).ok_or(Refusal::NotFound)?;
        let visitor = self.visitors.get(&chat.head.visitor);
        let visitor = visitor.map(|known| &known.visitor);
        let site = self.directory.site(chat.head.site);
        Ok(Request {
            conversation: id,
            at: chat.head.created_at,
            visitor: visitor.and_then(|visitor| Some(visitor.label()?.to_owned())),
            email: visitor.and_then(|visitor| visitor.profile.email.clone().map(String::from)),
            site: site.map(|site| site.name.clone()).unwrap_or_default(),
            page: visitor
                .map(|visitor| visitor.page.label().to_owned())
                .unwrap_or_default(),
            words: chat.head.preview.clone(),
        })
    }

    /// Enqueues the letters of this commit.
    pub(super) async fn enqueue_letters(
        &self,
        connection: &mut Connection,
        changed: &[&Working],
    ) -> Result<(), sqlx::Error> {
        if !self.post.on {
            return Ok(());
        }
        let now = self.now;
        self.enqueue(connection, self.post.letters.iter().cloned())
            .await?;
        for letter in &self.post.not_booked {
            let letter = letter.enqueue(now);
            store::mail::add_once(connection, &letter, Timestamp(0), now).await?;
        }
        let answered = changed
            .iter()
            .filter(|chat| {
                let by_agent = |author: &Author| matches!(author, Author::Agent { .. });
                chat.messages
                    .iter()
                    .any(|message| by_agent(&message.author))
            })
            .filter_map(|chat| {
                let known = self.visitors.get(&chat.head.visitor)?;
                (!known.connected).then_some((chat.head.id, known.seen_at))
            });
        for (conversation, since) in answered.chain(self.post.left.iter().copied()) {
            if self.has_email(conversation) {
                let letter = Letter::Reply { conversation }.enqueue(now);
                store::mail::add_once(connection, &letter, since, now).await?;
            }
        }
        Ok(())
    }

    /// What is said of a changed meeting, and to whom: each letter carries an invitation that
    /// their calendar takes in.
    pub(super) fn meeting_letters(&self, before: Option<&Stored>, now: &Stored) -> Vec<Letter> {
        let letter = |to_visitor, news, agent| Letter::Meeting {
            to_visitor,
            news,
            then: Box::new(MeetingThen::new(now, agent, self.now)),
        };
        let both = |news, agent| vec![letter(true, news, agent), letter(false, news, agent)];
        match before {
            _ if !self.post.on => Vec::new(),
            None if now.is_booked() => both(News::Booked, now.agent),
            None => Vec::new(),
            Some(before) if before.is_booked() && !now.is_booked() => {
                both(News::Cancelled, before.agent)
            }
            Some(before) if before.agent != now.agent => vec![
                letter(true, News::PassedOn, now.agent),
                letter(false, News::Booked, now.agent),
                letter(false, News::GivenAway, before.agent),
            ],
            Some(before) if before.meeting.span != now.meeting.span => both(News::Moved, now.agent),
            Some(_) => Vec::new(),
        }
    }

    /// Enqueues letters in the transaction of this commit.
    pub(super) async fn enqueue(
        &self,
        connection: &mut Connection,
        letters: impl Iterator<Item = Letter>,
    ) -> Result<(), sqlx::Error> {
        let letters: Vec<_> = letters.map(|letter| letter.enqueue(self.now)).collect();
        store::mail::add(connection, &letters, self.now).await
    }

    fn has_email(&self, id: ConversationId) -> bool {
        let chat = self.chats.get(&id);
        let known = chat.and_then(|chat| self.visitors.get(&chat.head.visitor));
        known.is_some_and(|known| known.visitor.profile.email.is_some())
    }
}

impl crate::directory::Directory {
    /// Who is told of what nobody took: the supervisors, and where there are none, the admins.
    fn supervisors(&self) -> Vec<AgentId> {
        let of = |role| -> Vec<AgentId> {
            let agents = self
                .agents()
                .filter(|agent| agent.role == role && !agent.disabled);
            agents.map(|agent| agent.id).collect()
        };
        let supervisors = of(Role::Supervisor);
        if supervisors.is_empty() {
            of(Role::Admin)
        } else {
            supervisors
        }
    }
}
