//! What the agent asked for and the server has not answered, in the order of asking.

use std::sync::Arc;

use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp,
    frame::agent::{AgentCommand, AgentRequest},
};

use super::Effect;

/// Something that the agent wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Message {
        conversation: ConversationId,
        text: Arc<str>,
    },
    Accept(ConversationId),
    Decline(ConversationId),
    End(ConversationId),
    SetAvailable(bool),
    /// The schedule decides again.
    ResetAvailability,
    PickUp(ConversationId),
    TakeOver(ConversationId),
    Transfer {
        conversation: ConversationId,
        to: AgentId,
        note: Arc<str>,
    },
    SetBlocked {
        conversation: ConversationId,
        blocked: bool,
    },
    /// Sets another agent unavailable.
    SetUnavailable(AgentId),
}

impl Intent {
    /// The conversation that a message is for; none for anything but a message.
    pub fn message_of(&self) -> Option<ConversationId> {
        match self {
            Self::Message { conversation, .. } => Some(*conversation),
            _ => None,
        }
    }

    fn is_availability(&self) -> bool {
        matches!(self, Self::SetAvailable(_) | Self::ResetAvailability)
    }

    fn command(&self) -> AgentCommand {
        match self {
            Self::Message { conversation, text } => AgentCommand::Message {
                conversation: *conversation,
                text: text.to_string(),
            },
            Self::Accept(id) => AgentCommand::Accept { conversation: *id },
            Self::Decline(id) => AgentCommand::Decline { conversation: *id },
            Self::End(id) => AgentCommand::End { conversation: *id },
            Self::SetAvailable(available) => AgentCommand::SetAvailable {
                available: *available,
            },
            Self::ResetAvailability => AgentCommand::ResetAvailability,
            Self::PickUp(id) => AgentCommand::PickUp { conversation: *id },
            Self::TakeOver(id) => AgentCommand::TakeOver { conversation: *id },
            Self::Transfer {
                conversation,
                to,
                note,
            } => AgentCommand::Transfer {
                conversation: *conversation,
                to: *to,
                note: note.to_string(),
            },
            Self::SetBlocked {
                conversation,
                blocked,
            } => AgentCommand::SetBlocked {
                conversation: *conversation,
                blocked: *blocked,
            },
            Self::SetUnavailable(agent) => AgentCommand::SetUnavailable { agent: *agent },
        }
    }
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Sent or to be sent; no answer yet.
    Waiting,
    /// The server does not take it.
    Refused(Refusal),
}

/// An intent without a good answer so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The same however often it is sent.
    pub id: CommandId,
    pub intent: Intent,
    /// When it was written, by the server's clock.
    pub at: Timestamp,
    pub fate: Fate,
}

impl Unsent {
    /// A new one, waiting.
    pub fn new(id: CommandId, intent: Intent, at: Timestamp) -> Self {
        Self {
            id,
            intent,
            at,
            fate: Fate::Waiting,
        }
    }

    /// The frame that asks for it.
    pub fn frame(&self) -> AgentRequest {
        AgentRequest::Command {
            id: self.id,
            command: self.intent.command(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Outbox(Vec<Unsent>);

impl Outbox {
    pub fn push(&mut self, unsent: Unsent) {
        // A later wish for the switch replaces an earlier one that has no answer yet.
        if unsent.intent.is_availability() {
            self.0.retain(|known| !known.intent.is_availability());
        }
        self.0.push(unsent);
    }

    /// Takes back what the browser kept, in its place.
    pub fn restore(&mut self, unsent: Unsent) {
        if self.get(unsent.id).is_none() {
            // Before the first that is younger; a real sort is a lot to load for these few.
            let at = self.0.iter().position(|known| known.id > unsent.id);
            self.0.insert(at.unwrap_or(self.0.len()), unsent);
        }
    }

    pub fn get(&self, id: CommandId) -> Option<&Unsent> {
        self.0.iter().find(|known| known.id == id)
    }

    pub fn take(&mut self, id: CommandId) -> Option<Unsent> {
        let at = self.0.iter().position(|known| known.id == id)?;
        Some(self.0.remove(at))
    }

    pub fn refuse(&mut self, id: CommandId, fate: Fate) -> Option<Unsent> {
        let unsent = self.0.iter_mut().find(|known| known.id == id)?;
        unsent.fate = fate;
        Some(unsent.clone())
    }

    /// A refused message, waiting again at the end. What the server could not do just now is
    /// repeated under its old id, since it may have been done after all; any other refusal
    /// is the lasting answer to that id, and it goes under the one that follows from it.
    pub fn renew(&mut self, old: CommandId) -> Option<Unsent> {
        let Fate::Refused(refusal) = self.get(old)?.fate else {
            return None;
        };
        let mut unsent = self.take(old)?;
        if refusal != Refusal::Unavailable {
            unsent.id = old.retry();
        }
        unsent.fate = Fate::Waiting;
        self.0.push(unsent.clone());
        Some(unsent)
    }

    pub fn text(&self, id: CommandId) -> Option<Arc<str>> {
        match &self.get(id)?.intent {
            Intent::Message { text, .. } => Some(Arc::clone(text)),
            _ => None,
        }
    }

    pub fn is_asked(&self, intent: &Intent) -> bool {
        self.0
            .iter()
            .any(|known| known.intent == *intent && known.fate == Fate::Waiting)
    }

    pub fn is_transferring(&self, id: ConversationId) -> bool {
        self.0.iter().any(|known| {
            matches!(known.intent, Intent::Transfer { conversation, .. } if conversation == id)
        })
    }

    pub fn wanted_available(&self) -> Option<bool> {
        self.0.iter().find_map(|known| match known.intent {
            Intent::SetAvailable(available) => Some(available),
            _ => None,
        })
    }

    /// Everything without an answer, to be sent once more after a connection was lost.
    pub fn waiting(&self) -> impl Iterator<Item = Effect> {
        self.0
            .iter()
            .filter(|unsent| unsent.fate == Fate::Waiting)
            .map(|unsent| Effect::Send(unsent.frame()))
    }

    /// The messages for a conversation, in order.
    pub fn messages(&self, id: ConversationId) -> impl Iterator<Item = (&Unsent, &Arc<str>)> {
        self.0
            .iter()
            .filter_map(move |unsent| match &unsent.intent {
                Intent::Message { conversation, text } if *conversation == id => {
                    Some((unsent, text))
                }
                _ => None,
            })
    }
}
