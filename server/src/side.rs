//! The two kinds of clients that hold a connection: a visitor's chat and an agent's inbox.

mod agent;
mod visitor;

use std::{future::Future, sync::Arc};

use backend::{Casella, Error, Outgoing};
use domain::{CommandId, Refusal};
use serde::{Serialize, de::DeserializeOwned};

use crate::limit::{Cost, Who};

pub use agent::AgentSide;
pub use visitor::VisitorSide;

/// What differs between the connections of visitors and of agents.
pub trait Side: Send + Sync + 'static {
    /// For measures.
    const NAME: &'static str;
    /// What the client sends.
    type Request: DeserializeOwned + Send;
    /// What the server sends.
    type Event: Serialize + Send;
    /// The part of its first frame that opens the connection.
    type Hello: Send;
    /// The sending end, towards `backend`.
    type Connection: Send + Sync;

    /// What a frame asks of the connection itself.
    fn kind(request: Self::Request) -> Kind<Self>;

    /// Opens the connection.
    fn connect(
        &self,
        casella: &Arc<Casella>,
        hello: Self::Hello,
    ) -> impl Future<Output = Result<(Self::Connection, Outgoing<Self::Event>), Error>> + Send;

    /// Who sends, as limits count it.
    fn who(&self, hello: &Self::Hello) -> Who;

    /// What a frame asks for, as limits count it.
    fn cost(request: &Self::Request) -> Cost;

    /// Hands a frame to `backend`.
    fn request(connection: &mut Self::Connection, request: Self::Request);

    /// The question whether the client is still there.
    fn ping() -> Self::Event;

    /// That a frame was not taken.
    fn refused(refusal: Refusal) -> Self::Event;

    /// An event as the protocol before says it; none: it has no word for it.
    fn before(event: Self::Event) -> Option<Self::Event>;

    /// That a command was not taken.
    fn command_refused(id: CommandId, refusal: Refusal) -> Self::Event;
}

/// What a frame asks of the connection itself.
pub enum Kind<S: Side + ?Sized> {
    /// The first frame.
    Hello(S::Hello),
    /// The client is still there.
    Pong,
    /// A command, whose sender waits for an answer.
    Command(CommandId, S::Request),
    /// Anything else.
    Notice(S::Request),
}
