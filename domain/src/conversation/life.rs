//! The rules of a conversation's life: which state follows which, and when.
//!
//! Each step takes the instant as an argument, changes the head, and returns what is to be
//! written into the conversation. A step that is refused has changed nothing.

mod words;

use core::time::Duration;

use super::{
    Conversation, EndReason, Pool, Round, State, TRANSFER_NOTE_CHARS, Transfer, amount::Said,
};
use crate::{
    AgentId, ConversationId, Refusal, SiteId, Timestamp, VisitorId,
    message::{EndedBy, SystemMessage},
    site::Times,
    text::plain,
};

/// How long before the end by inactivity both sides are warned.
pub const WARNING: Duration = Duration::from_secs(60);

/// How long a visitor who waits may be unconnected before the request is cancelled.
pub const WAITING_GRACE: Duration = Duration::from_secs(60);

/// How long a visitor may be gone in fallback before the request counts as missed.
pub const FALLBACK_GRACE: Duration = Duration::from_secs(30 * 60);

/// How long after the last sign of life an agent still counts as reachable.
pub const REACHABLE_GRACE: Duration = Duration::from_secs(60);

/// How long an agent with a waiting visitor may be unconnected before others may take the chat.
pub const VANISHED_GRACE: Duration = Duration::from_secs(2 * 60);

/// How many offers in a row an agent may miss before they are set unavailable.
pub const MISSED_IN_A_ROW: u8 = 2;

/// What a passed deadline asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The offer was not answered in time: [`Conversation::pass_on`].
    OfferExpired,
    /// The agent asked to take the chat over did not answer: [`Conversation::keep`].
    TransferExpired,
    /// One minute is left: [`Conversation::warn`].
    Warning,
    /// Nobody wrote: [`Conversation::end_by_inactivity`].
    Inactive,
}

impl Conversation {
    /// A new request.
    pub fn request(id: ConversationId, site: SiteId, visitor: VisitorId, now: Timestamp) -> Self {
        Self {
            id,
            site,
            visitor,
            state: State::Requested,
            version: 0,
            last: 0,
            agent_read: 0,
            visitor_read: 0,
            agent_unread: 0,
            visitor_unread: 0,
            created_at: now,
            accepted_at: None,
            activity_at: now,
            preview: String::new(),
            preview_by_agent: false,
            last_note: 0,
            score: None,
            rating: None,
            said: Said::default(),
            source: None,
        }
    }

    /// The next deadline of the state alone; the presence of people is watched elsewhere.
    pub fn due_at(&self, times: Times) -> Option<Timestamp> {
        match &self.state {
            State::Offered { expires_at, .. } => Some(*expires_at),
            State::Active {
                clock,
                warned,
                transfer,
                ..
            } => {
                let silent = clock.map(|clock| clock + silence(times, *warned));
                let handed = transfer.as_ref().map(|transfer| transfer.expires_at);
                silent.into_iter().chain(handed).min()
            }
            State::Requested
            | State::Fallback { .. }
            | State::Unanswered { .. }
            | State::Ended { .. } => None,
        }
    }

    /// What is to be done at `now`, if a deadline has passed.
    pub fn due(&self, times: Times, now: Timestamp) -> Option<Due> {
        match &self.state {
            State::Offered { expires_at, .. } if *expires_at <= now => Some(Due::OfferExpired),
            State::Active {
                transfer: Some(transfer),
                ..
            } if transfer.expires_at <= now => Some(Due::TransferExpired),
            State::Active {
                clock: Some(clock),
                warned,
                ..
            } if *clock + silence(times, *warned) <= now => {
                Some(if *warned { Due::Inactive } else { Due::Warning })
            }
            _ => None,
        }
    }

    /// Where, and without whom, a second agent is to be sought after a first offer that failed.
    /// The owner of the visitor's account has no second.
    pub fn wants_second(&self) -> Option<(Pool, AgentId)> {
        match &self.state {
            State::Offered {
                agent,
                round: Round::First,
                pool: pool @ (Pool::Team(_) | Pool::Everyone),
                ..
            } => Some((*pool, *agent)),
            _ => None,
        }
    }

    /// Holds the request out to `next`, or falls back when there is nobody or nobody else is to
    /// be asked.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] unless the visitor is waiting.
    pub fn pass_on(
        &mut self,
        next: Option<(AgentId, Pool)>,
        times: Times,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (round, tried, may) = match &self.state {
            State::Requested => (Round::First, None, true),
            State::Offered { tried, .. } => {
                (Round::Second, Some(*tried), self.wants_second().is_some())
            }
            _ => return Err(Refusal::NotNow),
        };
        self.state = match next.filter(|_| may) {
            Some((agent, pool)) => State::Offered {
                agent,
                round,
                tried: tried.unwrap_or(agent),
                pool,
                expires_at: now + times.offer,
            },
            None => State::Fallback { tried, since: now },
        };
        Ok(())
    }

