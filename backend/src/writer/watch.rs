//! What time does: offers that expire, visitors and agents who are gone, chats that fall silent.

use domain::{
    ConversationId, Refusal,
    conversation::{
        State,
        life::{Due, FALLBACK_GRACE, VANISHED_GRACE, WAITING_GRACE},
        missed::Missed,
    },
};

use super::{Done, batch::Batch};

impl Batch<'_> {
    /// Looks at a conversation and does what is due. Any node may do so, any number of times:
    /// what was done already is not due any more.
    pub(super) fn watch(&mut self, id: ConversationId) -> Result<Done, Refusal> {
        let now = self.now;
        if self.visitor_is_gone(id)? {
            if let Some(end) = self.step(id, |head| Ok(head.end_by_absence(now)))? {
                self.announce(id, end)?;
            }
            return Ok(Done::Silently);
        }
        let times = self.directory.times(self.chat(id)?.head.site);
        match self.chat(id)?.head.due(times, now) {
            Some(Due::OfferExpired) => {
                let missed = self.chat(id)?.head.audience().offered;
                let (visitor, source) = (self.chat(id)?.head.visitor, self.chat(id)?.head.source);
                // Who has left was not kept waiting by anybody.
                let waits = self
                    .visitors
                    .get(&visitor)
                    .is_some_and(|known| known.connected);
                self.pass_on(id)?;
                if let Some(agent) = missed.filter(|_| waits) {
                    self.missed(agent, Some(Missed { visitor, source }))?;
                }
            }
            Some(Due::TransferExpired) => {
                let missed = self.chat(id)?.head.audience().offered;
                self.leave_with_sender(id, true)?;
                if let Some(agent) = missed {
                    self.missed(agent, None)?;
                }
            }
            Some(Due::Warning) => {
                let chat = self.chat(id)?;
                chat.head.warn();
                chat.touch();
            }
            Some(Due::Inactive) => {
                if let Some(end) = self.step(id, |head| Ok(head.end_by_inactivity(now)))? {
                    self.announce(id, end)?;
                }
            }
            None => self.look_after_agents(id)?,
        }
        Ok(Done::Silently)
    }

    /// Whether the visitor is gone for longer than the state bears.
    fn visitor_is_gone(&mut self, id: ConversationId) -> Result<bool, Refusal> {
        let head = &self.chat(id)?.head;
        let (visitor, grace) = match &head.state {
            State::Requested | State::Offered { .. } => (head.visitor, WAITING_GRACE),
            State::Fallback { .. } => (head.visitor, FALLBACK_GRACE),
            _ => return Ok(false),
        };
        let known = self.visitors.get(&visitor);
        Ok(known.is_some_and(|known| !known.connected && known.seen_at + grace <= self.now))
    }

    /// The agent asked may not be able to keep the offer, and the chat's agent may be gone.
    fn look_after_agents(&mut self, id: ConversationId) -> Result<(), Refusal> {
        let now = self.now;
        let head = &self.chat(id)?.head;
        let (own, offered) = match &head.state {
            State::Active { agent, .. } => (Some(*agent), head.audience().offered),
            _ => (None, head.audience().offered),
        };
        let awaits_answer = head.awaits_answer();
        if offered.is_some_and(|asked| !self.may_keep(asked)) {
            self.give_up(id)?;
        }
        let Some(standing) = own.and_then(|agent| self.roster.standings.get(&agent)) else {
            return Ok(());
        };
        if standing.disabled {
            self.step(id, |head| Ok(head.agent_disabled(now)))?;
        } else if awaits_answer
            && standing.seen_at + VANISHED_GRACE <= now
            && self.chat(id)?.head.agent_vanished()
        {
            self.chat(id)?.touch();
        }
        Ok(())
    }
}
