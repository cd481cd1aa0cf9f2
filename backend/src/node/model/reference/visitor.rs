//! What visitors do.

use domain::{CommandId, ConversationId, Refusal, conversation::EndReason};

use super::{Answer, Chat, Form, Outcome, Person, Place, Pool, Reference, Said, Stage};

/// How many of their chats a visitor's tab has at least: the newest.
const LISTED: usize = 20;

/// The longest message, in bytes.
const LONGEST: usize = 16 * 1024;

/// Whether this can be a message.
pub fn readable(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        Err(Refusal::Empty)
    } else if text.len() > LONGEST {
        Err(Refusal::TooLarge)
    } else {
        Ok(())
    }
}

fn domain(email: &str) -> Option<&str> {
    email.split_once('@').map(|(_, domain)| domain)
}

fn check(form: &Form) -> Result<(), Refusal> {
    match &form.email {
        Some(email) if domain(email).is_none() => Err(Refusal::Malformed),
        _ => Ok(()),
    }
}

impl Reference {
    /// The visitor's open chat.
    pub fn open_of(&self, visitor: Place) -> Option<ConversationId> {
        self.open
            .iter()
            .find(|id| self.chats[id].visitor == visitor)
            .copied()
    }

    fn repeated(&self, who: Person, id: CommandId) -> Option<Outcome> {
        let (whose, answer) = self.answers.get(&id)?;
        Some(if *whose == who {
            Ok(*answer)
        } else {
            Err(Refusal::Forbidden)
        })
    }

    pub(super) fn once(
        &mut self,
        who: Person,
        id: CommandId,
        act: impl FnOnce(&mut Self) -> Outcome,
    ) -> Outcome {
        if let Some(outcome) = self.repeated(who, id) {
            return outcome;
        }
        let answer = act(self)?;
        self.answers.insert(id, (who, answer));
        Ok(answer)
    }

    fn own_chat(&self, visitor: Place, id: ConversationId) -> Result<&Chat, Refusal> {
        let chat = self.chats.get(&id).ok_or(Refusal::NotFound)?;
        if chat.visitor == visitor {
            Ok(chat)
        } else {
            Err(Refusal::NotFound)
        }
    }

    /// Whether the site takes a request of this visitor.
    fn admit(&self, place: Place, form: &Form, whole: bool) -> Result<(), Refusal> {
        let visitor = &self.visitors[place];
        let site = &self.sites[visitor.site];
        if visitor.blocked {
            return Err(Refusal::Blocked);
        }
        let typed = form.email.as_ref().filter(|_| !visitor.held.1);
        let email = typed.or(visitor.email.as_ref());
        let domain = email.and_then(|email| domain(email));
        if domain.is_some() && domain == site.blocked_domain {
            return Err(Refusal::EmailNotTaken);
        }
        if whole && site.email_required && email.is_none() {
            return Err(Refusal::Required);
        }
        Ok(())
    }

    /// Who asks anew has given up what fell back.
    fn make_room(&mut self, visitor: Place) -> Result<(), Refusal> {
        let Some(open) = self.open_of(visitor) else {
            return Ok(());
        };
        if self.chats[&open].stage != Stage::Fallback {
            return Err(Refusal::AlreadyOpen);
        }
        self.end(open, EndReason::Missed, Said::EndedByNobody);
        Ok(())
    }

    fn typed(&mut self, place: Place, form: &Form, run: i64) {
        let now = self.now;
        let visitor = &mut self.visitors[place];
        if !visitor.held.0 {
            visitor.name = form.name.clone().or(visitor.name.take());
        }
        if !visitor.held.1 {
            visitor.email = form.email.clone().or(visitor.email.take());
        }
        visitor.known = true;
        visitor.seen = now;
        // As the product does it: tabs that others of the nodes had before the first request count
        // from when they connect again.
        visitor.on.insert(run);
        self.asking.insert(place);
    }

    fn create(&mut self, visitor: Place, id: ConversationId) {
        let chat = Chat {
            visitor,
            stage: Stage::Fallback,
            accepted: false,
            messages: Vec::new(),
            agent_read: 0,
            visitor_read: 0,
            activity: self.now,
            words: String::new(),
            words_by_agent: false,
            notes: Vec::new(),
            score: None,
            rating: None,
            moved: false,
        };
        self.chats.insert(id, chat);
        self.open.insert(id);
    }

    /// `fresh` is the id that a new conversation gets.
    pub fn start(
        &mut self,
        visitor: Place,
        run: i64,
        id: CommandId,
        form: &Form,
        first: &str,
        fresh: ConversationId,
    ) -> Outcome {
        self.once(Person::Visitor(visitor), id, |all| {
            check(form)?;
            let first = match readable(first) {
                Ok(()) => Some(first),
                Err(Refusal::Empty) => None,
                Err(refusal) => return Err(refusal),
            };
            all.admit(visitor, form, true)?;
            all.make_room(visitor)?;
            all.typed(visitor, form, run);
            all.create(visitor, fresh);
            if let Some(first) = first {
                let answer = all.add(fresh, Said::Visitor(first.to_owned(), id));
                all.placed.insert(id, (Person::Visitor(visitor), answer));
            }
            all.ask_first(fresh);
            Ok(Answer::Started(fresh))
        })
    }

