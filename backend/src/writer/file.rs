//! Files that are sent as messages.

use domain::{
    AgentId, ConversationId, FileId, Refusal, SiteId, conversation::State, message::Body,
    text::MessageText,
};

use super::batch::Batch;

/// The body of a message of words.
pub(super) fn text_body(text: &str) -> Result<Body, Refusal> {
    Ok(Body::Text(MessageText::try_from(text.to_owned())?.into()))
}

impl Batch<'_> {
    /// That a visitor may send files now.
    pub(super) fn takes_files(
        &self,
        site: SiteId,
        conversation: ConversationId,
    ) -> Result<(), Refusal> {
        let site = self.directory.site(site).ok_or(Refusal::NotFound)?;
        if !site.settings.visitor_files {
            return Err(Refusal::Forbidden);
        }
        let chat = self.chats.get(&conversation).ok_or(Refusal::NotFound)?;
        match chat.head.state {
            State::Active { .. } => Ok(()),
            _ => Err(Refusal::NotNow),
        }
    }

    /// Takes a file that its sender, the visitor if there is no agent, uploaded for this very
    /// conversation. It is sent once.
    pub(super) fn take_file(
        &mut self,
        id: FileId,
        conversation: ConversationId,
        agent: Option<AgentId>,
    ) -> Result<Body, Refusal> {
        let file = self.files.get_mut(&id).ok_or(Refusal::NotFound)?;
        if file.conversation != conversation || file.agent != agent || !file.ready {
            return Err(Refusal::NotFound);
        }
        if file.sent {
            return Err(Refusal::NotNow);
        }
        file.sent = true;
        self.sent_files.push(id);
        Ok(Body::File(file.card.clone()))
    }
}
