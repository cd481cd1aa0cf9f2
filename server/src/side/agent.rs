//! An agent's side of a connection.

use std::sync::Arc;

use backend::{AgentConnection, Casella, Error, Outgoing, SignedIn};
use domain::{
    CommandId, Refusal,
    frame::agent::{AgentCommand, AgentEvent, AgentRequest, Cursor},
};

use super::{Kind, Side};
use crate::limit::{Cost, Who};

/// An agent, known by the session of the request that opened the connection.
pub struct AgentSide {
    pub who: SignedIn,
}

impl Side for AgentSide {
    const NAME: &'static str = "agent";
    type Request = AgentRequest;
    type Event = AgentEvent;
    type Hello = Cursor;
    type Connection = AgentConnection;

    fn kind(request: AgentRequest) -> Kind<Self> {
        match request {
            AgentRequest::Hello { cursor } => Kind::Hello(cursor),
            AgentRequest::Pong => Kind::Pong,
            AgentRequest::Command { id, .. } => Kind::Command(id, request),
            AgentRequest::Typing { .. } | AgentRequest::Read { .. } => Kind::Notice(request),
        }
    }

    async fn connect(
        &self,
        casella: &Arc<Casella>,
        cursor: Cursor,
    ) -> Result<(AgentConnection, Outgoing<AgentEvent>), Error> {
        casella.connect_agent(&self.who, cursor).await
    }

    fn who(&self, _: &Cursor) -> Who {
        Who::Agent(self.who.agent.id)
    }

    fn cost(request: &AgentRequest) -> Cost {
        match request {
            AgentRequest::Hello { .. } | AgentRequest::Pong => Cost::Notice,
            AgentRequest::Typing { .. } | AgentRequest::Read { .. } => Cost::Notice,
            AgentRequest::Command { command, .. } => match command {
                AgentCommand::Message { text, .. } | AgentCommand::Note { text, .. } => {
                    Cost::Words(text.len())
                }
                AgentCommand::Transfer { note, .. } => Cost::Words(note.len()),
                AgentCommand::Accept { .. }
                | AgentCommand::Decline { .. }
                | AgentCommand::File { .. }
                | AgentCommand::SetScore { .. }
                | AgentCommand::EditVisitor { .. }
                | AgentCommand::End { .. }
                | AgentCommand::SetAvailable { .. }
                | AgentCommand::ResetAvailability
                | AgentCommand::PickUp { .. }
                | AgentCommand::TakeOver { .. }
                | AgentCommand::SetBlocked { .. }
                | AgentCommand::SetUnavailable { .. }
                | AgentCommand::ShareCalendar { .. } => Cost::Command,
            },
        }
    }

    fn request(connection: &mut AgentConnection, request: AgentRequest) {
        connection.request(request);
    }

    fn ping() -> AgentEvent {
        AgentEvent::Ping
    }

    fn refused(refusal: Refusal) -> AgentEvent {
        AgentEvent::Refused(refusal)
    }

    fn before(event: AgentEvent) -> Option<AgentEvent> {
        event.before()
    }

    fn command_refused(id: CommandId, refusal: Refusal) -> AgentEvent {
        AgentEvent::Answer {
            id,
            result: Err(refusal),
        }
    }
}
