//! What agents do.

use domain::{CommandId, ConversationId, Refusal, agent::Role};

use super::{
    super::action::Fix, Answer, Notice, Outcome, Person, Place, Pool, Reference, SECOND, Said,
    Stage, visitor::readable,
};

/// The longest note of a transfer, in characters.
const LONGEST_NOTE: usize = 1_000;

impl Reference {
    /// A command of an agent who sees with `role`.
    pub fn agent_does(
        &mut self,
        agent: Place,
        id: CommandId,
        act: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Outcome {
        if self.agents[agent].disabled {
            return Err(Refusal::SignedOut);
        }
        self.once(Person::Agent(agent), id, |all| {
            act(all)?;
            Ok(Answer::Done)
        })
    }

    pub fn agent_says(
        &mut self,
        agent: Place,
        id: CommandId,
        chat: ConversationId,
        text: &str,
    ) -> Outcome {
        if self.agents[agent].disabled {
            return Err(Refusal::SignedOut);
        }
        if let Some((who, answer)) = self.placed.get(&id) {
            return match answer {
                Answer::Message(placed, ..) if *placed == chat && *who == Person::Agent(agent) => {
                    Ok(*answer)
                }
                _ => Err(Refusal::Forbidden),
            };
        }
        self.own(agent, chat)?;
        readable(text)?;
        let answer = self.add(chat, Said::Agent(agent, text.to_owned(), id));
        self.placed.insert(id, (Person::Agent(agent), answer));
        Ok(answer)
    }

    /// A private note in the agent's own chat: nothing else changes.
    pub fn note(
        &mut self,
        agent: Place,
        id: CommandId,
        chat: ConversationId,
        text: &str,
    ) -> Outcome {
        if self.agents[agent].disabled {
            return Err(Refusal::SignedOut);
        }
        if let Some((who, place, answer)) = self.noted.get(&id) {
            return if *who == agent && *place == chat {
                Ok(*answer)
            } else {
                Err(Refusal::Forbidden)
            };
        }
        self.own(agent, chat)?;
        readable(text)?;
        let now = self.now;
        let noted = self.chats.get_mut(&chat).unwrap();
        let after = noted.last();
        noted.notes.push((agent, text.to_owned(), id, after, now));
        let n = u32::try_from(noted.notes.len()).unwrap();
        let answer = Answer::Note(n, after, now);
        self.noted.insert(id, (agent, chat, answer));
        Ok(answer)
    }

    pub fn score(
        &mut self,
        agent: Place,
        id: ConversationId,
        score: Option<u8>,
    ) -> Result<(), Refusal> {
        self.own(agent, id)?;
        let chat = self.chats.get_mut(&id).unwrap();
        chat.moved &= chat.score == score;
        chat.score = score;
        Ok(())
    }

    /// What an agent sets stays, whatever the visitor types.
    pub fn edit(&mut self, agent: Place, id: ConversationId, fix: Fix) -> Result<(), Refusal> {
        self.own(agent, id)?;
        let chat = self.chats.get_mut(&id).unwrap();
        let visitor = &mut self.visitors[chat.visitor];
        match fix {
            Fix::WrongEmail => return Err(Refusal::Malformed),
            Fix::Name(_) | Fix::NoName => {
                visitor.name = fix.name().filter(|name| !name.is_empty());
                visitor.held.0 = true;
            }
            Fix::Email(_) | Fix::NoEmail => {
                visitor.email = fix.email().filter(|email| !email.is_empty());
                visitor.held.1 = true;
            }
        }
        chat.moved = false;
        Ok(())
    }

    /// That it is the agent's own open chat.
    fn own(&self, place: Place, id: ConversationId) -> Result<(), Refusal> {
        let chat = self.chats.get(&id).ok_or(Refusal::NotFound)?;
        match chat.stage {
            Stage::Active { agent, .. } if agent == place => Ok(()),
            Stage::Ended { .. } if chat.accepted => Err(Refusal::Ended),
            _ => Err(Refusal::NotFound),
        }
    }

    /// To whom it is held out.
    pub fn asked(&self, id: ConversationId) -> Option<Place> {
        match &self.chats.get(&id)?.stage {
            Stage::Offered { agent, .. } => Some(*agent),
            Stage::Active { transfer, .. } => transfer.as_ref().map(|(to, ..)| *to),
            _ => None,
        }
    }

    fn answers_offer(&mut self, agent: Place) {
        if self.agents[agent].missed < 2 {
            self.agents[agent].missed = 0;
        }
    }

    fn holder(&self, id: ConversationId) -> Option<Place> {
        match self.chats[&id].stage {
            Stage::Active { agent, .. } => Some(agent),
            _ => None,
        }
    }

    fn tell(&mut self, whom: Option<Place>, id: ConversationId, notice: Notice) {
        self.notices.extend(whom.map(|whom| (whom, id, notice)));
    }

    pub fn accept(&mut self, agent: Place, id: ConversationId) -> Result<(), Refusal> {
        if self.asked(id) != Some(agent) {
            return Err(Refusal::NoLongerWaiting);
        }
        let from = self.holder(id);
        self.give_to(id, agent, Some(self.now));
        self.answers_offer(agent);
        self.tell(from, id, Notice::Transferred(agent));
        Ok(())
    }

    pub fn decline(&mut self, agent: Place, id: ConversationId) -> Result<(), Refusal> {
        if self.asked(id) != Some(agent) {
            return Err(Refusal::NoLongerWaiting);
        }
        self.answers_offer(agent);
        self.not_taken(id, false);
        Ok(())
    }

    /// What is held out goes on to the next, or stays with the agent who hands it over.
    pub(super) fn not_taken(&mut self, id: ConversationId, expired: bool) {
        let chat = self.chats.get_mut(&id).unwrap();
        chat.moved = false;
        match &mut chat.stage {
            Stage::Offered {
                agent,
                second,
                pool,
                ..
            } => {
                let (asked, pool) = (*agent, *pool);
                let next = if *second || pool == Pool::Owner {
                    None
                } else {
                    self.in_turn(pool, Some(asked))
                };
                self.hold_out(id, next, true);
            }
            Stage::Active {
                agent, transfer, ..
            } => {
                let from = *agent;
                if let Some((to, ..)) = transfer.take() {
                    self.tell(Some(from), id, Notice::NotTransferred { to, expired });
                }
            }
            _ => {}
        }
    }

    /// Holds a waiting request out, or lets it fall back.
    pub(super) fn hold_out(
        &mut self,
        id: ConversationId,
        next: Option<(Place, Pool)>,
        second: bool,
    ) {
        let chat = self.chats.get_mut(&id).unwrap();
        let offer = self.sites[self.visitors[chat.visitor].site].offer;
        chat.stage = match next {
            Some((agent, pool)) => Stage::Offered {
                agent,
                second,
                pool,
                until: self.now + offer,
            },
            None => Stage::Fallback,
        };
    }

    /// Round robin in strict sequence; who is reached by push alone comes after all others.
    pub(super) fn in_turn(&mut self, pool: Pool, not: Option<Place>) -> Option<(Place, Pool)> {
        let (key, order) = match pool {
            Pool::Owner => return None,
            Pool::Team(team) => (Some(team), self.teams[team].clone()),
            Pool::All => (None, (0..self.agents.len()).collect()),
        };
        let last = self.turns.get(&key);
        let start = last
            .and_then(|last| order.iter().position(|agent| agent == last))
            .map_or(0, |at| at + 1);
        let sequence: Vec<Place> = (0..order.len())
            .map(|step| order[(start + step) % order.len()])
            .filter(|agent| Some(*agent) != not && self.eligible(*agent))
            .collect();
        let connected = sequence.iter().find(|agent| self.reach(**agent) == 2);
        let next = *connected.or(sequence.first())?;
        self.turns.insert(key, next);
        Some((next, pool))
    }

    pub fn agent_ends(&mut self, agent: Place, id: ConversationId) -> Result<(), Refusal> {
        self.own(agent, id)?;
        self.end(
            id,
            domain::conversation::EndReason::Agent,
            Said::EndedByAgent(agent),
        );
        Ok(())
    }

    pub fn pick_up(&mut self, agent: Place, id: ConversationId) -> Result<(), Refusal> {
        let chat = self.chats.get(&id).ok_or(Refusal::NoLongerWaiting)?;
        let from = match chat.stage {
            Stage::Unanswered => None,
            // Who has it writes; to whom it is held out accepts.
            Stage::Active {
                agent: own,
                away: true,
                ..
            } if own == agent || self.asked(id) == Some(agent) => return Err(Refusal::NotNow),
            Stage::Active {
                agent, away: true, ..
            } => Some(agent),
            _ => return Err(Refusal::NoLongerWaiting),
        };
        let there = self.asking.contains(&chat.visitor)
            || self.is_connected(&self.visitors[chat.visitor].on);
        self.give_to(id, agent, there.then_some(self.now));
        self.tell(from, id, Notice::PickedUp(agent));
        Ok(())
    }

    pub fn hand_over(
        &mut self,
        agent: Place,
        id: ConversationId,
        to: Option<Place>,
        note: &str,
    ) -> Result<(), Refusal> {
        self.own(agent, id)?;
        let to = to.filter(|to| self.eligible(*to)).ok_or(Refusal::NotNow)?;
        if note.chars().count() > LONGEST_NOTE {
            return Err(Refusal::TooLarge);
        }
        let chat = self.chats.get_mut(&id).unwrap();
        let until = self.now + self.sites[self.visitors[chat.visitor].site].offer;
        match &mut chat.stage {
            Stage::Active {
                transfer: transfer @ None,
                ..
            } if to != agent => {
                *transfer = Some((to, note.trim().to_owned(), until));
                chat.moved = false;
                Ok(())
            }
            _ => Err(Refusal::NotNow),
        }
    }

    /// What a supervisor may do to a chat of others: seen, and by role.
    fn supervise(&self, agent: Place, role: Role, id: ConversationId) -> Result<(), Refusal> {
        let sees = self.sees(agent, role, id);
        if !sees && self.asked(id) != Some(agent) {
            Err(Refusal::NotFound)
        } else if role == Role::Agent {
            Err(Refusal::Forbidden)
        } else if !sees {
            // A request that is held out: accepted or declined, and nothing else.
            Err(Refusal::NotNow)
        } else {
            Ok(())
        }
    }

    pub fn take_over(
        &mut self,
        agent: Place,
        role: Role,
        id: ConversationId,
    ) -> Result<(), Refusal> {
        self.supervise(agent, role, id)?;
        match self.chats[&id].stage {
            Stage::Active {
                agent: own, clock, ..
            } if own != agent => {
                self.give_to(id, agent, clock);
                self.tell(Some(own), id, Notice::TakenOver(agent));
                Ok(())
            }
            Stage::Ended { .. } => Err(Refusal::Ended),
            _ => Err(Refusal::NotNow),
        }
    }

    pub fn block(
        &mut self,
        agent: Place,
        role: Role,
        id: ConversationId,
        blocked: bool,
    ) -> Result<(), Refusal> {
        self.supervise(agent, role, id)?;
        let visitor = self.chats[&id].visitor;
        self.visitors[visitor].blocked = blocked;
        Ok(())
    }

    pub fn switch(&mut self, agent: Place, available: bool) {
        let now = self.now;
        let one = &mut self.agents[agent];
        one.missed = 0;
        one.over = one.hours.switched(available, now);
        self.recompute(agent);
    }

    pub fn reset(&mut self, agent: Place) {
        self.agents[agent].missed = 0;
        self.agents[agent].over = None;
        self.recompute(agent);
    }

    pub fn set_unavailable(&mut self, role: Role, agent: Option<Place>) -> Result<(), Refusal> {
        if role == Role::Agent {
            return Err(Refusal::Forbidden);
        }
        let agent = agent.ok_or(Refusal::NotFound)?;
        if self.available(agent) {
            let now = self.now;
            let one = &mut self.agents[agent];
            one.over = one.hours.switched(false, now);
            self.recompute(agent);
        }
        Ok(())
    }

    /// Looks what holds now, tells it, and passes on what is held out to who takes nothing.
    pub fn recompute(&mut self, agent: Place) {
        let available = self.available(agent);
        let now = self.now;
        let one = &mut self.agents[agent];
        one.over = one.over.filter(|(_, until, _)| now < *until);
        if available && !one.told {
            one.missed = 0;
        }
        one.told = available;
        if !available {
            self.release(agent);
        }
    }

    pub(super) fn release(&mut self, agent: Place) {
        let held: Vec<_> = self.open.iter().copied().collect();
        for id in held {
            if self.asked(id) == Some(agent) {
                self.not_taken(id, false);
            }
        }
    }

    pub fn agent_reads(
        &mut self,
        agent: Place,
        id: ConversationId,
        up_to: u32,
    ) -> Result<(), Refusal> {
        self.own(agent, id)?;
        let chat = self.chats.get_mut(&id).unwrap();
        let last = u32::try_from(chat.messages.len()).unwrap();
        chat.agent_read = chat.agent_read.max(up_to.min(last));
        Ok(())
    }

    /// The agent's sessions on a run have ended.
    pub fn signs_out(&mut self, agent: Place, run: i64) {
        let now = self.now;
        let elsewhere: std::collections::BTreeSet<_> = self.agents[agent]
            .on
            .iter()
            .copied()
            .filter(|on| *on != run)
            .collect();
        let one = &mut self.agents[agent];
        if !one.disabled && elsewhere.iter().any(|on| self.runs[on] > now - 10 * SECOND) {
            if one.on.remove(&run) {
                one.seen = now;
            }
            return;
        }
        // Out of reach at once, whatever was connected a moment ago.
        one.on.clear();
        one.seen = 0;
        let disabled = one.disabled;
        self.release(agent);
        for id in self.open.clone() {
            let chat = self.chats.get_mut(&id).unwrap();
            match &mut chat.stage {
                Stage::Active { agent: own, .. } if *own == agent && disabled => {
                    chat.stage = Stage::Unanswered;
                }
                Stage::Active {
                    agent: own, away, ..
                } if *own == agent => *away = true,
                _ => {}
            }
        }
    }
}
