//! Letters on their way into the queue: each at its time, within the budget of who gets it, and
//! together with what waits for them already.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use domain::{AgentId, ConversationId, SiteId, Timestamp, bound::Bound};
use uuid::Uuid;

use super::{
    OfMeeting, OfRequest,
    budget::{Budget, Standing, recipient},
};
use crate::{
    bound,
    mail::{
        count,
        letter::{
            AWAY, BOOKING_FAILED, CHANGE_AT_MOST, Letter, MEETING, News, REPLY, TOGETHER, Told,
            What,
        },
    },
    store::{
        self, Connection,
        mail::{Account, NewMail, Share, Waiting},
    },
    writer::batch::Batch,
};

/// How much later letters go out that a site's visitors cause beyond what is usual.
const SLOWED: Duration = Duration::from_secs(2 * 60);

/// The letters of one commit.
pub struct Outbox<'a> {
    batch: &'a Batch<'a>,
    now: Timestamp,
    budget: Budget,
    new: Vec<NewMail>,
    /// Letters about these meetings that nobody is sending yet, with what becomes of them.
    waiting: Vec<(Waiting, Letter, Fate)>,
    together: BTreeMap<AgentId, Together>,
    /// What is told together: its kind, and what it is about.
    joined: Vec<(&'static str, Uuid)>,
    /// Of whom agents were told that they could not book.
    not_booked: HashSet<Uuid>,
    /// To whom it was mailed already what was answered.
    answered: HashSet<Uuid>,
    /// Sites whose visitors cause more letters than is usual.
    busy: HashSet<SiteId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    Replaced,
    Dropped,
}

/// What one letter tells an agent.
#[derive(Default)]
struct Together {
    /// The letter that waits; none: it is new.
    waiting: Option<Waiting>,
    told: Vec<Told>,
    more: u32,
    changed: bool,
}

impl<'a> Outbox<'a> {
    /// Reads what waits for the readers, and what they got.
    pub async fn open(
        batch: &'a Batch<'a>,
        connection: &mut Connection,
        meetings: &[OfMeeting],
        away: &[(ConversationId, Timestamp)],
    ) -> Result<Self, sqlx::Error> {
        let (now, requests) = (batch.now, &batch.post.requests);
        let about: Vec<_> = meetings.iter().map(|meeting| meeting.then.id.0).collect();
        let waiting = store::mail::waiting(connection, MEETING, &about).await?;
        let waiting = waiting.into_iter().filter_map(|waiting| {
            let letter = serde_json::from_str(&waiting.letter).ok()?;
            Some((waiting, letter, Fate::Stays))
        });
        let waiting: Vec<_> = waiting.collect();
        let agents: Vec<_> = {
            let of_meetings = meetings.iter().filter(|meeting| !meeting.to_visitor);
            let of_meetings = of_meetings.map(|meeting| meeting.then.agent.0);
            let of_requests = requests.iter().map(|request| request.to.0);
            of_meetings.chain(of_requests).collect()
        };
        let mut together = BTreeMap::new();
        for waiting in store::mail::waiting(connection, TOGETHER, &agents).await? {
            if let Ok(Letter::Together { to, told, more }) = serde_json::from_str(&waiting.letter) {
                let waiting = Some(waiting);
                together.insert(
                    to,
                    Together {
                        waiting,
                        told,
                        more,
                        changed: false,
                    },
                );
            }
        }
        let mut budget = batch.post.budget.clone();
        let emails = agents
            .iter()
            .filter_map(|id| Some(&*batch.directory.agent(AgentId(*id))?.email))
            .chain(meetings.iter().map(|meeting| meeting.then.email.as_str()))
            .chain(away.iter().filter_map(|(id, _)| batch.email_of(*id)));
        let recipients: Vec<_> = emails
            .map(|email| recipient(batch.addresses, email))
            .collect();
        budget.read(connection, recipients.into_iter(), now).await?;
        let not_booked: Vec<_> = requests
            .iter()
            .filter(|request| matches!(request.letter, Letter::BookingFailed { .. }))
            .map(|request| (request.letter.about(), Timestamp(0)))
            .collect();
        let not_booked = store::mail::was_since(connection, BOOKING_FAILED, &not_booked).await?;
        // By another node's clock they may have left a moment ahead.
        let left = away.iter().map(|(id, since)| (id.0, *since.min(&now)));
        let left: Vec<_> = left.collect();
        let answered = store::mail::was_since(connection, REPLY, &left).await?;
        let sites: Vec<_> = {
            let of_meetings = meetings.iter().filter_map(|meeting| meeting.site);
            of_meetings
                .chain(requests.iter().filter_map(|request| request.site))
                .collect()
        };
        let most = Bound::SiteMail.amount();
        let busy = store::mail::spent_of_sites(connection, &sites, most, now).await?;
        Ok(Self {
            batch,
            now,
            budget,
            new: Vec::new(),
            waiting,
            together,
            joined: Vec::new(),
            not_booked: not_booked.into_iter().collect(),
            answered: answered.into_iter().collect(),
            busy: busy.into_iter().collect(),
        })
    }

