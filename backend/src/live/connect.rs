//! A client's connection: what it missed, and then everything new.

mod agent;
mod visitor;

use domain::{Refusal, frame::agent::Change, permission::Viewer};

use super::{
    event::{Event, watches_agents},
    outgoing::Queue,
};
use crate::writer::Done;

pub use agent::AgentConnection;
pub use visitor::{VisitorConnection, visitor_key};

/// What an event changes for an agent.
pub fn changes_for(event: &Event, viewer: Viewer) -> Vec<Change> {
    match event {
        Event::Conversation(changed) => changed.changes_for(viewer),
        Event::Availability {
            agent,
            availability,
        } if *agent == viewer.agent => vec![Change::Availability(*availability)],
        Event::Agents if watches_agents(viewer) => vec![Change::Agents],
        Event::Meeting(changed) => changed.change_for(viewer).into_iter().collect(),
        Event::CalendarTrouble { agent, trouble } if *agent == viewer.agent => {
            vec![Change::CalendarTrouble(*trouble)]
        }
        Event::Availability { .. }
        | Event::Agents
        | Event::AgentConnected { .. }
        | Event::CalendarTrouble { .. }
        | Event::CardWithdrawn { .. } => Vec::new(),
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
