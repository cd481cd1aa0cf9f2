//! What agents do.

mod tools;

use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp,
    conversation::{Conversation, State},
    frame::agent::{AgentCommand, Answer, Moved},
    message::{Author, Body, Seq},
    offer::Reach,
    permission::{Action, Stand, Viewer},
};

use super::{Done, batch::Batch, file::text_body};
use crate::live::event::{Event, Notice};

impl Batch<'_> {
    pub(super) fn agent_command(
        &mut self,
        who: Viewer,
        id: CommandId,
        command: &AgentCommand,
    ) -> Result<Done, Refusal> {
        if self
            .directory
            .agent(who.agent)
            .is_some_and(|agent| agent.disabled)
        {
            return Err(Refusal::SignedOut);
        }
        if let AgentCommand::Message { conversation, text } = command {
            return self
                .agent_message(who, id, *conversation, text.len(), |_| text_body(text))
                .map(Done::Agent);
        }
        if let AgentCommand::File { conversation, file } = command {
            let (agent, conversation) = (Some(who.agent), *conversation);
            return self
                .agent_message(who, id, conversation, 0, |batch| {
                    batch.take_file(*file, conversation, agent)
                })
                .map(Done::Agent);
        }
        if let AgentCommand::ShareCalendar {
            conversation,
            agent,
        } = command
        {
            let (conversation, agent) = (*conversation, *agent);
            return self
                .agent_message(who, id, conversation, 0, |batch| {
                    batch.share(conversation, agent)
                })
                .map(Done::Agent);
        }
        if let AgentCommand::Note { conversation, text } = command {
            return self.note(who, id, *conversation, text).map(Done::Agent);
        }
        let agent = who.agent;
        let actor = agent.0.as_bytes();
        if let Some(answer) = self.answer_of::<Answer>(id, actor) {
            return answer.map(Done::Agent);
        }
        match command {
            AgentCommand::Accept { conversation } => self.accept(who, *conversation)?,
            AgentCommand::Decline { conversation } => self.decline(who, *conversation)?,
            AgentCommand::End { conversation } => self.agent_ends(who, *conversation)?,
            AgentCommand::SetAvailable { available } => self.set_available(agent, *available)?,
            AgentCommand::ResetAvailability => self.reset_availability(agent)?,
            AgentCommand::PickUp { conversation } => self.pick_up(who, *conversation)?,
            AgentCommand::Transfer {
                conversation,
                to,
                note,
            } => self.transfer(who, *conversation, *to, note)?,
            AgentCommand::TakeOver { conversation } => self.take_over(who, *conversation)?,
            AgentCommand::SetBlocked {
                conversation,
                blocked,
            } => self.set_blocked(who, *conversation, *blocked)?,
            AgentCommand::SetUnavailable { agent } => self.set_unavailable(who, *agent)?,
            AgentCommand::SetScore {
                conversation,
                score,
            } => self.set_score(who, *conversation, *score)?,
            AgentCommand::EditVisitor { conversation, edit } => {
                self.edit_visitor(who, *conversation, edit)?;
            }
            AgentCommand::Message { .. }
            | AgentCommand::File { .. }
            | AgentCommand::ShareCalendar { .. }
            | AgentCommand::Note { .. } => {}
        }
        self.keep_answer(id, actor, &Answer::Done);
        Ok(Done::Agent(Answer::Done))
    }

    pub(super) fn name(&self, agent: AgentId) -> Result<String, Refusal> {
        self.directory
            .agent_name(agent)
            .map(str::to_owned)
            .ok_or(Refusal::NotFound)
    }

    /// Whether the agent may do this to a conversation, as it stands. What an agent may not see
    /// does not exist; what the role never allows is forbidden; the rest is a matter of the state.
    fn permit(&self, who: Viewer, action: Action, id: ConversationId) -> Result<(), Refusal> {
        let head = &self.chats.get(&id).ok_or(Refusal::NotFound)?.head;
        let audience = head.audience();
        if who.may(action, who.stands(head)) {
            Ok(())
        } else if !audience.lists(who) && audience.offered != Some(who.agent) {
            Err(Refusal::NotFound)
        } else if !Stand::ALL.iter().any(|stand| who.may(action, *stand)) {
            Err(Refusal::Forbidden)
        } else if !head.is_open() {
            Err(Refusal::Ended)
        } else {
            Err(Refusal::NotNow)
        }
    }

    /// That it is the agent's own open chat, in which they may act.
    pub(super) fn own(&self, who: Viewer, id: ConversationId) -> Result<(), Refusal> {
        let head = &self.chats.get(&id).ok_or(Refusal::NotFound)?.head;
        head.held_by(who.agent)?;
        // A chat that its agent has is never held out to that same agent.
        self.permit(who, Action::Talk, id)
    }

    /// That it is held out to the agent.
    fn held_out(&self, who: Viewer, id: ConversationId) -> Result<(), Refusal> {
        let chat = self.chats.get(&id).ok_or(Refusal::NoLongerWaiting)?;
        chat.head.offered_to(who.agent)?;
        self.permit(who, Action::AnswerOffer, id)
    }

    fn accept(&mut self, who: Viewer, id: ConversationId) -> Result<(), Refusal> {
        self.held_out(who, id)?;
        let (now, agent, name) = (self.now, who.agent, self.name(who.agent)?);
        let from = self.chat(id)?.head.agent();
        let joined = self.step(id, |head| head.accept(agent, &name, now))?;
        self.answered_offer(agent);
        self.moved(id, from, &name, Moved::Transferred)?;
        self.announce(id, joined)
    }

    fn decline(&mut self, who: Viewer, id: ConversationId) -> Result<(), Refusal> {
        self.held_out(who, id)?;
        self.answered_offer(who.agent);
        self.give_up(id)
    }

    fn pick_up(&mut self, who: Viewer, id: ConversationId) -> Result<(), Refusal> {
        let chat = self.chats.get(&id).ok_or(Refusal::NoLongerWaiting)?;
        if !chat.head.is_unanswered() {
            return Err(Refusal::NoLongerWaiting);
        }
        let (from, visitor) = (chat.head.agent(), chat.head.visitor);
        self.permit(who, Action::PickUp, id)?;
        let (now, agent, name) = (self.now, who.agent, self.name(who.agent)?);
        let connected = self
            .visitors
            .get(&visitor)
            .is_some_and(|known| known.connected);
        let joined = self.step(id, |head| head.pick_up(agent, &name, connected, now))?;
        self.moved(id, from, &name, Moved::PickedUp)?;
        self.announce(id, joined)
    }

    fn take_over(&mut self, who: Viewer, id: ConversationId) -> Result<(), Refusal> {
        self.permit(who, Action::TakeOver, id)?;
        let (now, agent, name) = (self.now, who.agent, self.name(who.agent)?);
        let from = self.chat(id)?.head.agent();
        let joined = self.step(id, |head| head.take_over(agent, &name, now))?;
        self.did(who, "take_over", id.0);
        self.moved(id, from, &name, Moved::TakenOver)?;
        self.announce(id, joined)
    }

    /// Tells the agent who had a chat that another has it now.
    fn moved(
        &mut self,
        id: ConversationId,
        from: Option<AgentId>,
        to: &str,
        how: Moved,
    ) -> Result<(), Refusal> {
        if let Some(from) = from {
            self.chat(id)?.notices.push(Notice::Moved {
                from,
                to: to.to_owned(),
                how,
            });
        }
        Ok(())
    }

    fn set_blocked(
        &mut self,
        who: Viewer,
        id: ConversationId,
        blocked: bool,
    ) -> Result<(), Refusal> {
        self.permit(who, Action::BlockVisitor, id)?;
        let visitor = self.chat(id)?.head.visitor;
        let known = self.visitors.get_mut(&visitor).ok_or(Refusal::NotFound)?;
        if known.visitor.blocked == blocked {
            return Ok(());
        }
        known.visitor.blocked = blocked;
        self.blocked.push((visitor, blocked));
        self.visitor_changed(visitor);
        self.did(who, if blocked { "block" } else { "unblock" }, visitor.0);
        self.chat(id)?.touch();
        Ok(())
    }

    fn agent_ends(&mut self, who: Viewer, id: ConversationId) -> Result<(), Refusal> {
        self.own(who, id)?;
        let (now, agent, name) = (self.now, who.agent, self.name(who.agent)?);
        let end = self.step(id, |head| head.end_by_agent(agent, &name, now))?;
        self.announce(id, end)
    }

    fn agent_message(
        &mut self,
        who: Viewer,
        id: CommandId,
        conversation: ConversationId,
        bytes: usize,
        body: impl FnOnce(&mut Self) -> Result<Body, Refusal>,
    ) -> Result<Answer, Refusal> {
        let agent = who.agent;
        if let Some(placed) = self.placed(id) {
            if placed.agent != Some(agent) || placed.conversation != conversation {
                return Err(Refusal::Forbidden);
            }
            return Ok(Answer::Message {
                conversation,
                seq: placed.seq,
                at: placed.at,
            });
        }
        self.own(who, conversation)?;
        let author = Author::Agent {
            id: agent,
            name: self.name(agent)?,
        };
        self.room_for(conversation, &author, bytes)?;
        let body = body(self)?;
        let (seq, at) = self.append(conversation, author, body, Some(id))?;
        Ok(Answer::Message {
            conversation,
            seq,
            at,
        })
    }

    pub(super) fn agent_read(
        &mut self,
        who: Viewer,
        conversation: ConversationId,
        up_to: Seq,
    ) -> Result<Done, Refusal> {
        let stored = self
            .unread
            .get(&(conversation, up_to, false))
            .copied()
            .unwrap_or(0);
        self.own(who, conversation)?;
        let chat = self.chat(conversation)?;
        let up_to = up_to.min(chat.head.last);
        if up_to > chat.head.agent_read {
            chat.head.agent_read = up_to;
            chat.head.agent_unread = stored.saturating_add(chat.new_after(up_to, false));
            chat.touch();
        }
        Ok(Done::Silently)
    }

    pub(super) fn agent_presence(
        &mut self,
        agent: AgentId,
        connected: bool,
        at: Timestamp,
    ) -> Result<Done, Refusal> {
        if connected {
            self.entering.push(agent.0);
        } else {
            self.leaving.push((agent.0, at));
        }
        self.agents_changed = true;
        let connected = connected || self.elsewhere.contains(&agent.0);
        self.tell_visitors_of(agent, connected);
        Ok(Done::Silently)
    }

    /// Tells the visitors of the agent's chats that the agent came or went.
    fn tell_visitors_of(&mut self, agent: AgentId, connected: bool) {
        let chats: Vec<_> = self
            .active_of(agent)
            .filter_map(|head| Some((self.visitors.get(&head.visitor)?.key, head.id)))
            .collect();
        if !chats.is_empty() {
            self.events.push(Event::AgentConnected { connected, chats });
        }
    }

    fn active_of(&self, agent: AgentId) -> impl Iterator<Item = &Conversation> {
        self.chats.values().map(|chat| &chat.head).filter(
            move |head| matches!(&head.state, State::Active { agent: own, .. } if *own == agent),
        )
    }

    /// The agent's sessions here have ended. One who is connected with another, or to another
    /// node, is still there; else what is held out passes on, and others may take the chats.
    pub(super) fn agent_signs_out(&mut self, agent: AgentId) -> Result<Done, Refusal> {
        let disabled = self
            .roster
            .standings
            .get(&agent)
            .is_some_and(|standing| standing.disabled);
        if self.elsewhere.contains(&agent.0) && !disabled {
            self.leaving.push((agent.0, self.now));
            return Ok(Done::Silently);
        }
        self.signed_out.push(agent);
        self.agents_changed = true;
        let pushed = self
            .roster
            .standings
            .get(&agent)
            .is_some_and(|standing| standing.pushed);
        if let Some(candidate) = self.roster.turns.candidate_mut(agent) {
            candidate.reach = if pushed { Reach::Push } else { Reach::Gone };
        }
        self.release(agent)?;
        self.tell_visitors_of(agent, false);
        let now = self.now;
        let mut active: Vec<_> = self.active_of(agent).map(|head| head.id).collect();
        active.sort_unstable();
        for id in active {
            if disabled {
                self.step(id, |head| Ok(head.agent_disabled(now)))?;
            } else if self.chat(id)?.head.agent_vanished() {
                self.chat(id)?.touch();
            }
        }
        Ok(Done::Silently)
    }
}