    #[expect(clippy::too_many_arguments, reason = "a request as it came, and where")]
    pub fn leave(
        &mut self,
        visitor: Place,
        run: i64,
        id: CommandId,
        chat: Option<ConversationId>,
        form: &Form,
        text: &str,
        fresh: ConversationId,
    ) -> Outcome {
        self.once(Person::Visitor(visitor), id, |all| {
            if let Some(chat) = chat {
                match all.own_chat(visitor, chat)?.stage {
                    Stage::Fallback => {}
                    Stage::Ended { .. } => return Err(Refusal::Ended),
                    _ => return Err(Refusal::NotNow),
                }
            }
            check(form)?;
            readable(text)?;
            all.admit(visitor, form, chat.is_none())?;
            if chat.is_none() {
                all.make_room(visitor)?;
            }
            all.typed(visitor, form, run);
            let chat = chat.unwrap_or_else(|| {
                all.create(visitor, fresh);
                fresh
            });
            let answer = all.add(chat, Said::Visitor(text.to_owned(), id));
            all.placed.insert(id, (Person::Visitor(visitor), answer));
            all.chats.get_mut(&chat).unwrap().stage = Stage::Unanswered;
            Ok(answer)
        })
    }

    pub fn visitor_says(
        &mut self,
        visitor: Place,
        id: CommandId,
        chat: ConversationId,
        text: &str,
    ) -> Outcome {
        self.own_chat(visitor, chat)?;
        if let Some((_, answer)) = self.placed.get(&id) {
            return match answer {
                Answer::Message(placed, ..) if *placed == chat => Ok(*answer),
                _ => Err(Refusal::Forbidden),
            };
        }
        if !self.open.contains(&chat) {
            return Err(Refusal::Ended);
        }
        if self.visitors[visitor].blocked {
            return Err(Refusal::Blocked);
        }
        readable(text)?;
        let answer = self.add(chat, Said::Visitor(text.to_owned(), id));
        self.placed.insert(id, (Person::Visitor(visitor), answer));
        Ok(answer)
    }

    pub fn visitor_ends(&mut self, visitor: Place, id: CommandId, chat: ConversationId) -> Outcome {
        self.once(Person::Visitor(visitor), id, |all| {
            match all.own_chat(visitor, chat)?.stage {
                Stage::Offered { .. } => all.end(chat, EndReason::Cancelled, Said::EndedByVisitor),
                Stage::Fallback => all.end(chat, EndReason::Missed, Said::EndedByNobody),
                Stage::Unanswered | Stage::Active { .. } => {
                    all.end(chat, EndReason::Visitor, Said::EndedByVisitor);
                }
                Stage::Ended { .. } => return Err(Refusal::Ended),
            }
            Ok(Answer::Done)
        })
    }

    /// The site's script fills what is empty of a visitor who is known.
    pub fn identify(&mut self, place: Place, id: CommandId, form: &Form) -> Outcome {
        // What is wrong of it is left out, the rest is taken.
        let email = form.email.clone().filter(|email| domain(email).is_some());
        self.once(Person::Visitor(place), id, |all| {
            let visitor = &mut all.visitors[place];
            if visitor.known && !visitor.held.0 {
                visitor.name = visitor.name.take().or(form.name.clone());
            }
            if visitor.known && !visitor.held.1 {
                visitor.email = visitor.email.take().or(email);
            }
            Ok(Answer::Done)
        })
    }

    /// Once, after the end.
    pub fn rate(
        &mut self,
        visitor: Place,
        id: CommandId,
        chat: ConversationId,
        rating: u8,
    ) -> Outcome {
        self.once(Person::Visitor(visitor), id, |all| {
            all.own_chat(visitor, chat)?;
            if all.visitors[visitor].blocked {
                return Err(Refusal::Blocked);
            }
            let is_open = all.open.contains(&chat);
            let rated = all.chats.get_mut(&chat).unwrap();
            if is_open || rated.rating.is_some() {
                return Err(Refusal::NotNow);
            }
            rated.rating = Some(rating);
            let newer = all.chats.range(chat..).skip(1);
            let newer = newer.filter(|(_, other)| other.visitor == visitor).count();
            if newer < LISTED {
                all.ended.push(chat);
            }
            Ok(Answer::Done)
        })
    }

    pub fn visitor_reads(
        &mut self,
        visitor: Place,
        chat: ConversationId,
        up_to: u32,
    ) -> Result<(), Refusal> {
        self.own_chat(visitor, chat)?;
        if self.open.contains(&chat) {
            let chat = self.chats.get_mut(&chat).unwrap();
            let last = u32::try_from(chat.messages.len()).unwrap();
            chat.visitor_read = chat.visitor_read.max(up_to.min(last));
        }
        Ok(())
    }

    /// Who is asked first: the owner of the visitor's account, else whose turn it is.
    fn ask_first(&mut self, id: ConversationId) {
        let visitor = &self.visitors[self.chats[&id].visitor];
        let site = self.sites[visitor.site].clone();
        let owner = visitor
            .email
            .as_deref()
            .and_then(domain)
            .and_then(|domain| self.owners.get(domain).copied());
        let next = match owner {
            Some(owner) if self.eligible(owner) => Some((owner, Pool::Owner)),
            Some(_) if !site.owner_away_team => None,
            _ => {
                let pool = site.team.map_or(Pool::All, Pool::Team);
                let next = self.in_turn(pool, None);
                if next.is_none() && site.beyond_team {
                    self.in_turn(Pool::All, None)
                } else {
                    next
                }
            }
        };
        self.hold_out(id, next, false);
    }
}
