//! A client's connection: what it missed, and then everything new.

mod agent;
mod visitor;

use domain::{Refusal, frame::agent::Change, permission::Viewer};

use super::{
    event::{Event, watches_agents},
    outgoing::Queue,
    weight::Weight,
};
use crate::{
    Clock,
    writer::{Done, NotDone, Outcome},
};

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
        | Event::CardWithdrawn { .. }
        | Event::Unreadable => Vec::new(),
    }
}

/// Tells the client what became of a command. `answer`: of what was done.
fn answered<E: Weight, A>(
    queue: &Queue<E>,
    clock: &Clock,
    outcome: Outcome,
    answer: fn(Done) -> Option<A>,
    event: impl FnOnce(Result<A, Refusal>) -> E,
) {
    let by_store = outcome == Err(NotDone::ByStore);
    let result = match outcome {
        Ok(done) => answer(done).ok_or(Refusal::Unavailable),
        Err(why) => Err(why.refusal()),
    };
    queue.push(event(result));
    if by_store {
        queue.refused_by_store(clock.now());
    }
}

/// Tells the client of a refusal of something that has no answer of its own. A mark that comes
/// after the end is no mistake of the client's.
fn refused<E: Weight + Send + 'static>(
    queue: &Queue<E>,
    clock: &Clock,
    event: fn(Refusal) -> E,
) -> impl FnOnce(Outcome) + Send + 'static {
    let (queue, clock) = (queue.clone(), clock.clone());
    move |outcome| {
        let Err(why) = outcome else {
            return;
        };
        if why != NotDone::Refused(Refusal::Ended) {
            queue.push(event(why.refusal()));
        }
        if why == NotDone::ByStore {
            queue.refused_by_store(clock.now());
        }
    }
}
