//! A client's connection: what it missed, and then everything new.

mod agent;
mod visitor;

use domain::{AgentId, Refusal, frame::agent::Change};

use super::{event::Event, outgoing::Queue};
use crate::writer::Done;

pub use agent::AgentConnection;
pub use visitor::{VisitorConnection, visitor_key};

/// What an event changes for an agent.
pub fn changes_for(event: &Event, agent: AgentId) -> Vec<Change> {
    match event {
        Event::Conversation(changed) => changed.changes_for(agent),
        Event::Available {
            agent: whose,
            available,
        } if *whose == agent => vec![Change::Available(*available)],
        Event::Available { .. } | Event::AgentConnected { .. } => Vec::new(),
    }
}

/// Tells the client of a refusal of something that has no answer of its own. A mark that comes
/// after the end is no mistake of the client's.
fn refused<E: Send + 'static>(
    queue: &Queue<E>,
    event: fn(Refusal) -> E,
) -> impl FnOnce(Result<Done, Refusal>) + Send + 'static {
    let queue = queue.clone();
    move |outcome| {
        if let Err(refusal) = outcome
            && refusal != Refusal::Ended
        {
            queue.push(event(refusal));
        }
    }
}
