//! A visitor's side of a connection.

use std::sync::Arc;

use backend::{Casella, Error, Outgoing, VisitorConnection, bound::Source};
use domain::{
    CommandId, Refusal,
    frame::visitor::{VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest},
};

use super::{Kind, Side};
use crate::limit::{Cost, Who};

/// A visitor; the first frame says which.
pub struct VisitorSide {
    /// The browser's own words about itself.
    pub user_agent: Box<str>,
    /// Where it comes from.
    pub from: Source,
}

impl Side for VisitorSide {
    const NAME: &'static str = "visitor";
    type Request = VisitorRequest;
    type Event = VisitorEvent;
    type Hello = VisitorHello;
    type Connection = VisitorConnection;

    fn kind(request: VisitorRequest) -> Kind<Self> {
        match request {
            VisitorRequest::Hello(hello) => Kind::Hello(hello),
            VisitorRequest::Pong => Kind::Pong,
            VisitorRequest::Command { id, .. } => Kind::Command(id, request),
            VisitorRequest::Typing { .. }
            | VisitorRequest::Read { .. }
            | VisitorRequest::Slots { .. }
            | VisitorRequest::Page(_) => Kind::Notice(request),
        }
    }

    async fn connect(
        &self,
        casella: &Arc<Casella>,
        hello: VisitorHello,
    ) -> Result<(VisitorConnection, Outgoing<VisitorEvent>), Error> {
        casella
            .connect_visitor(hello, &self.user_agent, self.from)
            .await
    }

    fn who(&self, hello: &VisitorHello) -> Who {
        Who::Visitor {
            token: hello.token,
            from: self.from,
        }
    }

    fn cost(request: &VisitorRequest) -> Cost {
        match request {
            VisitorRequest::Hello(_) | VisitorRequest::Pong => Cost::Notice,
            VisitorRequest::Typing { .. }
            | VisitorRequest::Read { .. }
            | VisitorRequest::Page(_) => Cost::Notice,
            VisitorRequest::Slots { .. } => Cost::Slots,
            VisitorRequest::Command { command, .. } => match command {
                VisitorCommand::Start { first_message, .. } => {
                    Cost::Chat(first_message.as_ref().map_or(0, String::len))
                }
                VisitorCommand::Leave { text, .. } => Cost::Chat(text.len()),
                VisitorCommand::Message { text, .. } => Cost::Words(text.len()),
                VisitorCommand::File { .. } => Cost::Words(0),
                VisitorCommand::Rate { .. }
                | VisitorCommand::SetAttributes { .. }
                | VisitorCommand::Report { .. }
                | VisitorCommand::End { .. }
                | VisitorCommand::Identify { .. }
                | VisitorCommand::Book { .. }
                | VisitorCommand::Reschedule { .. }
                | VisitorCommand::CancelMeeting { .. } => Cost::Command,
            },
        }
    }

    fn request(connection: &mut VisitorConnection, request: VisitorRequest) {
        connection.request(request);
    }

    fn ping() -> VisitorEvent {
        VisitorEvent::Ping
    }

    fn refused(refusal: Refusal) -> VisitorEvent {
        VisitorEvent::Refused(refusal)
    }

    fn before(event: VisitorEvent) -> Option<VisitorEvent> {
        event.before()
    }

    fn command_refused(id: CommandId, refusal: Refusal) -> VisitorEvent {
        VisitorEvent::Answer {
            id,
            result: Err(refusal),
        }
    }
}
