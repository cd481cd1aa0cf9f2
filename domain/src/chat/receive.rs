//! Taking in what the server says.

use super::{ChatClient, Effect, Fate, FreeSlots, Intent, Link, Notice, Thread};
use crate::{
    CommandId, ConversationId, Refusal, Timestamp,
    frame::visitor::{Answer, Chat, ChatState, VisitorEvent, VisitorRequest},
    message::{Message, Seq},
};

impl ChatClient {
    /// Takes in a frame from the server.
    pub fn receive(&mut self, event: VisitorEvent) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            VisitorEvent::Welcome { chats, .. } => self.welcome(chats, &mut effects),
            VisitorEvent::Chat { chat, messages } => {
                self.take(chat, messages, &mut effects);
            }
            VisitorEvent::Answer { id, result } => self.answered(id, result, &mut effects),
            VisitorEvent::Typing {
                conversation,
                typing,
            } => {
                if let Some(thread) = self.thread(conversation) {
                    thread.typing = typing;
                }
            }
            VisitorEvent::AgentConnected {
                conversation,
                connected,
            } => {
                if let Some(thread) = self.thread(conversation) {
                    thread.agent_connected = connected;
                    thread.typing &= connected;
                }
            }
            VisitorEvent::Ping => effects.push(Effect::Send(VisitorRequest::Pong)),
            VisitorEvent::Refused(refusal) => self.refused(refusal, &mut effects),
            VisitorEvent::Slots {
                card,
                from,
                length,
                slots,
                next,
                asks_email,
            } => {
                let new = FreeSlots {
                    card,
                    length,
                    slots,
                    next,
                    asks_email,
                };
                self.take_slots(from, new);
            }
            VisitorEvent::Meetings { meetings } => {
                self.take_meetings(meetings);
            }
        }
        effects
    }

    fn welcome(&mut self, chats: Vec<Chat>, effects: &mut Vec<Effect>) {
        self.link = Link::Up;
        self.welcomed = true;
        self.started = None;
        self.forget_slots();
        self.threads
            .retain(|thread| chats.iter().any(|chat| chat.id == thread.head.id));
        for chat in chats {
            self.take(chat, Vec::new(), effects);
        }
        for thread in &mut self.threads {
            thread.agent_connected = true;
            thread.typing = false;
        }
        effects.extend(self.unanswered().into_iter().map(Effect::Send));
    }

    fn take(&mut self, chat: Chat, messages: Vec<Message>, effects: &mut Vec<Effect>) {
        let id = chat.id;
        if self.thread(id).is_none() {
            let at = self.threads.partition_point(|thread| thread.head.id < id);
            self.threads.insert(at, Thread::new(chat.clone()));
            self.started = self.started.filter(|started| *started != id);
            if chat.state != ChatState::Ended {
                self.wants_form = false;
            }
        }
        let Some(thread) = self.threads.iter_mut().find(|thread| thread.head.id == id) else {
            return;
        };
        let before = thread.head.state;
        thread.take(chat, messages);
        let notice = match (before, thread.head.state) {
            (ChatState::Waiting | ChatState::Unanswered, ChatState::Active) => {
                Some(Notice::Accepted)
            }
            (ChatState::Waiting, ChatState::Fallback) => Some(Notice::TimedOut),
            (before, ChatState::Ended) if before != ChatState::Ended => Some(Notice::Ended),
            _ => None,
        };
        effects.extend(notice.map(Effect::Tell));
        self.settle(id, effects);
    }

    /// Drops from the outbox what has arrived in the conversation.
    fn settle(&mut self, id: ConversationId, effects: &mut Vec<Effect>) {
        let Some(thread) = self.threads.iter_mut().find(|thread| thread.head.id == id) else {
            return;
        };
        thread.take_own(&mut self.outbox);
        let arrived: Vec<_> = self
            .outbox
            .iter()
            .filter(|outgoing| thread.has(outgoing.id))
            .map(|outgoing| (outgoing.id, matches!(outgoing.intent, Intent::Start { .. })))
            .collect();
        for (command, is_start) in arrived {
            if is_start {
                // The conversation may be here before the answer that it has started.
                self.started(command, id, effects);
            } else {
                self.drop_outgoing(command, effects);
            }
        }
    }

    fn answered(
        &mut self,
        id: CommandId,
        result: Result<Answer, Refusal>,
        effects: &mut Vec<Effect>,
    ) {
        match result {
            Ok(Answer::Started { conversation }) => self.started(id, conversation, effects),
            Ok(Answer::Message {
                conversation,
                seq,
                at,
            }) => self.committed(id, conversation, seq, at, effects),
            Ok(Answer::Done) => {
                self.rated(id);
                self.drop_outgoing(id, effects);
            }
            Ok(Answer::Booked(meeting)) => self.booked(id, meeting, effects),
            Err(refusal) => self.refuse(id, refusal, true, effects),
        }
    }

    fn started(&mut self, id: CommandId, started: ConversationId, effects: &mut Vec<Effect>) {
        if self.outgoing(id).is_none() {
            return;
        }
        self.drop_outgoing(id, effects);
        if self.thread(started).is_none() {
            self.started = Some(started);
        }
        effects.push(Effect::Tell(Notice::Requested));
        for outgoing in &mut self.outbox {
            match &mut outgoing.intent {
                Intent::Message { to, .. } | Intent::End { to } if to.is_none() => {
                    *to = Some(started);
                    effects.push(Effect::Keep(outgoing.id));
                    effects.extend(outgoing.request().map(Effect::Send));
                }
                _ => {}
            }
        }
    }

    fn committed(
        &mut self,
        id: CommandId,
        conversation: ConversationId,
        seq: Seq,
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let mut left = false;
        if let Some(outgoing) = self.outbox.iter_mut().find(|outgoing| outgoing.id == id) {
            if let Intent::Leave { to, .. } = &mut outgoing.intent {
                *to = Some(conversation);
                left = true;
            }
            outgoing.fate = Fate::Committed { seq };
            outgoing.at = at;
            // It is safe with the server; only the screen still needs it.
            effects.push(Effect::Forget(id));
        }
        // The answer may come before the conversation that says so.
        if left
            && let Some(thread) = self.thread(conversation)
            && thread.head.state == ChatState::Fallback
        {
            thread.head.state = ChatState::Unanswered;
        }
        self.settle(conversation, effects);
    }

    /// The chat is rated before the server sends its new head.
    fn rated(&mut self, id: CommandId) {
        if let Some(Intent::Rate { to, rating, .. }) =
            self.outgoing(id).map(|outgoing| &outgoing.intent)
        {
            let (to, rating) = (*to, *rating);
            if let Some(thread) = self.thread(to) {
                thread.head.rating = Some(rating);
            }
        }
    }

    pub(super) fn drop_outgoing(&mut self, id: CommandId, effects: &mut Vec<Effect>) {
        self.outbox.retain(|outgoing| outgoing.id != id);
        effects.push(Effect::Forget(id));
    }

    /// A command was not taken. `answered`: the server said so of this very command.
    fn refuse(
        &mut self,
        id: CommandId,
        refusal: Refusal,
        answered: bool,
        effects: &mut Vec<Effect>,
    ) {
        let Some(outgoing) = self.outbox.iter_mut().find(|outgoing| outgoing.id == id) else {
            return;
        };
        if refusal == Refusal::Unavailable {
            // It may have taken effect: only the same command tells.
            effects.push(Effect::SendAgainSoon);
            return;
        }
        match &outgoing.intent {
            // What can be put right in the form goes back there.
            Intent::Leave { text, .. } if answered && is_of_form(refusal) => {
                let text = text.clone();
                self.drop_outgoing(id, effects);
                effects.push(Effect::Restore(text, refusal));
            }
            Intent::Message { .. } | Intent::Leave { .. } | Intent::File { .. } => {
                outgoing.fate = Fate::Refused { refusal, answered };
                effects.push(Effect::Keep(id));
            }
            Intent::Start { .. } => self.start_refused(id, refusal, effects),
            Intent::Book { card, .. } => {
                let card = *card;
                self.not_booked(id, card, refusal, effects);
            }
            Intent::End { .. } | Intent::Rate { .. } => {
                self.drop_outgoing(id, effects);
                if refusal != Refusal::Ended {
                    effects.push(Effect::Failed(refusal));
                }
            }
        }
    }

    /// The words of a start that was refused, and those written after it, go back to the visitor.
    fn start_refused(&mut self, id: CommandId, refusal: Refusal, effects: &mut Vec<Effect>) {
        let mut words = String::new();
        self.outbox.retain(|outgoing| {
            let text = match &outgoing.intent {
                Intent::Start { first_message, .. } if outgoing.id == id => first_message.as_ref(),
                Intent::Message { to: None, text } => Some(text),
                Intent::End { to: None } => None,
                _ => return true,
            };
            if let Some(text) = text {
                if !words.is_empty() {
                    words.push('\n');
                }
                words.push_str(text);
            }
            effects.push(Effect::Forget(outgoing.id));
            false
        });
        // With another chat open, that one is shown, and the words wait in its composer.
        self.wants_form = refusal != Refusal::AlreadyOpen;
        effects.push(Effect::Restore(words, refusal));
    }

    fn refused(&mut self, refusal: Refusal, effects: &mut Vec<Effect>) {
        if self.link != Link::Up {
            if matches!(refusal, Refusal::TooMany | Refusal::Unavailable) {
                self.lost();
            } else {
                self.link = Link::Refused(refusal);
            }
            return;
        }
        if matches!(refusal, Refusal::TooMany | Refusal::Unavailable) {
            effects.push(Effect::SendAgainSoon);
            return;
        }
        // Which frame it was is not said. Their ids stay, so that a retry cannot double one.
        let waiting: Vec<CommandId> = self
            .outbox
            .iter()
            .filter(|outgoing| outgoing.request().is_some())
            .map(|outgoing| outgoing.id)
            .collect();
        for id in waiting {
            self.refuse(id, refusal, false, effects);
        }
    }
}

/// Whether a refusal is about what stands in the form.
fn is_of_form(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Required
            | Refusal::Malformed
            | Refusal::EmailNotTaken
            | Refusal::Blocked
            | Refusal::Empty
            | Refusal::TooLarge
    )
}
