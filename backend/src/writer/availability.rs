//! Who takes new chats: the switch, the schedule behind it, and offers that were missed.

use domain::{
    AgentId, Refusal,
    conversation::{life::MISSED_IN_A_ROW, missed::Missed},
    permission::{Action, Stand, Viewer},
};

use super::{Done, batch::Batch};
use crate::{clock::random, live::event::Event, store::audit::Deed};

impl Batch<'_> {
    /// The agent turns the switch.
    pub(super) fn set_available(&mut self, agent: AgentId, wanted: bool) -> Result<(), Refusal> {
        let now = self.now;
        let duty = self.duties.get_mut(&agent).ok_or(Refusal::NotFound)?;
        duty.missed = 0;
        duty.switch(wanted, now);
        self.recompute(agent)
    }

    /// The agent goes back to the schedule.
    pub(super) fn reset_availability(&mut self, agent: AgentId) -> Result<(), Refusal> {
        let duty = self.duties.get_mut(&agent).ok_or(Refusal::NotFound)?;
        duty.missed = 0;
        duty.over = None;
        self.recompute(agent)
    }

    /// A supervisor sets another agent unavailable.
    pub(super) fn set_unavailable(&mut self, who: Viewer, agent: AgentId) -> Result<(), Refusal> {
        if !who.may(Action::SetUnavailable, Stand::None) {
            return Err(Refusal::Forbidden);
        }
        let now = self.now;
        let duty = self.duties.get_mut(&agent).ok_or(Refusal::NotFound)?;
        if !duty.availability(now).available {
            return Ok(());
        }
        duty.switch(false, now);
        self.did(who, "set_unavailable", agent.0);
        self.recompute(agent)
    }

    /// What the schedule says may have changed. Told in any case: with other hours a setting above
    /// them may be over although the agent is as available as before.
    pub(super) fn availability_is_due(&mut self, agent: AgentId) -> Result<Done, Refusal> {
        self.recompute(agent)?;
        Ok(Done::Silently)
    }

    /// An offer expired at the agent: of a request, or (none) of a colleague's chat. The second in a
    /// row sets the agent unavailable, unless one stranger may be behind both.
    pub(super) fn missed(&mut self, agent: AgentId, by: Option<Missed>) -> Result<(), Refusal> {
        let now = self.now;
        let Some(duty) = self.duties.get_mut(&agent).filter(|duty| duty.available) else {
            return Ok(());
        };
        let counts = match (duty.missed_by, by) {
            (Some(before), Some(now)) => before.and_then(now),
            _ => true,
        };
        if duty.missed == 0 || counts {
            duty.missed = duty.missed.saturating_add(1);
        }
        duty.missed_by = by;
        let too_many = duty.missed >= MISSED_IN_A_ROW;
        if too_many {
            duty.switch(false, now);
            return self.recompute(agent);
        }
        self.changed_duties.push(agent);
        Ok(())
    }

    /// The agent answered an offer: what was missed before was no row.
    pub(super) fn answered_offer(&mut self, agent: AgentId) {
        self.answered_offers.push(agent);
        if let Some(duty) = self.duties.get_mut(&agent)
            && duty.missed < MISSED_IN_A_ROW
        {
            duty.missed = 0;
        }
    }

    /// Computes what holds now, tells the agent, and passes on what is held out to an agent who
    /// takes nothing any more.
    fn recompute(&mut self, agent: AgentId) -> Result<(), Refusal> {
        let now = self.now;
        let Some(duty) = self.duties.get_mut(&agent) else {
            return Ok(());
        };
        let availability = duty.refresh(now);
        self.changed_duties.push(agent);
        self.agents_changed = true;
        self.events.push(Event::Availability {
            agent,
            availability,
        });
        let disabled = self
            .roster
            .standings
            .get(&agent)
            .is_none_or(|standing| standing.disabled);
        if let Some(candidate) = self.roster.turns.candidate_mut(agent) {
            candidate.available = availability.available && !disabled;
        }
        if availability.available {
            return Ok(());
        }
        self.release(agent)
    }

    /// Notes what somebody did with a role's power.
    pub(super) fn did(&mut self, who: Viewer, action: &'static str, subject: uuid::Uuid) {
        self.deeds.push(Deed {
            id: domain::CommandId::new(self.now, random()).0,
            agent: who.agent,
            action,
            subject,
        });
    }
}
