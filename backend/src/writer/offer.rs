//! Who is asked: requests passed on, and chats held out by one agent to another.

use domain::{
    AgentId, ConversationId, Refusal,
    account::EmailDomain,
    conversation::{Pool, State},
    offer::Search,
    permission::Viewer,
};

use super::batch::Batch;
use crate::live::event::Notice;

impl Batch<'_> {
    /// Finds the next agent for a waiting conversation, or lets it fall back.
    pub(super) fn pass_on(&mut self, id: ConversationId) -> Result<(), Refusal> {
        let next = self.next_agent(id)?;
        let now = self.now;
        let times = self.directory.times(self.chat(id)?.head.site);
        let asked = self.asked(id);
        self.step(id, |head| head.pass_on(next, times, now))?;
        let chat = self.chat(id)?;
        chat.fell_back = matches!(chat.head.state, State::Fallback { .. });
        self.mail_passed_on(id, asked)
    }

    fn next_agent(&mut self, id: ConversationId) -> Result<Option<(AgentId, Pool)>, Refusal> {
        let head = &self.chat(id)?.head;
        if let Some((pool, asked)) = head.wants_second() {
            return Ok(self.roster.turns.next(pool, Some(asked)));
        }
        if head.state != State::Requested {
            return Ok(None);
        }
        let (site, visitor) = (head.site, head.visitor);
        let Some(site) = self.directory.site(site) else {
            return Ok(None);
        };
        let owner = self
            .visitors
            .get(&visitor)
            .and_then(|known| EmailDomain::of(known.visitor.profile.email.as_ref()?))
            .and_then(|domain| self.owners.get(&domain).copied());
        let search = Search {
            owner,
            owner_away: site.settings.owner_away,
            team: site.settings.team,
            beyond_team: site.settings.beyond_team,
        };
        Ok(self.roster.turns.first(&search))
    }

    /// Whether what is held out to the agent may stay so.
    pub(super) fn may_keep(&self, agent: AgentId) -> bool {
        self.roster
            .turns
            .candidate(agent)
            .is_some_and(|candidate| candidate.may_keep())
    }

    /// The agent does not take what is held out to them.
    pub(super) fn give_up(&mut self, id: ConversationId) -> Result<(), Refusal> {
        if self.chat(id)?.head.is_waiting() {
            self.pass_on(id)
        } else {
            self.leave_with_sender(id, false)
        }
    }

    /// Passes everything on that is held out to the agent.
    pub(super) fn release(&mut self, agent: AgentId) -> Result<(), Refusal> {
        let mut held_out: Vec<_> = self
            .chats
            .values()
            .filter(|chat| chat.head.audience().offered == Some(agent))
            .map(|chat| chat.head.id)
            .collect();
        // In the order in which they were asked for, as turns go.
        held_out.sort_unstable();
        for conversation in held_out {
            self.give_up(conversation)?;
        }
        Ok(())
    }

    /// Holds an own chat out to a colleague who could be offered a new one.
    pub(super) fn transfer(
        &mut self,
        who: Viewer,
        id: ConversationId,
        to: AgentId,
        note: &str,
    ) -> Result<(), Refusal> {
        self.own(who, id)?;
        let eligible = self
            .roster
            .turns
            .candidate(to)
            .is_some_and(|candidate| candidate.eligible());
        if !eligible {
            return Err(Refusal::NotNow);
        }
        let now = self.now;
        let times = self.directory.times(self.chat(id)?.head.site);
        self.step(id, |head| head.hand_over(who.agent, to, note, times, now))
    }

    /// The colleague asked did not take the chat: its agent is told.
    pub(super) fn leave_with_sender(
        &mut self,
        id: ConversationId,
        expired: bool,
    ) -> Result<(), Refusal> {
        let asked = self.step(id, |head| Ok(head.keep()))?;
        let Some((from, asked)) = self.chat(id)?.head.agent().zip(asked) else {
            return Ok(());
        };
        let to = self.name(asked).unwrap_or_default();
        self.chat(id)?
            .notices
            .push(Notice::NotTransferred { from, to, expired });
        Ok(())
    }
}
