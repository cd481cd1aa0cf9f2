//! What the agent asked for and the server has not answered, in the order of asking.

use std::sync::Arc;

use domain::{
    AgentId, CommandId, ConversationId, FileId, Refusal, Timestamp,
    activity::Score,
    file::FileCard,
    frame::agent::{AgentCommand, AgentRequest},
    visitor::ProfileEdit,
};

use super::Effect;

/// Something that the agent wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Message {
        conversation: ConversationId,
        text: Arc<str>,
    },
    /// A private note.
    Note {
        conversation: ConversationId,
        text: Arc<str>,
    },
    /// A file: first uploaded, then sent.
    File {
        conversation: ConversationId,
        file: FileId,
        name: Arc<str>,
        /// Its size.
        bytes: u32,
        /// What the server says of it, once it is uploaded.
        card: Option<Arc<FileCard>>,
    },
    SetScore {
        conversation: ConversationId,
        score: Option<Score>,
    },
    EditVisitor {
        conversation: ConversationId,
        edit: Arc<ProfileEdit>,
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
    /// Gives the visitor a card by which they can book a meeting with this agent.
    ShareCalendar {
        conversation: ConversationId,
        agent: AgentId,
    },
    SetBlocked {
        conversation: ConversationId,
        blocked: bool,
    },
    /// Sets another agent unavailable.
    SetUnavailable(AgentId),
}

impl Intent {
    /// The conversation that a line is for; none for what is no message, note or file.
    pub fn line_of(&self) -> Option<ConversationId> {
        match self {
            Self::Message { conversation, .. }
            | Self::Note { conversation, .. }
            | Self::File { conversation, .. } => Some(*conversation),
            _ => None,
        }
    }

    /// Whether this makes an earlier wish of the same kind pointless.
    fn replaces(&self, known: &Self) -> bool {
        match (self, known) {
            (
                Self::SetScore { conversation, .. },
                Self::SetScore {
                    conversation: other,
                    ..
                },
            ) => conversation == other,
            _ => self.is_availability() && known.is_availability(),
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
            Self::Note { conversation, text } => AgentCommand::Note {
                conversation: *conversation,
                text: text.to_string(),
            },
            Self::File {
                conversation, file, ..
            } => AgentCommand::File {
                conversation: *conversation,
                file: *file,
            },
            Self::SetScore {
                conversation,
                score,
            } => AgentCommand::SetScore {
                conversation: *conversation,
                score: *score,
            },
            Self::EditVisitor { conversation, edit } => AgentCommand::EditVisitor {
                conversation: *conversation,
                edit: ProfileEdit::clone(edit),
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
            Self::ShareCalendar {
                conversation,
                agent,
            } => AgentCommand::ShareCalendar {
                conversation: *conversation,
                agent: *agent,
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
    /// A file on its way to the server: how much of it is there, in percent.
    Uploading(u8),
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
        // A later wish for one thing replaces an earlier one that has no answer yet.
        self.0
            .retain(|known| !unsent.intent.replaces(&known.intent));
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

    /// What has become of it, short of a good answer.
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
        unsent.fate = match unsent.intent {
            Intent::File { card: None, .. } => Fate::Uploading(0),
            _ => Fate::Waiting,
        };
        self.0.push(unsent.clone());
        Some(unsent)
    }

    /// The server has the file of this command, which can be sent now.
    pub fn uploaded(&mut self, id: CommandId, new: FileCard) -> Option<Unsent> {
        let unsent = self.0.iter_mut().find(|known| known.id == id)?;
        if let Intent::File { card, .. } = &mut unsent.intent {
            *card = Some(Arc::new(new));
        }
        unsent.fate = Fate::Waiting;
        Some(unsent.clone())
    }

    /// The files that are still to be uploaded, in order.
    pub fn uploads(&self) -> impl Iterator<Item = Effect> {
        self.0
            .iter()
            .filter(|unsent| matches!(unsent.fate, Fate::Uploading(_)))
            .map(|unsent| Effect::Upload(unsent.id))
    }

    /// What the agent wants the score to be, if an answer is awaited.
    pub fn wanted_score(&self, id: ConversationId) -> Option<Option<Score>> {
        self.0.iter().find_map(|known| match known.intent {
            Intent::SetScore {
                conversation,
                score,
            } if conversation == id => Some(score),
            _ => None,
        })
    }

    /// The corrections of a visitor that have no answer yet, in order.
    pub fn edits(&self, id: ConversationId) -> impl Iterator<Item = &ProfileEdit> {
        self.0.iter().filter_map(move |known| match &known.intent {
            Intent::EditVisitor { conversation, edit } if *conversation == id => Some(&**edit),
            _ => None,
        })
    }

    pub fn text(&self, id: CommandId) -> Option<Arc<str>> {
        match &self.get(id)?.intent {
            Intent::Message { text, .. } | Intent::Note { text, .. } => Some(Arc::clone(text)),
            _ => None,
        }
    }

    pub fn is_asked(&self, intent: &Intent) -> bool {
        self.0
            .iter()
            .any(|known| known.intent == *intent && known.fate == Fate::Waiting)
    }

    pub fn is_asking(&self, id: ConversationId) -> bool {
        self.0.iter().any(|known| {
            matches!(
                known.intent,
                Intent::Transfer { conversation, .. } | Intent::ShareCalendar { conversation, .. }
                    if conversation == id
            )
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

    /// The messages, notes and files for a conversation, in order.
    pub fn lines(&self, id: ConversationId) -> impl Iterator<Item = &Unsent> {
        self.0
            .iter()
            .filter(move |unsent| unsent.intent.line_of() == Some(id))
    }
}
