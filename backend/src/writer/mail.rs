//! Which letters follow from what was decided; they are enqueued with it.

mod budget;
mod enqueue;

use std::collections::BTreeSet;

use domain::{
    AgentId, CardId, ConversationId, Refusal, SiteId, Timestamp, VisitorId, agent::Role,
    bound::Bound, conversation::State, message::Author, text::Email,
};
use uuid::Uuid;

use self::budget::{Budget, recipient};
use super::{batch::Batch, working::Working};
use crate::{
    bound,
    mail::letter::{Letter, MeetingThen, News, Request},
    store::{self, Connection, mail::Share},
};

pub use self::budget::Standing;

/// What of a commit letters are to be written about.
#[derive(Default)]
pub struct Post {
    /// This Casella can send mail.
    pub on: bool,
    budget: Budget,
    /// Agents are told of requests, and of what visitors could not book.
    requests: Vec<OfRequest>,
    /// Visitors who left without having seen everything: since when, and in which conversation.
    left: Vec<(ConversationId, Timestamp)>,
}

/// An agent is told of a request.
struct OfRequest {
    letter: Letter,
    to: AgentId,
    site: Option<SiteId>,
}

/// Somebody is told of a meeting.
struct OfMeeting {
    to_visitor: bool,
    news: News,
    then: MeetingThen,
    /// An agent did it; else the visitor.
    by_agent: bool,
    site: Option<SiteId>,
    /// The visitor's name, else email.
    visitor: String,
    /// What a first confirmation takes from the budgets of who booked.
    source: Option<Uuid>,
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
                self.tell(id, agent, letter);
            }
            State::Fallback { .. } => {
                let request = self.request(id)?;
                let told = if asked.is_empty() {
                    self.directory.supervisors()
                } else {
                    asked
                };
                for to in told {
                    let request = request.clone();
                    self.tell(id, to, Letter::ChatFailed { to, request });
                }
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
            let letter = Letter::BookingFailed {
                to: card.agent,
                agent: self.name(card.agent).unwrap_or_default(),
                request,
            };
            self.tell(card.conversation, card.agent, letter);
        }
    }

    fn tell(&mut self, about: ConversationId, to: AgentId, letter: Letter) {
        let site = self.chats.get(&about).map(|chat| chat.head.site);
        self.post.requests.push(OfRequest { letter, to, site });
    }

    /// Reads what those got who may be sent a confirmation: by the emails that were typed, and those
    /// of the visitors who may book.
    pub(super) async fn read_budget(
        &mut self,
        connection: &mut Connection,
        emails: &[String],
        sources: &[Uuid],
    ) -> Result<(), sqlx::Error> {
        let now = self.now;
        let (mut readers, mut visitors) = (Vec::new(), Vec::new());
        for known in self.visitors.values() {
            visitors.push(known.visitor.id);
            readers.extend(known.visitor.profile.email.as_deref().map(str::to_owned));
        }
        readers.extend(emails.iter().cloned());
        let mut budget = Budget::default();
        let recipients = readers.iter().map(|email| recipient(self.addresses, email));
        budget.read(connection, recipients, now).await?;
        let confirmed = store::mail::confirmed(connection, &visitors, sources, now).await?;
        budget.set_confirmed(confirmed);
        self.post.budget = budget;
        Ok(())
    }

    /// Whether a new meeting is confirmed by email, and if so takes that from the budgets. Beyond
    /// them the meeting stands all the same.
    pub(super) fn may_confirm(
        &mut self,
        visitor: VisitorId,
        email: &Email,
        source: Option<Uuid>,
    ) -> bool {
        if !self.post.on {
            return true;
        }
        let now = self.now;
        let to = recipient(self.addresses, email);
        let known = self.visitors.get(&visitor);
        let most = Standing::of(email, known, self.directory).meetings();
        let budget = &mut self.post.budget;
        let full = |of: Uuid, most: Bound| budget.confirmed(of) >= most.amount();
        let over = if budget.next(to, Share::Meetings, most, now) > now {
            Some(most)
        } else if full(visitor.0, Bound::VisitorMail) {
            Some(Bound::VisitorMail)
        } else if source.is_some_and(|source| full(source, Bound::AddressMail)) {
            Some(Bound::AddressMail)
        } else {
            None
        };
        if let Some(over) = over {
            bound::met(over);
            crate::mail::count("over a bound");
            return false;
        }
        budget.spend(to, Share::Meetings, crate::mail::letter::MEETING, now);
        budget.confirm(visitor.0);
        if let Some(source) = source {
            budget.confirm(source);
        }
        true
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

    /// Enqueues the letters of this commit: the one place where mail comes from.
    pub(super) async fn enqueue_letters(
        &self,
        connection: &mut Connection,
        changed: &[&Working],
    ) -> Result<(), sqlx::Error> {
        if !self.post.on {
            return Ok(());
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
        let away: Vec<_> = answered.chain(self.post.left.iter().copied()).collect();
        let mut changed: Vec<_> = self.meetings.changed().collect();
        changed.sort_by_key(|working| working.now.id);
        let meetings: Vec<_> = changed
            .into_iter()
            .flat_map(|working| self.meeting_letters(working))
            .collect();
        if away.is_empty() && meetings.is_empty() && self.post.requests.is_empty() {
            return Ok(());
        }
        let mut outbox = enqueue::Outbox::open(self, connection, &meetings, &away).await?;
        for meeting in &meetings {
            outbox.add_meeting(meeting);
        }
        for request in &self.post.requests {
            outbox.add_request(request);
        }
        for (conversation, _) in away {
            outbox.add_reply(conversation);
        }
        outbox.send(connection).await
    }

    /// What is said of a changed meeting, and to whom: each letter carries an invitation that
    /// their calendar takes in.
    fn meeting_letters(&self, working: &super::meeting::Working) -> Vec<OfMeeting> {
        let (before, now) = (working.before.as_ref(), &working.now);
        let site = self.chats.get(&now.conversation).map(|chat| chat.head.site);
        let known = self.visitors.get(&now.visitor);
        let visitor = known.and_then(|known| known.visitor.label());
        let letter = |to_visitor, news, agent| OfMeeting {
            to_visitor,
            news,
            then: MeetingThen::new(now, agent, self.now),
            by_agent: working.by_agent,
            site,
            visitor: visitor.unwrap_or(&now.email).to_owned(),
            source: working.source,
        };
        let both = |news, agent| vec![letter(true, news, agent), letter(false, news, agent)];
        let mut letters = match before {
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
        };
        // Of what was never announced to them there is no news either.
        letters.retain(|letter| !letter.to_visitor || now.mailed);
        letters
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