    /// News of a meeting. What waits about it for the same reader tells the newest instead.
    pub fn add_meeting(&mut self, of: &OfMeeting) {
        let letter = Letter::Meeting {
            to_visitor: of.to_visitor,
            news: of.news,
            then: Box::new(of.then.clone()),
        };
        if self.replaces(of) {
            count("replaced");
        } else if of.to_visitor {
            self.add_to_visitor(of, &letter);
        } else {
            self.add_to_agent(of, &letter);
        }
    }

    /// Puts the news into the letter that waits, if there is one.
    fn replaces(&mut self, of: &OfMeeting) -> bool {
        let now = self.now;
        let found = self.waiting.iter_mut().find(|(waiting, letter, fate)| {
            let same = match letter {
                Letter::Meeting {
                    to_visitor, then, ..
                } => *to_visitor == of.to_visitor && (*to_visitor || then.agent == of.then.agent),
                _ => false,
            };
            waiting.about == of.then.id.0 && *fate != Fate::Dropped && same
        });
        let Some((waiting, letter, fate)) = found else {
            return false;
        };
        let Letter::Meeting { news, then, .. } = letter else {
            return false;
        };
        match news.and(of.news) {
            None => *fate = Fate::Dropped,
            Some(both) => {
                if both != News::Booked {
                    let soon = now + both.wait();
                    let late = waiting.created_at + CHANGE_AT_MOST;
                    waiting.due_at = waiting.due_at.max(soon.min(late));
                }
                *news = both;
                **then = of.then.clone();
                *fate = Fate::Replaced;
            }
        }
        true
    }

    fn add_to_visitor(&mut self, of: &OfMeeting, letter: &Letter) {
        let batch = self.batch;
        let email = &of.then.email;
        let standing = Standing::of(email, batch.visitors.get(&of.then.visitor), batch.directory);
        let account = Account {
            recipient: Some(recipient(batch.addresses, email)),
            ..Account::default()
        };
        if of.by_agent {
            self.put_off(letter, account, Share::Agents, Bound::MailOfAgents);
            return;
        }
        let account = Account {
            hourly: standing.hourly(),
            site: of.site,
            ..account
        };
        if of.news == News::Booked {
            // That it may be sent was decided with the booking, and taken from the budgets.
            let account = Account {
                share: Some(Share::Meetings),
                visitor: Some(of.then.visitor),
                source: of.source,
                ..account
            };
            self.new.push(letter.enqueue(self.now, self.now, account));
        } else {
            self.put_off(letter, account, Share::Meetings, standing.meetings());
        }
    }