    /// The agent takes what is held out to them: a request, or another agent's chat.
    ///
    /// # Errors
    /// [`Refusal::NoLongerWaiting`] unless it is held out to just this agent.
    pub fn accept(
        &mut self,
        agent: AgentId,
        name: &str,
        now: Timestamp,
    ) -> Result<SystemMessage, Refusal> {
        self.offered_to(agent)?;
        Ok(self.give_to(agent, name, Some(now), now))
    }

    /// Whether it is held out to `agent`.
    ///
    /// # Errors
    /// [`Refusal::NoLongerWaiting`] if not.
    pub fn offered_to(&self, agent: AgentId) -> Result<(), Refusal> {
        if self.audience().offered == Some(agent) {
            Ok(())
        } else {
            Err(Refusal::NoLongerWaiting)
        }
    }

    /// A message was left: any agent may pick it up.
    ///
    /// # Errors
    /// [`Refusal::Ended`] if it is over, [`Refusal::NotNow`] unless nobody took it.
    pub fn leave(&mut self, now: Timestamp) -> Result<(), Refusal> {
        match &self.state {
            State::Requested | State::Fallback { .. } => {
                self.state = State::Unanswered { since: now };
                Ok(())
            }
            State::Ended { .. } => Err(Refusal::Ended),
            _ => Err(Refusal::NotNow),
        }
    }

    /// An agent takes a left message, or the chat of an agent who vanished. The clock starts when
    /// the visitor is next connected.
    ///
    /// # Errors
    /// [`Refusal::NoLongerWaiting`] unless it stands under `Unanswered`.
    pub fn pick_up(
        &mut self,
        agent: AgentId,
        name: &str,
        visitor_connected: bool,
        now: Timestamp,
    ) -> Result<SystemMessage, Refusal> {
        if !self.is_unanswered() {
            return Err(Refusal::NoLongerWaiting);
        }
        Ok(self.give_to(agent, name, visitor_connected.then_some(now), now))
    }

    /// A supervisor takes another agent's chat at once.
    ///
    /// # Errors
    /// [`Refusal::Ended`] if it is over, [`Refusal::NotNow`] unless another agent has it.
    pub fn take_over(
        &mut self,
        agent: AgentId,
        name: &str,
        now: Timestamp,
    ) -> Result<SystemMessage, Refusal> {
        match &self.state {
            State::Active {
                agent: own, clock, ..
            } if *own != agent => {
                let clock = *clock;
                Ok(self.give_to(agent, name, clock, now))
            }
            State::Ended { .. } => Err(Refusal::Ended),
            _ => Err(Refusal::NotNow),
        }
    }

    fn give_to(
        &mut self,
        agent: AgentId,
        name: &str,
        clock: Option<Timestamp>,
        now: Timestamp,
    ) -> SystemMessage {
        self.state = State::Active {
            agent,
            clock,
            warned: false,
            away: false,
            transfer: None,
        };
        self.accepted_at.get_or_insert(now);
        SystemMessage::Joined {
            id: agent,
            name: name.to_owned(),
        }
    }

    /// The agent holds the chat out to `to`; until it is accepted it stays where it is.
    ///
    /// # Errors
    /// As [`Conversation::held_by`]; [`Refusal::NotNow`] if it is held out already or `to` has
    /// it; [`Refusal::TooLarge`] for a note over [`TRANSFER_NOTE_CHARS`].
    pub fn hand_over(
        &mut self,
        agent: AgentId,
        to: AgentId,
        note: &str,
        times: Times,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.held_by(agent)?;
        if note.chars().count() > TRANSFER_NOTE_CHARS {
            return Err(Refusal::TooLarge);
        }
        match &mut self.state {
            State::Active {
                transfer: transfer @ None,
                ..
            } if agent != to => {
                *transfer = Some(Transfer {
                    to,
                    note: plain(note).trim().to_owned(),
                    expires_at: now + times.offer,
                });
                Ok(())
            }
            _ => Err(Refusal::NotNow),
        }
    }

    /// The agent who was asked to take the chat over does not: it stays where it is. Returns
    /// who was asked.
    pub fn keep(&mut self) -> Option<AgentId> {
        match &mut self.state {
            State::Active { transfer, .. } => transfer.take().map(|transfer| transfer.to),
            _ => None,
        }
    }

