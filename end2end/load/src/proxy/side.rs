//! What the proxy has to know of the two kinds of connections.

use domain::{
    CommandId, ConversationId,
    frame::{
        agent::{self, AgentCommand, AgentEvent, AgentRequest, Change},
        visitor::{self, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    message::{Message, Seq},
};
use serde::{Serialize, de::DeserializeOwned};

use super::Victim;
use crate::identity;

/// A kind of connection.
pub trait Side {
    const VICTIM: Victim;
    type Request: Serialize + DeserializeOwned;
    type Event: Serialize + DeserializeOwned + Clone;

    /// Who the first frame says that it is.
    fn whose(request: &Self::Request) -> Option<Vec<u8>>;

    /// The message that a request would add.
    fn message(request: &Self::Request) -> Option<(CommandId, ConversationId)>;

    /// The acknowledgement of a message.
    fn acknowledgement(id: CommandId, conversation: ConversationId, seq: Seq) -> Self::Event;

    /// The messages that an event brings, by conversation.
    fn messages(event: &mut Self::Event) -> Vec<(ConversationId, &mut Vec<Message>)>;
}

pub struct VisitorSide;

impl Side for VisitorSide {
    const VICTIM: Victim = Victim::Visitor;
    type Request = VisitorRequest;
    type Event = VisitorEvent;

    fn whose(request: &VisitorRequest) -> Option<Vec<u8>> {
        match request {
            VisitorRequest::Hello(hello) => Some(hello.token.to_vec()),
            _ => None,
        }
    }

    fn message(request: &VisitorRequest) -> Option<(CommandId, ConversationId)> {
        match request {
            VisitorRequest::Command {
                id,
                command: VisitorCommand::Message { conversation, .. },
            } => Some((*id, *conversation)),
            _ => None,
        }
    }

    fn acknowledgement(id: CommandId, conversation: ConversationId, seq: Seq) -> VisitorEvent {
        VisitorEvent::Answer {
            id,
            result: Ok(visitor::Answer::Message {
                conversation,
                seq,
                at: identity::now(),
            }),
        }
    }

    fn messages(event: &mut VisitorEvent) -> Vec<(ConversationId, &mut Vec<Message>)> {
        match event {
            VisitorEvent::Chat { chat, messages } => vec![(chat.id, messages)],
            _ => Vec::new(),
        }
    }
}

pub struct AgentSide;

impl Side for AgentSide {
    const VICTIM: Victim = Victim::Agent;
    type Request = AgentRequest;
    type Event = AgentEvent;

    // The cookie has said it already.
    fn whose(_: &AgentRequest) -> Option<Vec<u8>> {
        None
    }

    fn message(request: &AgentRequest) -> Option<(CommandId, ConversationId)> {
        match request {
            AgentRequest::Command {
                id,
                command: AgentCommand::Message { conversation, .. },
            } => Some((*id, *conversation)),
            _ => None,
        }
    }

    fn acknowledgement(id: CommandId, conversation: ConversationId, seq: Seq) -> AgentEvent {
        AgentEvent::Answer {
            id,
            result: Ok(agent::Answer::Message {
                conversation,
                seq,
                at: identity::now(),
            }),
        }
    }

    fn messages(event: &mut AgentEvent) -> Vec<(ConversationId, &mut Vec<Message>)> {
        let changes = match event {
            AgentEvent::Welcome { changes, .. } | AgentEvent::Changes { changes, .. } => changes,
            _ => return Vec::new(),
        };
        changes
            .iter_mut()
            .filter_map(|change| match change {
                Change::Messages {
                    conversation,
                    messages,
                } => Some((*conversation, messages)),
                _ => None,
            })
            .collect()
    }
}
