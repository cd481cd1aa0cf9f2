//! What the server's answer to each command changes.

use domain::{
    CommandId, ConversationId, Refusal,
    file::FileCard,
    frame::agent::Answer,
    message::{Author, Body, Message},
};

use super::{Effect, InboxState, Intent, Notice, outbox::Fate};

impl InboxState {
    pub(super) fn answer(&mut self, id: CommandId, result: Result<Answer, Refusal>) -> Vec<Effect> {
        let Some(asked) = self.outbox.get(id).cloned() else {
            return Vec::new();
        };
        if result == Err(Refusal::SignedOut) {
            return vec![Effect::SignedOut];
        }
        match asked.intent {
            Intent::Message { conversation, text } => {
                let body = Body::Text(text.to_string());
                self.line_answered(id, conversation, Some(body), result)
            }
            Intent::File {
                conversation, card, ..
            } => {
                let body = card.map(|card| Body::File(FileCard::clone(&card)));
                self.line_answered(id, conversation, body, result)
            }
            Intent::Note { conversation, .. } => self.line_answered(id, conversation, None, result),
            Intent::SetScore {
                conversation,
                score,
            } => {
                self.outbox.take(id);
                if result.is_ok() {
                    self.rows.scored(conversation, score);
                }
                self.touched.rows.push(conversation);
                failed(result)
            }
            Intent::EditVisitor { conversation, edit } => {
                self.outbox.take(id);
                self.edited(conversation, &edit, result.err());
                Vec::new()
            }
            Intent::Accept(conversation) => {
                self.outbox.take(id);
                self.drop_offer(conversation);
                vec![match result {
                    Ok(_) => Effect::Open(conversation),
                    Err(Refusal::NoLongerWaiting | Refusal::Ended | Refusal::NotFound) => {
                        Effect::Tell(Notice::NoLongerWaiting)
                    }
                    Err(refusal) => Effect::Tell(Notice::Failed(refusal)),
                }]
            }
            Intent::Decline(conversation) => {
                self.outbox.take(id);
                self.drop_offer(conversation);
                Vec::new()
            }
            Intent::End(conversation) => {
                self.outbox.take(id);
                self.touched.rows.push(conversation);
                match result {
                    // Ended already, by whomever: that is what was wanted.
                    Ok(_) | Err(Refusal::Ended) => Vec::new(),
                    Err(refusal) => vec![Effect::Tell(Notice::Failed(refusal))],
                }
            }
            Intent::SetAvailable(wanted) => {
                self.outbox.take(id);
                self.touched.availability = true;
                if result.is_ok() {
                    self.availability.available = wanted;
                    self.availability.missed = false;
                }
                failed(result)
            }
            Intent::ResetAvailability => {
                self.outbox.take(id);
                self.touched.availability = true;
                failed(result)
            }
            Intent::PickUp(conversation) | Intent::TakeOver(conversation) => {
                self.outbox.take(id);
                self.touched.rows.push(conversation);
                vec![match result {
                    Ok(_) => Effect::Open(conversation),
                    Err(
                        Refusal::NoLongerWaiting
                        | Refusal::NotNow
                        | Refusal::Ended
                        | Refusal::NotFound,
                    ) => Effect::Tell(Notice::NoLongerWaiting),
                    Err(refusal) => Effect::Tell(Notice::Failed(refusal)),
                }]
            }
            Intent::Transfer { conversation, .. } | Intent::ShareCalendar { conversation, .. } => {
                self.outbox.take(id);
                self.touched.rows.push(conversation);
                vec![match result {
                    Ok(_) => Effect::Asked(conversation),
                    Err(refusal) => Effect::Tell(Notice::NotAsked(refusal)),
                }]
            }
            Intent::SetBlocked {
                conversation,
                blocked,
            } => {
                self.outbox.take(id);
                self.touched.rows.push(conversation);
                if result.is_ok()
                    && let Some(thread) = self.threads.get_mut(&conversation)
                    && let Some(visitor) = &mut thread.visitor
                {
                    visitor.blocked = blocked;
                    self.touch_thread(conversation);
                }
                failed(result)
            }
            Intent::SetUnavailable(_) => {
                self.outbox.take(id);
                self.touched.asked = true;
                failed(result)
            }
        }
    }

    /// The server's answer to a message, note or file. `body` is what it says once it is there; a
    /// note comes with the answer.
    fn line_answered(
        &mut self,
        id: CommandId,
        conversation: ConversationId,
        body: Option<Body>,
        result: Result<Answer, Refusal>,
    ) -> Vec<Effect> {
        self.touch_thread(conversation);
        let answer = match result {
            Ok(answer) => answer,
            Err(refusal) => {
                let refused = self.outbox.refuse(id, Fate::Refused(refusal));
                return refused.into_iter().map(Effect::Keep).collect();
            }
        };
        self.outbox.take(id);
        if let Some(thread) = self.threads.get_mut(&conversation) {
            match (answer, body) {
                (Answer::Message { seq, at, .. }, Some(body)) => thread.insert(Message {
                    seq,
                    at,
                    command: Some(id),
                    author: Author::Agent {
                        id: self.me.id,
                        name: self.me.name.to_string(),
                    },
                    body,
                }),
                (Answer::Note(note), _) => thread.insert_note(note),
                _ => {}
            }
        }
        vec![Effect::Forget(id)]
    }
}

fn failed(result: Result<Answer, Refusal>) -> Vec<Effect> {
    match result {
        Ok(_) => Vec::new(),
        Err(refusal) => vec![Effect::Tell(Notice::Failed(refusal))],
    }
}