    fn add_to_agent(&mut self, of: &OfMeeting, letter: &Letter) {
        let to = of.then.agent;
        let Some(reader) = self.agent(to) else {
            let due = self.now + letter.wait();
            self.new
                .push(letter.enqueue(self.now, due, Account::default()));
            return;
        };
        if of.by_agent {
            let account = Account {
                recipient: Some(reader),
                ..Account::default()
            };
            self.put_off(letter, account, Share::Agents, Bound::MailOfAgents);
            return;
        }
        let told = Told {
            what: What::Meeting(of.news),
            about: of.then.id.0,
            visitor: Some(of.visitor.clone()),
            at: of.then.meeting.span.start(),
        };
        let most = Bound::MailOfMeetings;
        let joins = self.together.get(&to).is_some_and(|together| {
            let mut told = together.told.iter();
            told.any(|told| told.about == of.then.id.0)
        });
        if joins {
            self.join(to, reader, told);
        } else if self.budget.next(reader, Share::Meetings, most, self.now) <= self.now {
            let account = self.agents_account(reader, Share::Meetings, of.site);
            self.push(letter, self.now + letter.wait(), account);
        } else {
            bound::met(most);
            count("together");
            self.join(to, reader, told);
        }
    }

    /// An agent is told of a request: of the first of a kind at once, of others together.
    pub fn add_request(&mut self, of: &OfRequest) {
        let (letter, now) = (&of.letter, self.now);
        let is_booking = matches!(letter, Letter::BookingFailed { .. });
        if is_booking && !self.not_booked.insert(letter.about()) {
            return;
        }
        let Some(reader) = self.agent(of.to) else {
            self.new
                .push(letter.enqueue(now, now + letter.wait(), Account::default()));
            return;
        };
        let kind = letter.kind();
        let lately = now - AWAY;
        let was = self.budget.of(reader).any(|spent| {
            let together = spent.share == Share::Together && spent.at <= now;
            spent.at > lately && (spent.kind == kind || together)
        });
        let waits = self
            .together
            .get(&of.to)
            .is_some_and(|together| together.told.iter().any(|told| told.what.kind() == kind));
        let most = Bound::MailOfRequests;
        let full = self.budget.next(reader, Share::Requests, most, now) > now;
        if !(was || waits || full) {
            let account = self.agents_account(reader, Share::Requests, of.site);
            self.push(letter, now + letter.wait(), account);
            return;
        }
        if full {
            bound::met(most);
        }
        count("together");
        self.joined.push((kind, letter.about()));
        if let Some(told) = letter.told() {
            self.join(of.to, reader, told);
        }
    }

    /// A visitor who is away has not seen what was answered, unless it was mailed already.
    pub fn add_reply(&mut self, conversation: ConversationId) {
        let batch = self.batch;
        let head = batch.chats.get(&conversation).map(|chat| &chat.head);
        let (Some(head), Some(email)) = (head, batch.email_of(conversation)) else {
            return;
        };
        // The same commit may name a conversation twice.
        if !self.answered.insert(conversation.0) {
            return;
        }
        let known = batch.visitors.get(&head.visitor);
        let standing = Standing::of(email, known, batch.directory);
        let account = Account {
            recipient: Some(recipient(batch.addresses, email)),
            hourly: standing.hourly(),
            site: Some(head.site),
            ..Account::default()
        };
        let letter = Letter::Reply { conversation };
        self.put_off(&letter, account, Share::Replies, standing.replies());
    }

    /// A letter that goes out when its reader may get another one of its share.
    fn put_off(&mut self, letter: &Letter, account: Account, share: Share, most: Bound) {
        let soon = self.now + letter.wait();
        let account = Account {
            share: Some(share),
            ..account
        };
        let reader = account.recipient.unwrap_or_default();
        let next = self.budget.next(reader, share, most, self.now);
        if next > soon {
            bound::met(most);
            count("put off");
        }
        self.push(letter, soon.max(next), account);
    }

