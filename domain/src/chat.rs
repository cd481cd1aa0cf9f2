//! The chat as one tab of a visitor knows it: what the server has told, what is still to be
//! told, and what follows from both for the eye.
//!
//! The tab passes in events and what the visitor does; it is told what to send, what to keep in
//! the browser and what to say to the site's page. Nothing here waits, sends or draws.

mod attach;
mod booking;
mod entry;
mod kept;
mod outbox;
mod rate;
mod receive;
mod thread;

#[cfg(test)]
mod tests;

pub use booking::FreeSlots;
pub use entry::{Again, Entry, Key, Mark, Said};
pub use outbox::{Fate, Intent, Outgoing};
pub use thread::Thread;

use crate::{
    CardId, CommandId, ConversationId, Refusal, Timestamp,
    frame::visitor::{ChatState, Known, PageView, VisitorCommand, VisitorRequest},
    meeting::MeetingCard,
    visitor::ProfileInput,
};

/// Whether the tab is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not yet connected for the first time.
    #[default]
    Fresh,
    /// Welcomed by the server.
    Up,
    /// Was up, or could not be reached; it is tried again.
    Lost,
    /// The server speaks another protocol: only a reload helps.
    Outdated,
    /// The server does not talk to this page.
    Refused(Refusal),
}

/// Which screen the chat is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// There are earlier conversations, but they have not come yet.
    Loading,
    /// The start form.
    Form,
    /// Asked for, not yet answered, or nobody has accepted.
    Waiting,
    /// Nobody took it, or a message is on its way to be left.
    Fallback,
    /// A message was left; nobody has picked it up yet.
    Left,
    Active,
    Ended,
}

/// What the site's page may listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Requested,
    Accepted,
    Ended,
    TimedOut,
    MeetingBooked,
}

/// What the tab is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send this frame, if connected.
    Send(VisitorRequest),
    /// Keep this in the browser until told otherwise.
    Keep(CommandId),
    /// It is no longer needed in the browser.
    Forget(CommandId),
    /// Tell the site's page.
    Tell(Notice),
    /// Put these words back where the visitor wrote them. The reason stands beside them.
    Restore(String, Refusal),
    /// A command without words of its own was refused.
    Failed(Refusal),
    /// A booking by this card was refused; what was chosen stays, and fresh slots are asked for
    /// where others may help.
    NotBooked(CardId, Refusal),
    /// Send everything that has no answer once more, in a few seconds.
    SendAgainSoon,
}

/// The state of one tab's chat.
#[derive(Debug, Default)]
pub struct ChatClient {
    /// Oldest first.
    threads: Vec<Thread>,
    /// In the order in which it was written.
    outbox: Vec<Outgoing>,
    link: Link,
    welcomed: bool,
    /// The browser remembers conversations, so the form is not shown before `Welcome`.
    expects_threads: bool,
    wants_form: bool,
    /// What was viewed before there was a conversation, oldest first.
    views: Vec<PageView>,
    /// The server says that it has begun, and will show it at once.
    started: Option<ConversationId>,
    /// In the order of their ids.
    meetings: Vec<MeetingCard>,
    slots: Vec<FreeSlots>,
    /// Cards whose slots were asked for, and need not be again.
    asked: Vec<CardId>,
    /// Rises whenever something about cards, slots or meetings changes.
    bookings: u32,
}

impl ChatClient {
    /// What a page load starts with: what the browser kept of the outbox, and whether it
    /// remembers a conversation.
    pub fn new(kept: Vec<Outgoing>, expects_threads: bool) -> Self {
        let mut outbox: Vec<Outgoing> = Vec::with_capacity(kept.len());
        for outgoing in kept {
            // Ids rise with the time at which they were made.
            let at = outbox.partition_point(|before| before.id < outgoing.id);
            outbox.insert(at, outgoing);
        }
        Self {
            outbox,
            expects_threads,
            ..Self::default()
        }
    }

    /// What the browser kept of the pages viewed before there was a conversation, oldest first.
    pub fn viewed(&mut self, views: Vec<PageView>) {
        for outgoing in &mut self.outbox {
            if let Intent::Start { views: kept, .. } | Intent::Leave { views: kept, .. } =
                &mut outgoing.intent
                && kept.is_empty()
            {
                kept.clone_from(&views);
            }
        }
        self.views = views;
    }

    pub fn link(&self) -> Link {
        self.link
    }

    /// Oldest first.
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    pub fn outgoing(&self, id: CommandId) -> Option<&Outgoing> {
        self.outbox.iter().find(|outgoing| outgoing.id == id)
    }

    /// The conversation that the screen is about: the open one, else the last.
    pub fn current(&self) -> Option<&Thread> {
        self.open().or(self.threads.last())
    }

