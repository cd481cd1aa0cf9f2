//! What a client has sent and has no answer to, in order. After a lost connection all of it is
//! sent again, under the same ids.

use std::collections::VecDeque;

use domain::CommandId;

/// The unanswered commands of one client.
pub struct Outbox<C> {
    waiting: VecDeque<(CommandId, C)>,
}

impl<C> Default for Outbox<C> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
        }
    }
}

impl<C> Outbox<C> {
    /// Keeps a command until its answer.
    pub fn keep(&mut self, id: CommandId, command: C) {
        self.waiting.push_back((id, command));
    }

    /// Takes a command out, as its answer is here; none if it was answered before.
    pub fn answered(&mut self, id: CommandId) -> Option<C> {
        let at = self.waiting.iter().position(|(kept, _)| *kept == id)?;
        self.waiting.remove(at).map(|(_, command)| command)
    }

    /// All unanswered commands in the order in which they were first sent.
    pub fn iter(&self) -> impl Iterator<Item = &(CommandId, C)> {
        self.waiting.iter()
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
