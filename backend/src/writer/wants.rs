//! Which rows the tasks of one commit concern.

use domain::{
    AgentId, CommandId, ConversationId,
    frame::{agent::AgentCommand, visitor::VisitorCommand},
    message::Seq,
};

use super::Task;
use crate::store::visitor::VisitorKey;

/// What tasks concern.
#[derive(Default)]
pub struct Wants {
    pub conversations: Vec<ConversationId>,
    pub keys: Vec<VisitorKey>,
    /// Keys of visitors whose open conversation is wanted.
    pub open_of: Vec<VisitorKey>,
    pub offered_to: Vec<AgentId>,
    pub active_of: Vec<AgentId>,
    /// Commands that bring messages, and others, to see whether they were done already.
    pub messages: Vec<CommandId>,
    pub commands: Vec<CommandId>,
    /// Whether somebody may have to be found.
    pub pool: bool,
    /// Marks whose unread messages are to be counted: the agents' (true) or the visitor's.
    pub reads: Vec<(ConversationId, Seq, bool)>,
}

impl Wants {
    /// What these tasks concern together.
    pub fn of(tasks: &[&Task]) -> Self {
        let mut wants = Self::default();
        for task in tasks {
            wants.add(task);
        }
        wants
    }

    fn add(&mut self, task: &Task) {
        match task {
            Task::Visitor { who, id, command } => {
                match command {
                    VisitorCommand::Message { conversation, .. } => {
                        self.messages.push(*id);
                        self.conversations.push(*conversation);
                        return;
                    }
                    VisitorCommand::End { conversation } => self.conversations.push(*conversation),
                    VisitorCommand::Start { .. } => {
                        self.pool = true;
                        self.keys.push(who.key);
                        self.open_of.push(who.key);
                    }
                    VisitorCommand::Identify { .. } => {
                        self.keys.push(who.key);
                        self.open_of.push(who.key);
                    }
                }
                self.commands.push(*id);
            }
            Task::Agent { agent, id, command } => {
                match command {
                    AgentCommand::Message { conversation, .. } => {
                        self.messages.push(*id);
                        self.conversations.push(*conversation);
                        return;
                    }
                    AgentCommand::Accept { conversation } | AgentCommand::End { conversation } => {
                        self.conversations.push(*conversation);
                    }
                    AgentCommand::Decline { conversation } => {
                        self.conversations.push(*conversation);
                        self.pool = true;
                    }
                    AgentCommand::SetAvailable { available } => {
                        self.pool = true;
                        if !available {
                            self.offered_to.push(*agent);
                        }
                    }
                }
                self.commands.push(*id);
            }
            Task::VisitorRead {
                conversation,
                up_to,
                ..
            } => {
                self.conversations.push(*conversation);
                self.reads.push((*conversation, *up_to, true));
            }
            Task::AgentRead {
                conversation,
                up_to,
                ..
            } => {
                self.conversations.push(*conversation);
                self.reads.push((*conversation, *up_to, false));
            }
            Task::VisitorPage { key, .. } | Task::VisitorPresence { key, .. } => {
                self.keys.push(*key);
                self.open_of.push(*key);
            }
            Task::AgentPresence { agent, .. } => self.active_of.push(*agent),
            Task::Watch(conversation) => {
                self.conversations.push(*conversation);
                self.pool = true;
            }
        }
    }
}
