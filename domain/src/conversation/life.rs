//! The rules of a conversation's life: which state follows which, and when.
//!
//! Each step takes the instant as an argument, changes the head, and returns what is to be
//! written into the conversation. A step that is refused has changed nothing.

use core::time::Duration;

use super::{Conversation, EndReason, Round, State};
use crate::{
    AgentId, ConversationId, Refusal, SiteId, Timestamp, VisitorId,
    message::{Author, EndedBy, Seq, SystemMessage, preview},
    site::Times,
};

/// How long before the end by inactivity both sides are warned.
pub const WARNING: Duration = Duration::from_secs(60);

/// How long a visitor who waits may be unconnected before the request is cancelled.
pub const WAITING_GRACE: Duration = Duration::from_secs(60);

/// How long a visitor may be gone in fallback before the request counts as missed.
pub const FALLBACK_GRACE: Duration = Duration::from_secs(30 * 60);

/// How long after the last sign of life an agent still counts as reachable.
pub const REACHABLE_GRACE: Duration = Duration::from_secs(60);

/// What a passed deadline asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The offer was not answered in time: [`Conversation::pass_on`].
    OfferExpired,
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
        }
    }

    /// The next deadline of the state alone; the presence of people is watched elsewhere.
    pub fn due_at(&self, times: Times) -> Option<Timestamp> {
        match &self.state {
            State::Offered { expires_at, .. } => Some(*expires_at),
            State::Active {
                clock,
                warned: false,
                ..
            } => Some(*clock + times.inactivity.saturating_sub(WARNING)),
            State::Active {
                clock,
                warned: true,
                ..
            } => Some(*clock + times.inactivity),
            State::Requested
            | State::Fallback { .. }
            | State::Unanswered { .. }
            | State::Ended { .. } => None,
        }
    }

    /// What is to be done at `now`, if a deadline has passed.
    pub fn due(&self, times: Times, now: Timestamp) -> Option<Due> {
        if self.due_at(times)? > now {
            return None;
        }
        match &self.state {
            State::Offered { .. } => Some(Due::OfferExpired),
            State::Active { warned: false, .. } => Some(Due::Warning),
            State::Active { .. } => Some(Due::Inactive),
            _ => None,
        }
    }

    /// Whether, and without whom, a next agent is to be sought: `Some(not)` when the request is
    /// new (`not` is none) or its first offer has failed.
    pub fn wants_agent(&self) -> Option<Option<AgentId>> {
        match &self.state {
            State::Requested => Some(None),
            State::Offered {
                agent,
                round: Round::First,
                ..
            } => Some(Some(*agent)),
            _ => None,
        }
    }

    /// Holds the request out to `next`, or falls back when there is nobody or two were asked.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] unless the visitor is waiting.
    pub fn pass_on(
        &mut self,
        next: Option<AgentId>,
        times: Times,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (round, tried) = match &self.state {
            State::Requested => (Round::First, None),
            State::Offered { tried, .. } => (Round::Second, Some(*tried)),
            _ => return Err(Refusal::NotNow),
        };
        let next = next.filter(|_| self.wants_agent().is_some());
        self.state = match next {
            Some(agent) => State::Offered {
                agent,
                round,
                tried: tried.unwrap_or(agent),
                expires_at: now + times.offer,
            },
            None => State::Fallback { tried, since: now },
        };
        Ok(())
    }

    /// The agent takes the conversation.
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
        self.state = State::Active {
            agent,
            clock: now,
            warned: false,
        };
        self.accepted_at = Some(now);
        Ok(SystemMessage::Joined {
            id: agent,
            name: name.to_owned(),
        })
    }

    /// Whether it is held out to `agent`.
    ///
    /// # Errors
    /// [`Refusal::NoLongerWaiting`] if not.
    pub fn offered_to(&self, agent: AgentId) -> Result<(), Refusal> {
        match &self.state {
            State::Offered { agent: asked, .. } if *asked == agent => Ok(()),
            _ => Err(Refusal::NoLongerWaiting),
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

    /// Whether the visitor may write: until the end, also while waiting.
    ///
    /// # Errors
    /// [`Refusal::Ended`] if it is over.
    pub fn open_to_visitor(&self) -> Result<(), Refusal> {
        if self.is_open() {
            Ok(())
        } else {
            Err(Refusal::Ended)
        }
    }

    /// Takes a message into the head: its number, the previews, the counts, the clock.
    /// Returns the number it gets.
    pub fn append(&mut self, author: &Author, text: Option<&str>, now: Timestamp) -> Seq {
        self.last = self.last.saturating_add(1);
        if let Some(text) = text {
            self.activity_at = now;
            // All that is written while waiting stands in the offer.
            self.preview = if self.is_waiting() {
                preview(&format!("{} {text}", self.preview))
            } else {
                preview(text)
            };
            self.preview_by_agent = matches!(author, Author::Agent { .. });
            match author {
                Author::Visitor => self.agent_unread = self.agent_unread.saturating_add(1),
                Author::Agent { .. } => self.visitor_unread = self.visitor_unread.saturating_add(1),
                Author::System => {}
            }
            if let State::Active { clock, warned, .. } = &mut self.state {
                *clock = now;
                *warned = false;
            }
        }
        self.last
    }

    /// When it will end for want of a word, once both sides were warned.
    pub fn closes_at(&self, times: Times) -> Option<Timestamp> {
        match &self.state {
            State::Active {
                clock,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Audience;

    const TIMES: Times = Times {
        offer: Duration::from_secs(100),
        inactivity: Duration::from_secs(600),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn agent(n: u8) -> AgentId {
        AgentId::new(at(0), [n; 10])
    }

    fn requested() -> Conversation {
        let id = [0; 10];
        Conversation::request(
            ConversationId::new(at(0), id),
            SiteId::new(at(0), id),
            VisitorId::new(at(0), id),
            at(0),
        )
    }

    fn offered() -> Conversation {
        let mut chat = requested();
        chat.pass_on(Some(agent(1)), TIMES, at(0)).unwrap();
        chat
    }

    fn active() -> Conversation {
        let mut chat = offered();
        chat.accept(agent(1), "Maya", at(10)).unwrap();
        chat
    }

    fn reason(chat: &Conversation) -> EndReason {
        match chat.state {
            State::Ended { reason, .. } => reason,
            ref other => panic!("not ended: {other:?}"),
        }
    }

    #[test]
    fn a_request_is_offered_twice_at_most_and_then_falls_back() {
        let mut chat = offered();
        assert_eq!(chat.due(TIMES, at(99)), None);
        assert_eq!(chat.due(TIMES, at(100)), Some(Due::OfferExpired));
        assert_eq!(chat.wants_agent(), Some(Some(agent(1))));
        chat.pass_on(Some(agent(2)), TIMES, at(100)).unwrap();
        assert_eq!(chat.due_at(TIMES), Some(at(200)));
        assert_eq!(chat.wants_agent(), None);
        chat.pass_on(Some(agent(3)), TIMES, at(200)).unwrap();
        assert_eq!(
            chat.state,
            State::Fallback {
                tried: Some(agent(1)),
                since: at(200)
            }
        );
    }

    #[test]
    fn a_request_with_nobody_there_falls_back_at_once() {
        let mut chat = requested();
        chat.pass_on(None, TIMES, at(0)).unwrap();
        assert_eq!(
            chat.state,
            State::Fallback {
                tried: None,
                since: at(0)
            }
        );
        assert_eq!(chat.audience(), Audience::Nobody);
    }

    #[test]
    fn only_the_agent_it_is_held_out_to_can_accept_and_only_once() {
        let mut chat = offered();
        assert_eq!(
            chat.accept(agent(2), "Jun", at(1)),
            Err(Refusal::NoLongerWaiting)
        );
        assert!(chat.accept(agent(1), "Maya", at(1)).is_ok());
        let after = chat.clone();
        assert_eq!(
            chat.accept(agent(1), "Maya", at(2)),
            Err(Refusal::NoLongerWaiting)
        );
        assert_eq!(chat, after);
    }

    #[test]
    fn inactivity_warns_one_minute_before_and_any_message_clears_the_warning() {
        let mut chat = active();
        assert_eq!(chat.due(TIMES, at(549)), None);
        assert_eq!(chat.due(TIMES, at(550)), Some(Due::Warning));
        chat.warn();
        assert_eq!(chat.closes_at(TIMES), Some(at(610)));
        chat.append(&Author::Visitor, Some("still here"), at(600));
        assert_eq!(chat.closes_at(TIMES), None);
        assert_eq!(chat.due_at(TIMES), Some(at(1_140)));
        chat.warn();
        assert_eq!(chat.due(TIMES, at(1_200)), Some(Due::Inactive));
        assert_eq!(
            chat.end_by_inactivity(at(1_200)),
            Some(SystemMessage::Ended(EndedBy::Inactivity))
        );
        assert_eq!(reason(&chat), EndReason::Inactivity);
    }

    #[test]
    fn a_system_line_does_not_wind_the_clock() {
        let mut chat = active();
        chat.append(&Author::System, None, at(500));
        assert_eq!(chat.due_at(TIMES), Some(at(550)));
    }

    #[test]
    fn the_end_keeps_its_reason() {
        let mut chat = offered();
        chat.end_by_visitor(at(5)).unwrap();
        assert_eq!(reason(&chat), EndReason::Cancelled);
        let mut chat = active();
        chat.end_by_visitor(at(20)).unwrap();
        assert_eq!(reason(&chat), EndReason::Visitor);
        let mut chat = active();
        chat.end_by_agent(agent(1), "Maya", at(20)).unwrap();
        assert_eq!(reason(&chat), EndReason::Agent);
        let mut chat = requested();
        chat.pass_on(None, TIMES, at(0)).unwrap();
        assert_eq!(
            chat.end_by_visitor(at(5)),
            Ok(SystemMessage::Ended(EndedBy::Nobody))
        );
        assert_eq!(reason(&chat), EndReason::Missed);
        let mut chat = offered();
        assert!(chat.end_by_absence(at(60)).is_some());
        assert_eq!(reason(&chat), EndReason::Cancelled);
        let mut chat = requested();
        chat.pass_on(None, TIMES, at(0)).unwrap();
        assert!(chat.end_by_absence(at(1_800)).is_some());
        assert_eq!(reason(&chat), EndReason::Missed);
    }

    #[test]
    fn after_the_end_nothing_changes() {
        let mut chat = active();
        chat.end_by_agent(agent(1), "Maya", at(20)).unwrap();
        let after = chat.clone();
        assert_eq!(chat.end_by_visitor(at(30)), Err(Refusal::Ended));
        assert_eq!(
            chat.end_by_agent(agent(1), "Maya", at(30)),
            Err(Refusal::Ended)
        );
        assert_eq!(
            chat.accept(agent(1), "Maya", at(30)),
            Err(Refusal::NoLongerWaiting)
        );
        assert_eq!(
            chat.pass_on(Some(agent(2)), TIMES, at(30)),
            Err(Refusal::NotNow)
        );
        assert_eq!(chat.open_to_visitor(), Err(Refusal::Ended));
        assert_eq!(chat.end_by_absence(at(30)), None);
        assert_eq!(chat.end_by_inactivity(at(30)), None);
        assert_eq!(chat.due(TIMES, at(100_000)), None);
        assert_eq!(chat, after);
    }

    #[test]
    fn an_active_chat_is_its_agents_alone_and_an_ended_one_is_everyones() {
        let mut chat = active();
        assert!(chat.audience().lists(agent(1)));
        assert!(!chat.audience().reads(agent(2)));
        assert_eq!(chat.held_by(agent(2)), Err(Refusal::NotFound));
        chat.end_by_visitor(at(20)).unwrap();
        assert!(chat.audience().lists(agent(2)));
    }

    #[test]
    fn a_cancelled_request_is_in_nobodys_list() {
        let mut chat = offered();
        assert!(chat.audience().reads(agent(1)) && !chat.audience().lists(agent(1)));
        chat.end_by_visitor(at(5)).unwrap();
        assert_eq!(chat.audience(), Audience::Nobody);
    }
}