    /// Whether the visitor waits for an answer of the chat's agent.
    pub fn awaits_answer(&self) -> bool {
        matches!(self.state, State::Active { .. })
            && !self.preview_by_agent
            && !self.preview.is_empty()
    }

    /// The agent vanished, or signed out: others may take the chat. Returns whether that is new.
    pub fn agent_vanished(&mut self) -> bool {
        match &mut self.state {
            State::Active {
                away: away @ false, ..
            } => {
                *away = true;
                true
            }
            _ => false,
        }
    }

    /// The agent is disabled: any agent may pick the chat up. Returns whether that is new.
    pub fn agent_disabled(&mut self, now: Timestamp) -> bool {
        let active = matches!(self.state, State::Active { .. });
        if active {
            self.state = State::Unanswered { since: now };
        }
        active
    }

    /// The visitor is connected: the clock of a chat that was picked up starts.
    /// Returns whether that is new.
    pub fn visitor_connected(&mut self, now: Timestamp) -> bool {
        match &mut self.state {
            State::Active {
                clock: clock @ None,
                ..
            } => {
                *clock = Some(now);
                true
            }
            _ => false,
        }
    }

    /// The visitor stops waiting, or ends the chat.
    ///
    /// # Errors
    /// [`Refusal::Ended`] if it is over.
    pub fn end_by_visitor(&mut self, now: Timestamp) -> Result<SystemMessage, Refusal> {
        let (reason, by) = match &self.state {
            State::Requested | State::Offered { .. } => (EndReason::Cancelled, EndedBy::Visitor),
            // It is the company that did not come; the visitor only starts anew.
            State::Fallback { .. } => (EndReason::Missed, EndedBy::Nobody),
            State::Unanswered { .. } | State::Active { .. } => {
                (EndReason::Visitor, EndedBy::Visitor)
            }
            State::Ended { .. } => return Err(Refusal::Ended),
        };
        Ok(self.end(reason, by, now))
    }

    /// The agent ends the session.
    ///
    /// # Errors
    /// [`Refusal::Ended`] if it is over, [`Refusal::NotFound`] if it is not this agent's.
    pub fn end_by_agent(
        &mut self,
        agent: AgentId,
        name: &str,
        now: Timestamp,
    ) -> Result<SystemMessage, Refusal> {
        self.held_by(agent)?;
        Ok(self.end(
            EndReason::Agent,
            EndedBy::Agent {
                id: agent,
                name: name.to_owned(),
            },
            now,
        ))
    }

    /// The visitor is gone for longer than the state bears; nothing in other states.
    pub fn end_by_absence(&mut self, now: Timestamp) -> Option<SystemMessage> {
        let reason = match &self.state {
            State::Requested | State::Offered { .. } => EndReason::Cancelled,
            State::Fallback { .. } => EndReason::Missed,
            _ => return None,
        };
        Some(self.end(reason, EndedBy::Nobody, now))
    }

    /// Ends an active conversation in which nobody wrote; nothing in other states.
    pub fn end_by_inactivity(&mut self, now: Timestamp) -> Option<SystemMessage> {
        matches!(self.state, State::Active { .. })
            .then(|| self.end(EndReason::Inactivity, EndedBy::Inactivity, now))
    }

    /// Tells both sides that one minute is left.
    pub fn warn(&mut self) {
        if let State::Active { warned, .. } = &mut self.state {
            *warned = true;
        }
    }

    /// Whether `agent` has it and it is open.
    ///
    /// # Errors
    /// [`Refusal::Ended`] if it is over, [`Refusal::NotFound`] if it is not this agent's.
    pub fn held_by(&self, agent: AgentId) -> Result<(), Refusal> {
        match &self.state {
            State::Active { agent: own, .. } if *own == agent => Ok(()),
            State::Ended { .. } if self.accepted_at.is_some() => Err(Refusal::Ended),
            _ => Err(Refusal::NotFound),
        }
    }

    /// When it will end for want of a word, once both sides were warned.
    pub fn closes_at(&self, times: Times) -> Option<Timestamp> {
        match &self.state {
            State::Active {
                clock: Some(clock),
                warned: true,
                ..
            } => Some(*clock + times.inactivity),
            _ => None,
        }
    }

    fn end(&mut self, reason: EndReason, by: EndedBy, now: Timestamp) -> SystemMessage {
        self.state = State::Ended {
            agent: self.agent(),
            reason,
            at: now,
        };
        self.activity_at = now;
        SystemMessage::Ended(by)
    }
}

/// After how long without a word the next thing happens: the warning, or the end.
fn silence(times: Times, warned: bool) -> Duration {
    if warned {
        times.inactivity
    } else {
        times.inactivity.saturating_sub(WARNING)
    }
}

#[cfg(test)]
mod tests;
