//! What time does: offers that expire, visitors and agents who are gone, chats that fall silent.

use domain::{
    ConversationId, Refusal,
    conversation::{
        State,
        life::{Due, FALLBACK_GRACE, WAITING_GRACE},
    },
};

use super::{Done, batch::Batch};

impl Batch<'_> {
    /// Looks at a conversation and does what is due. Any node may do so, any number of times:
    /// what was done already is not due any more.
    pub(super) fn watch(&mut self, id: ConversationId) -> Result<Done, Refusal> {
        let now = self.now;
        let (state, visitor) = {
            let head = &self.chat(id)?.head;
            (head.state.clone(), head.visitor)
        };
        let grace = match &state {
            State::Requested | State::Offered { .. } => Some(WAITING_GRACE),
            State::Fallback { .. } => Some(FALLBACK_GRACE),
            _ => None,
        };
        let gone = self
            .visitors
            .get(&visitor)
            .filter(|known| !known.connected)
            .map(|known| known.seen_at);
        if let Some((grace, gone)) = grace.zip(gone)
            && gone + grace <= now
        {
            if let Some(end) = self.chat(id)?.head.end_by_absence(now) {
                self.announce(id, end)?;
            }
            return Ok(Done::Silently);
        }
        let out_of_reach = match &state {
            State::Offered { agent, .. } => {
                !self.candidate(*agent).is_some_and(|agent| agent.reachable)
            }
            _ => false,
        };
        let times = self.directory.times(self.chat(id)?.head.site);
        match self.chat(id)?.head.due(times, now) {
            Some(Due::OfferExpired) => self.pass_on(id)?,
            Some(Due::Warning) => {
                let chat = self.chat(id)?;
                chat.head.warn();
                chat.touch();
            }
            Some(Due::Inactive) => {
                if let Some(end) = self.chat(id)?.head.end_by_inactivity(now) {
                    self.announce(id, end)?;
                }
            }
            None if out_of_reach => self.pass_on(id)?,
            None => {}
        }
        Ok(Done::Silently)
    }
}