    fn open(&self) -> Option<&Thread> {
        self.threads.iter().rev().find(|thread| !thread.is_over())
    }

    /// The conversation that takes messages.
    fn taking(&self) -> Option<ConversationId> {
        self.open()
            .filter(|thread| thread.head.state != ChatState::Fallback)
            .map(|thread| thread.head.id)
            .or(self.started)
    }

    fn starting(&self) -> bool {
        let starts = |outgoing: &Outgoing| {
            matches!(outgoing.intent, Intent::Start { .. }) && outgoing.fate == Fate::Waiting
        };
        self.started.is_some() || self.outbox.iter().any(starts)
    }

    /// Whether a message that the visitor leaves is on its way.
    pub fn leaving(&self) -> bool {
        self.outbox.iter().any(|outgoing| {
            matches!(outgoing.intent, Intent::Leave { .. })
                && !matches!(outgoing.fate, Fate::Refused { .. })
        })
    }

    pub fn phase(&self) -> Phase {
        match self.current().map(|thread| thread.head.state) {
            Some(ChatState::Waiting) => Phase::Waiting,
            Some(ChatState::Active) => Phase::Active,
            Some(ChatState::Unanswered) => Phase::Left,
            _ if self.starting() => Phase::Waiting,
            _ if self.leaving() => Phase::Fallback,
            _ if self.wants_form => Phase::Form,
            Some(ChatState::Fallback) => Phase::Fallback,
            Some(ChatState::Ended) => Phase::Ended,
            None if self.expects_threads && !self.welcomed => Phase::Loading,
            None => Phase::Form,
        }
    }

    /// Whether somebody is being looked for: the server has the request, and says so now.
    pub fn is_sought(&self) -> bool {
        let waits = |thread: &Thread| thread.head.state == ChatState::Waiting;
        self.link == Link::Up && (self.started.is_some() || self.current().is_some_and(waits))
    }

    /// Agents' messages that the visitor has not read, in all conversations.
    pub fn unread(&self) -> u32 {
        self.threads.iter().map(|thread| thread.head.unread).sum()
    }

    /// What to name in the first frame.
    pub fn known(&self) -> Vec<Known> {
        self.threads
            .iter()
            .map(|thread| Known {
                conversation: thread.head.id,
                last: thread.last(),
            })
            .collect()
    }

    /// Whether messages are missing that the server has. If that lasts, connect anew.
    pub fn has_gap(&self) -> bool {
        self.threads
            .iter()
            .any(|thread| thread.last() < thread.head.last)
    }

    /// The connection is gone, or could not be made.
    pub fn lost(&mut self) {
        if !matches!(self.link, Link::Outdated) {
            self.link = Link::Lost;
        }
        for thread in &mut self.threads {
            thread.typing = false;
        }
    }

    /// The server speaks another protocol.
    pub fn outdated(&mut self) {
        self.link = Link::Outdated;
    }

    /// The visitor asks for the start form.
    pub fn wants_form(&mut self) {
        self.wants_form = true;
    }

    /// Everything that waits for an answer, in order. What is said after a file that is still on
    /// its way up waits for that, so that the order holds.
    pub fn unanswered(&self) -> Vec<VisitorRequest> {
        let mut uploads = false;
        self.outbox
            .iter()
            .filter(|outgoing| {
                uploads |= outgoing.uploads();
                !(uploads && outgoing.is_said())
            })
            .filter_map(Outgoing::request)
            .collect()
    }

    /// The visitor asks for a chat.
    pub fn start(
        &mut self,
        id: CommandId,
        now: Timestamp,
        form: ProfileInput,
        first_message: Option<String>,
    ) -> Vec<Effect> {
        self.wants_form = false;
        let first_message = first_message.filter(|text| !text.trim().is_empty());
        self.push(Outgoing {
            id,
            at: now,
            intent: Intent::Start {
                form,
                first_message,
                views: self.views.clone(),
            },
            fate: Fate::Waiting,
        })
    }

    /// The visitor writes; while the chat is not yet there, the message waits for it.
    pub fn write(&mut self, id: CommandId, now: Timestamp, text: String) -> Vec<Effect> {
        let to = self.taking();
        self.push(Outgoing {
            id,
            at: now,
            intent: Intent::Message { to, text },
            fate: Fate::Waiting,
        })
    }

    /// The visitor leaves a message: in the conversation that nobody took, else in a new one.
    pub fn leave(
        &mut self,
        id: CommandId,
        now: Timestamp,
        form: ProfileInput,
        text: String,
    ) -> Vec<Effect> {
        self.wants_form = false;
        let to = self.open().map(|thread| thread.head.id);
        self.push(Outgoing {
            id,
            at: now,
            intent: Intent::Leave {
                to,
                form,
                text,
                views: self.views.clone(),
            },
            fate: Fate::Waiting,
        })
    }

