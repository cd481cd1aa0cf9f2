//! Files that the agent attaches: uploaded one after the other, then sent.

use std::sync::Arc;

use domain::{
    CommandId, ConversationId, FileId, Refusal, Timestamp,
    file::{FILE_BYTES, FileCard},
};

use super::{Effect, InboxState, Intent, Link, Unsent, outbox::Fate};

/// What is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub conversation: ConversationId,
    pub file: FileId,
    pub name: Arc<str>,
}

impl InboxState {
    /// Attaches a file, which goes by the id of the command.
    pub fn attach(
        &mut self,
        id: CommandId,
        conversation: ConversationId,
        name: &str,
        bytes: u32,
        now: Timestamp,
    ) -> Vec<Effect> {
        let too_large = usize::try_from(bytes).is_ok_and(|bytes| bytes > FILE_BYTES);
        let intent = Intent::File {
            conversation,
            file: FileId(id.0),
            name: Arc::from(name),
            bytes,
            card: None,
        };
        let mut unsent = Unsent::new(id, intent, self.server_time(now));
        unsent.fate = if too_large {
            Fate::Refused(Refusal::FileTooLarge)
        } else {
            Fate::Uploading(0)
        };
        self.outbox.push(unsent);
        self.touch_thread(conversation);
        if too_large {
            Vec::new()
        } else {
            vec![Effect::Upload(id)]
        }
    }

    /// What a command is to upload; none if that is done, or given up.
    pub fn upload(&self, id: CommandId) -> Option<Upload> {
        let unsent = self.outbox.get(id)?;
        match (&unsent.intent, unsent.fate) {
            (
                Intent::File {
                    conversation,
                    file,
                    name,
                    ..
                },
                Fate::Uploading(_),
            ) => Some(Upload {
                conversation: *conversation,
                file: *file,
                name: Arc::clone(name),
            }),
            _ => None,
        }
    }

    /// So much of the file is at the server, in percent.
    pub fn uploading(&mut self, id: CommandId, percent: u8) {
        self.upload_is(id, Fate::Uploading(percent));
    }

    /// The file is at the server, or was not taken. Without a connection it is tried again when
    /// there is one.
    pub fn uploaded(&mut self, id: CommandId, result: Result<FileCard, Refusal>) -> Vec<Effect> {
        match result {
            Ok(card) => {
                let Some(unsent) = self.outbox.uploaded(id, card) else {
                    return Vec::new();
                };
                if let Some(conversation) = unsent.intent.line_of() {
                    self.touch_thread(conversation);
                }
                let mut effects = self.send(unsent.frame());
                if let Intent::File { file, .. } = unsent.intent {
                    effects.push(Effect::DropFile(file));
                }
                effects
            }
            Err(Refusal::SignedOut) => vec![Effect::SignedOut],
            Err(Refusal::Unavailable) if self.link != Link::Up => {
                self.uploading(id, 0);
                Vec::new()
            }
            Err(refusal) => {
                self.upload_is(id, Fate::Refused(refusal));
                Vec::new()
            }
        }
    }

    /// Gives up a file that was not sent.
    pub fn remove_upload(&mut self, id: CommandId) -> Vec<Effect> {
        let Some(Unsent {
            intent: Intent::File {
                conversation, file, ..
            },
            ..
        }) = self.outbox.take(id)
        else {
            return Vec::new();
        };
        self.touch_thread(conversation);
        vec![Effect::DropFile(file)]
    }

    fn upload_is(&mut self, id: CommandId, fate: Fate) {
        if let Some(unsent) = self.outbox.refuse(id, fate)
            && let Some(conversation) = unsent.intent.line_of()
        {
            self.touch_thread(conversation);
        }
    }
}
