//! Files that the visitor attaches: first up, then said.

use super::{ChatClient, Effect, Fate, Intent, Outgoing, Thread};
use crate::{CommandId, Refusal, Timestamp, file::FileCard, frame::visitor::ChatState};

impl ChatClient {
    /// The visitor attaches a file, whose card has no address yet; whether the chat takes one.
    /// The command is sent when the file is [uploaded](Self::uploaded).
    pub fn attach(&mut self, id: CommandId, now: Timestamp, card: FileCard) -> bool {
        let active = |thread: &&Thread| thread.head.state == ChatState::Active;
        let Some(to) = self.open().filter(active).map(|thread| thread.head.id) else {
            return false;
        };
        self.outbox.push(Outgoing {
            id,
            at: now,
            intent: Intent::File { to, card },
            fate: Fate::Waiting,
        });
        true
    }

    /// A file is up, as the server has it; or not, for this reason.
    pub fn uploaded(&mut self, id: CommandId, result: Result<FileCard, Refusal>) -> Vec<Effect> {
        let uploads = |outgoing: &&mut Outgoing| outgoing.id == id && outgoing.uploads();
        let Some(outgoing) = self.outbox.iter_mut().find(uploads) else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        match result {
            Ok(new) => {
                if let Intent::File { card, .. } = &mut outgoing.intent {
                    *card = new;
                }
                effects.push(Effect::Keep(id));
            }
            Err(refusal) => {
                outgoing.fate = Fate::Refused {
                    refusal,
                    answered: false,
                };
            }
        }
        effects.extend(self.unanswered().into_iter().map(Effect::Send));
        effects
    }

    /// Sends a refused file once more. One that is not up yet is the tab's to upload again, under
    /// the same id.
    pub(super) fn file_again(&mut self, mut outgoing: Outgoing, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Fate::Refused { answered: true, .. } = outgoing.fate {
            effects.push(Effect::Forget(outgoing.id));
            outgoing.id = outgoing.id.retry();
        }
        outgoing.at = now;
        outgoing.fate = Fate::Waiting;
        if outgoing.uploads() {
            self.outbox.push(outgoing);
        } else {
            effects.extend(self.push(outgoing));
        }
        effects
    }
}