    fn push(&mut self, letter: &Letter, due: Timestamp, account: Account) {
        if let Some((reader, share)) = account.recipient.zip(account.share) {
            self.budget.spend(reader, share, letter.kind(), due);
        }
        self.new.push(letter.enqueue(self.now, due, account));
    }

    /// Adds to what one letter tells an agent.
    fn join(&mut self, to: AgentId, reader: Uuid, told: Told) {
        let now = self.now;
        let together = self.together.entry(to).or_insert_with(|| {
            let next = self
                .budget
                .next(reader, Share::Together, Bound::MailTogether, now);
            let due_at = next.max(now + AWAY);
            self.budget.spend(reader, Share::Together, TOGETHER, due_at);
            let account = Account {
                share: Some(Share::Together),
                recipient: Some(reader),
                hourly: Standing::Agent.hourly(),
                ..Account::default()
            };
            let letter = Letter::Together {
                to,
                told: Vec::new(),
                more: 0,
            };
            self.new.push(letter.enqueue(now, due_at, account));
            Together::default()
        });
        together.changed = true;
        let same =
            |known: &&mut Told| known.about == told.about && known.what.kind() == told.what.kind();
        if let Some(known) = together.told.iter_mut().find(same) {
            let what = match (&known.what, &told.what) {
                (What::Meeting(before), What::Meeting(now)) => {
                    What::Meeting(before.and(*now).unwrap_or(*now))
                }
                (_, what) => what.clone(),
            };
            *known = Told { what, ..told };
        } else if together.told.len() < Bound::MailNames.amount() {
            together.told.push(told);
        } else {
            together.more = together.more.saturating_add(1);
        }
    }

    fn agent(&self, id: AgentId) -> Option<Uuid> {
        let agent = self.batch.directory.agent(id)?;
        Some(recipient(self.batch.addresses, &agent.email))
    }

    fn agents_account(&self, reader: Uuid, share: Share, site: Option<SiteId>) -> Account {
        Account {
            share: Some(share),
            recipient: Some(reader),
            hourly: Standing::Agent.hourly(),
            site,
            ..Account::default()
        }
    }

    /// Writes it all.
    pub async fn send(mut self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        for site in &self.busy {
            bound::met(Bound::SiteMail);
            tracing::warn!(%site, "visitors of a site cause more mail than is usual: it is slowed down");
        }
        for letter in &mut self.new {
            if letter
                .account
                .site
                .is_some_and(|site| self.busy.contains(&site))
            {
                letter.due_at = letter.due_at + SLOWED;
                letter.give_up_at = letter.give_up_at + SLOWED;
            }
        }
        for (to, together) in self.together {
            if !together.changed {
                continue;
            }
            let text = Letter::Together {
                to,
                told: together.told,
                more: together.more,
            }
            .text();
            match together.waiting {
                Some(waiting) => {
                    let letter = Waiting {
                        letter: text,
                        ..waiting
                    };
                    store::mail::replace(connection, &letter).await?;
                }
                None => {
                    let is_it = |new: &&mut NewMail| new.kind == TOGETHER && new.about == to.0;
                    if let Some(new) = self.new.iter_mut().find(is_it) {
                        new.letter = text;
                    }
                }
            }
        }
        store::mail::add(connection, &self.new, self.now).await?;
        for (waiting, letter, fate) in self.waiting {
            match fate {
                Fate::Stays => {}
                Fate::Replaced => {
                    let letter = Waiting {
                        letter: letter.text(),
                        ..waiting
                    };
                    store::mail::replace(connection, &letter).await?;
                }
                Fate::Dropped => {
                    store::mail::drop_waiting(connection, waiting.id, self.now).await?;
                }
            }
        }
        store::mail::add_joined(connection, &self.joined, self.now).await
    }
}

impl Batch<'_> {
    /// The email of a conversation's visitor.
    fn email_of(&self, id: ConversationId) -> Option<&str> {
        let known = self.visitors.get(&self.chats.get(&id)?.head.visitor)?;
        known.visitor.profile.email.as_deref()
    }
}
