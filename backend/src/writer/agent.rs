//! What agents do.

use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp,
    conversation::{Audience, State},
    frame::agent::{AgentCommand, Answer},
    message::{Author, Body, Seq},
    text::MessageText,
};

use super::{Done, batch::Batch};
use crate::{live::event::Event, store::message::Placed};

impl Batch<'_> {
    pub(super) fn agent_command(
        &mut self,
        agent: AgentId,
        id: CommandId,
        command: &AgentCommand,
    ) -> Result<Done, Refusal> {
        if let AgentCommand::Message { conversation, text } = command {
            return self
                .agent_message(agent, id, *conversation, text)
                .map(Done::Agent);
        }
        let actor = agent.0.as_bytes();
        if let Some(answer) = self.answer_of::<Answer>(id, actor) {
            return answer.map(Done::Agent);
        }
        match command {
            AgentCommand::Accept { conversation } => self.accept(agent, *conversation)?,
            AgentCommand::Decline { conversation } => {
                let declined = self
                    .chats
                    .get(conversation)
                    .ok_or(Refusal::NoLongerWaiting)?;
                declined.head.offered_to(agent)?;
                self.pass_on(*conversation)?;
            }
            AgentCommand::End { conversation } => self.agent_ends(agent, *conversation)?,
            AgentCommand::SetAvailable { available } => self.set_available(agent, *available)?,
            AgentCommand::Message { .. } => {}
        }
        self.keep_answer(id, actor, &Answer::Done);
        Ok(Done::Agent(Answer::Done))
    }

    fn name(&self, agent: AgentId) -> Result<String, Refusal> {
        self.directory
            .agent_name(agent)
            .map(str::to_owned)
            .ok_or(Refusal::NotFound)
    }

    fn accept(&mut self, agent: AgentId, conversation: ConversationId) -> Result<(), Refusal> {
        let (now, name) = (self.now, self.name(agent)?);
        let chat = self
            .chats
            .get_mut(&conversation)
            .ok_or(Refusal::NoLongerWaiting)?;
        let joined = chat.head.accept(agent, &name, now)?;
        self.announce(conversation, joined)
    }

    fn agent_ends(&mut self, agent: AgentId, conversation: ConversationId) -> Result<(), Refusal> {
        let (now, name) = (self.now, self.name(agent)?);
        let end = self
            .chat(conversation)?
            .head
            .end_by_agent(agent, &name, now)?;
        self.count(agent, -1);
        self.announce(conversation, end)
    }

    fn set_available(&mut self, agent: AgentId, available: bool) -> Result<(), Refusal> {
        if let Some(candidate) = self.candidate(agent) {
            candidate.available = available;
        }
        self.switches.push((agent, available));
        self.events.push(Event::Available { agent, available });
        if !available {
            let held_out: Vec<_> = self
                .chats
                .values()
                .filter(|chat| chat.head.audience() == Audience::Offered(agent))
                .map(|chat| chat.head.id)
                .collect();
            for conversation in held_out {
                self.pass_on(conversation)?;
            }
        }
        Ok(())
    }

    fn agent_message(
        &mut self,
        agent: AgentId,
        id: CommandId,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Answer, Refusal> {
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
        self.chat(conversation)?.head.held_by(agent)?;
        let text = MessageText::try_from(text.to_owned())?;
        let author = Author::Agent {
            id: agent,
            name: self.name(agent)?,
        };
        let (seq, at) = self.append(conversation, author, Body::Text(text.into()), Some(id))?;
        self.place(Placed {
            command: id,
            conversation,
            seq,
            at,
            agent: Some(agent),
        });
        Ok(Answer::Message {
            conversation,
            seq,
            at,
        })
    }

    pub(super) fn agent_read(
        &mut self,
        agent: AgentId,
        conversation: ConversationId,
        up_to: Seq,
    ) -> Result<Done, Refusal> {
        let stored = self
            .unread
            .get(&(conversation, up_to, false))
            .copied()
            .unwrap_or(0);
        let chat = self.chat(conversation)?;
        chat.head.held_by(agent)?;
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
        let connected = connected || self.elsewhere.contains(&agent.0);
        let chats: Vec<_> = self
            .chats
            .values()
            .filter(|chat| matches!(&chat.head.state, State::Active { agent: own, .. } if *own == agent))
            .filter_map(|chat| Some((self.visitors.get(&chat.head.visitor)?.key, chat.head.id)))
            .collect();
        if !chats.is_empty() {
            self.events.push(Event::AgentConnected { connected, chats });
        }
        Ok(Done::Silently)
    }
}