    /// The visitor ends the chat, or stops waiting.
    pub fn end(&mut self, id: CommandId, now: Timestamp) -> Vec<Effect> {
        let ends = |outgoing: &Outgoing| matches!(outgoing.intent, Intent::End { .. });
        if self.outbox.iter().any(ends) {
            return Vec::new();
        }
        let to = self.open().map(|thread| thread.head.id).or(self.started);
        if to.is_none() && !self.starting() {
            return Vec::new();
        }
        self.push(Outgoing {
            id,
            at: now,
            intent: Intent::End { to },
            fate: Fate::Waiting,
        })
    }

    /// Whether the visitor's end of the chat is on its way.
    pub fn ending(&self) -> bool {
        let ends = |outgoing: &Outgoing| matches!(outgoing.intent, Intent::End { .. });
        self.outbox.iter().any(ends)
    }

    fn push(&mut self, outgoing: Outgoing) -> Vec<Effect> {
        let mut effects = vec![Effect::Keep(outgoing.id)];
        let waits = outgoing.is_said() && self.outbox.iter().any(Outgoing::uploads);
        effects.extend(outgoing.request().filter(|_| !waits).map(Effect::Send));
        self.outbox.push(outgoing);
        effects
    }

    /// Sends a refused message once more: into the open chat, else as it was left, else into a
    /// new chat. Where the server has answered its id, it goes under the one that follows from
    /// that.
    pub fn again(&mut self, id: CommandId, now: Timestamp) -> Vec<Effect> {
        let to = self.taking();
        let starts = to.is_none() && !self.starting();
        let Some(at) = self.outbox.iter().position(|outgoing| outgoing.id == id) else {
            return Vec::new();
        };
        let mut outgoing = self.outbox.remove(at);
        let mut effects = Vec::new();
        if let (Fate::Refused { .. }, Intent::File { .. }) = (outgoing.fate, &outgoing.intent) {
            return self.file_again(outgoing, now);
        }
        let (
            Fate::Refused { refusal, answered },
            Intent::Message { text, to: before }
            | Intent::Leave {
                text, to: before, ..
            },
        ) = (outgoing.fate, &outgoing.intent)
        else {
            self.outbox.insert(at, outgoing);
            return effects;
        };
        let form = match &outgoing.intent {
            Intent::Leave { form, .. } => Some(form),
            _ => None,
        };
        let over = |id| {
            let is = |thread: &Thread| thread.head.id == id && thread.is_over();
            self.threads.iter().any(is)
        };
        let leaves = starts && form.is_some() && !before.is_some_and(over);
        // An id that may have taken effect is never given up for another.
        let same = !answered || refusal == Refusal::TooMany;
        if !(same && (leaves || *before == to)) {
            effects.push(Effect::Forget(outgoing.id));
            outgoing.id = outgoing.id.retry();
        }
        outgoing.at = now;
        outgoing.fate = Fate::Waiting;
        if !leaves {
            outgoing.intent = if starts {
                Intent::Start {
                    form: form.cloned().unwrap_or_default(),
                    first_message: Some(text.clone()),
                    views: self.views.clone(),
                }
            } else {
                Intent::Message {
                    to,
                    text: text.clone(),
                }
            };
        }
        self.wants_form &= !starts;
        effects.extend(self.push(outgoing));
        effects
    }

    /// The agent's typing has not been renewed for a while.
    pub fn typing_is_over(&mut self) {
        for thread in &mut self.threads {
            thread.typing = false;
        }
    }

    /// Notes that the visitor has seen everything, and says so where the server does not know.
    pub fn seen(&mut self) -> Vec<Effect> {
        if self.link != Link::Up {
            return Vec::new();
        }
        self.threads
            .iter_mut()
            .filter(|thread| thread.head.unread > 0)
            .map(|thread| {
                let up_to = thread.last();
                thread.seen(up_to);
                Effect::Send(VisitorRequest::Read {
                    conversation: thread.head.id,
                    up_to,
                })
            })
            .collect()
    }

    fn thread(&mut self, id: ConversationId) -> Option<&mut Thread> {
        self.threads.iter_mut().find(|thread| thread.head.id == id)
    }

    /// What the list `Messages` shows, in order.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        entry::entries(&self.threads, &self.outbox, self.taking(), self.starting())
    }
}

/// The frame that carries a command.
fn command(id: CommandId, command: VisitorCommand) -> VisitorRequest {
    VisitorRequest::Command { id, command }
}
