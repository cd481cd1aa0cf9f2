//! What a commit changed, and what each side is told of it.

use domain::{
    AgentId, ConversationId, Timestamp,
    conversation::{Audience, Conversation, State},
    frame::{
        agent::{Change, Offer, Row, RowState},
        visitor::{AgentCard, Chat, ChatState},
    },
    message::Message,
    visitor::Visitor,
};
use serde::{Deserialize, Serialize};

use crate::store::visitor::VisitorKey;

/// One committed change, as it is stored for clients and nodes that were away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    Conversation(Box<ConversationChanged>),
    /// An agent's switch.
    Available {
        agent: AgentId,
        available: bool,
    },
    /// An agent came or went; told to the visitors of these chats.
    AgentConnected {
        connected: bool,
        chats: Vec<(VisitorKey, ConversationId)>,
    },
}

/// A conversation changed, or has new messages, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationChanged {
    /// Who could see it before.
    pub before: Audience,
    pub conversation: Conversation,
    /// New messages; all of them when an agent has just got the conversation.
    pub messages: Vec<Message>,
    pub key: VisitorKey,
    /// The visitor's name, else email.
    pub visitor: Option<String>,
    /// The visitor's page.
    pub page: String,
    pub visitor_connected: bool,
    /// The name of the agent who has it, or had it at the end.
    pub agent_name: Option<String>,
    pub closes_at: Option<Timestamp>,
    /// The visitor, if anything about them changed.
    pub profile: Option<Visitor>,
}

/// What a row of an agent's list shows.
pub struct RowParts<'a> {
    pub conversation: &'a Conversation,
    pub visitor: Option<String>,
    pub page: String,
    pub agent_name: String,
    pub visitor_connected: bool,
    pub closes_at: Option<Timestamp>,
}

impl RowParts<'_> {
    /// The row, as `agent` sees it.
    pub fn row(self, agent: AgentId) -> Row {
        let head = self.conversation;
        Row {
            id: head.id,
            state: match &head.state {
                State::Ended { reason, at, .. } => RowState::Ended {
                    reason: *reason,
                    at: *at,
                },
                _ => RowState::Active,
            },
            own: head.agent() == Some(agent),
            version: head.version,
            visitor: self.visitor,
            page: self.page,
            agent: self.agent_name,
            preview: head.preview.clone(),
            preview_by_agent: head.preview_by_agent,
            activity_at: head.activity_at,
            last: head.last,
            unread: head.agent_unread,
            agent_read: head.agent_read,
            visitor_read: head.visitor_read,
            visitor_connected: self.visitor_connected,
            closes_at: self.closes_at,
        }
    }

    /// The offer, while it is one.
    pub fn offer(self) -> Option<Offer> {
        let State::Offered { expires_at, .. } = self.conversation.state else {
            return None;
        };
        Some(Offer {
            conversation: self.conversation.id,
            version: self.conversation.version,
            visitor: self.visitor,
            page: self.page,
            first_words: self.conversation.preview.clone(),
            expires_at,
        })
    }
}

impl ConversationChanged {
    fn parts(&self) -> RowParts<'_> {
        RowParts {
            conversation: &self.conversation,
            visitor: self.visitor.clone(),
            page: self.page.clone(),
            agent_name: self.agent_name.clone().unwrap_or_default(),
            visitor_connected: self.visitor_connected,
            closes_at: self.closes_at,
        }
    }

    /// Whom it concerns: before, and now.
    pub fn audiences(&self) -> [Audience; 2] {
        [self.before, self.conversation.audience()]
    }

    /// What an agent is told; nothing if it is not for this agent.
    pub fn changes_for(&self, agent: AgentId) -> Vec<Change> {
        let id = self.conversation.id;
        let after = self.conversation.audience();
        let mut changes = Vec::new();
        if after == Audience::Offered(agent) {
            changes.extend(self.parts().offer().map(Change::Offered));
        } else if self.before == Audience::Offered(agent) {
            changes.push(Change::OfferGone(id));
        }
        if after.lists(agent) {
            changes.push(Change::Row(self.parts().row(agent)));
            // Others meet an ended chat as a row; its messages are read when it is opened.
            let follows = self.conversation.agent() == Some(agent);
            if follows && !self.messages.is_empty() {
                changes.push(Change::Messages {
                    conversation: id,
                    messages: self.messages.clone(),
                });
            }
            if let Some(visitor) = self.profile.clone().filter(|_| follows) {
                changes.push(Change::Visitor {
                    conversation: id,
                    visitor,
                });
            }
        } else if self.before.lists(agent) {
            changes.push(Change::Lost(id));
        }
        changes
    }

    /// What the visitor is told of the head.
    pub fn chat(&self) -> Chat {
        chat(&self.conversation, self.agent_name.clone(), self.closes_at)
    }
}

/// A conversation as its visitor sees it.
pub fn chat(head: &Conversation, agent_name: Option<String>, closes_at: Option<Timestamp>) -> Chat {
    Chat {
        id: head.id,
        state: match &head.state {
            State::Requested | State::Offered { .. } => ChatState::Waiting,
            State::Fallback { .. } | State::Unanswered { .. } => ChatState::Fallback,
            State::Active { .. } => ChatState::Active,
            State::Ended { .. } => ChatState::Ended,
        },
        version: head.version,
        agent: head
            .agent()
            .zip(agent_name)
            .map(|(id, name)| AgentCard { id, name }),
        last: head.last,
        agent_read: head.agent_read,
        visitor_read: head.visitor_read,
        unread: head.visitor_unread,
        created_at: head.created_at,
        closes_at,
    }
}
