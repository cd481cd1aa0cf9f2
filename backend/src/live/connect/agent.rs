//! An agent's connection: what its client missed, and then everything new.

use std::sync::Arc;

use domain::{
    AgentId, Refusal, Timestamp,
    availability::Availability,
    frame::agent::{AgentEvent, AgentRequest, Change, Cursor, Offer, Row},
    permission::Viewer,
};

use super::{answered, changes_for, refused};
use crate::{
    Casella, Error, Outgoing, SignedIn,
    live::{
        event::{Event, RowParts},
        hub::ConnectionId,
        nodes::causes_first,
        outgoing::Queue,
    },
    store::{self, Connection, list::Listed},
    writer::{Done, Origin, Task},
};

/// How many changes an agent's client may have missed and still be sent them one by one, and how
/// many bytes of events.
const MISSED: usize = 1_000;
const MISSED_BYTES: usize = 512 * 1024;

impl Listed {
    fn parts(&self, closes_at: Option<Timestamp>) -> RowParts<'_> {
        RowParts {
            conversation: &self.conversation,
            visitor: self.visitor.clone(),
            page: self.page.clone(),
            agent_name: self.agent.clone(),
            transfer_to: self.transfer_to.clone(),
            visitor_connected: self.visitor_connected,
            closes_at,
        }
    }
}

/// The sending end of an agent's connection.
pub struct AgentConnection {
    casella: Arc<Casella>,
    id: ConnectionId,
    who: Viewer,
    queue: Queue<AgentEvent>,
}

impl AgentConnection {
    /// Takes a frame from the client, in order. Returns at once; answers come as events.
    /// Dropping the connection tells the product that it is closed.
    pub fn request(&mut self, request: AgentRequest) {
        let writer = &self.casella.writer;
        let who = self.who;
        let agent = who.agent;
        let origin = Origin::Agent(agent);
        match request {
            AgentRequest::Hello { .. } => {
                self.queue.push(AgentEvent::Refused(Refusal::Malformed));
            }
            AgentRequest::Pong => {}
            AgentRequest::Command { id, command } => {
                let (queue, clock) = (self.queue.clone(), self.casella.clock.clone());
                let task = Task::Agent { who, id, command };
                writer.submit(origin, task, move |outcome| {
                    let answer = |done| match done {
                        Done::Agent(answer) => Some(answer),
                        Done::Visitor(_) | Done::Silently => None,
                    };
                    let event = |result| AgentEvent::Answer { id, result };
                    answered(&queue, &clock, outcome, answer, event);
                });
            }
            AgentRequest::Typing {
                conversation,
                typing,
            } => {
                self.casella.hub.agent_types(agent, conversation, typing);
            }
            AgentRequest::Read {
                conversation,
                up_to,
            } => {
                let task = Task::AgentRead {
                    who,
                    conversation,
                    up_to,
                };
                let refused = refused(&self.queue, &self.casella.clock, AgentEvent::Refused);
                writer.submit(origin, task, refused);
            }
        }
    }
}

impl Drop for AgentConnection {
    fn drop(&mut self) {
        if self.casella.hub.remove_agent(self.who.agent, self.id) {
            self.casella.agent_left(self.who.agent);
        }
    }
}

impl Casella {
    /// Takes an agent's connection after its `Hello`.
    ///
    /// # Errors
    /// [`Error::Store`] if the store does not answer; [`Refusal::TooMany`].
    pub async fn connect_agent(
        self: &Arc<Self>,
        who: &SignedIn,
        cursor: Cursor,
    ) -> Result<(AgentConnection, Outgoing<AgentEvent>), Error> {
        let viewer = who.viewer();
        let agent = viewer.agent;
        if self.directory.get().agent(agent).is_none() {
            // Added by another node a moment ago.
            self.directory.refresh(&self.store).await?;
        }
        let (queue, outgoing) = Queue::new();
        let answers = queue.clone();
        let id = self.hub.add_agent(viewer, who.session, queue);
        let connection = AgentConnection {
            casella: Arc::clone(self),
            id,
            who: viewer,
            queue: answers,
        };
        // Also when it is not the first: another node may have signed the agent out while this one
        // seemed dead.
        let at = self.clock.now();
        self.writer.leave(
            Origin::Agent(agent),
            Task::AgentPresence {
                agent,
                connected: true,
                at,
            },
        )?;
        let mut reader = self.store.reader().await?;
        let (welcome, end) = self.agent_backlog(&mut reader, viewer, &cursor).await?;
        self.hub.agent_ready(agent, id, &end);
        Ok((connection, outgoing.with_backlog([welcome])))
    }

    async fn agent_backlog(
        &self,
        connection: &mut Connection,
        viewer: Viewer,
        cursor: &Cursor,
    ) -> Result<(AgentEvent, Cursor), Error> {
        let now = self.clock.now();
        let end = store::event::end(connection).await?;
        let limit = i64::try_from(MISSED + 1).unwrap_or(i64::MAX);
        let availability = self.availability(connection, viewer.agent).await?;
        let offers = self.offers(connection, viewer.agent).await?;
        // A client without a cursor has nothing; one whose changes were removed cannot be given them.
        let known = !cursor.0.is_empty() && store::event::reaches(connection, cursor).await?;
        let few = known && {
            let (count, bytes) = store::event::size_after(connection, cursor, limit).await?;
            count <= MISSED && bytes <= MISSED_BYTES
        };
        let missed = if few {
            store::event::after(connection, cursor, None, limit).await?
        } else {
            Vec::new()
        };
        let lost = end
            .0
            .iter()
            .any(|position| position.n > cursor.of(position.run))
            && missed.is_empty();
        let missed: Vec<_> = missed
            .iter()
            .map(|stored| (stored.position, Event::of(stored)))
            .collect();
        let unreadable = missed.iter().any(|(_, event)| *event == Event::Unreadable);
        if lost || unreadable || missed.len() > MISSED {
            return Ok((
                AgentEvent::Resynchronise {
                    now,
                    cursor: end.clone(),
                    availability,
                    offers,
                },
                end,
            ));
        }
        let reached = missed.iter().fold(end, |mut cursor, (position, _)| {
            cursor.advance(*position);
            cursor
        });
        let mut changes: Vec<_> = causes_first(missed)
            .iter()
            .flat_map(|(_, event)| changes_for(event, viewer))
            .collect();
        // One says it all, however often it was said.
        if let Some(first) = changes.iter().position(|change| *change == Change::Agents) {
            let mut at = 0..;
            changes.retain(|change| at.next() == Some(first) || *change != Change::Agents);
        }
        Ok((
            AgentEvent::Welcome {
                now,
                cursor: reached.clone(),
                availability,
                offers,
                changes,
            },
            reached,
        ))
    }

    /// What an agent's switch shows now.
    pub(crate) async fn availability(
        &self,
        connection: &mut Connection,
        agent: AgentId,
    ) -> Result<Availability, Error> {
        let duty = store::duty::of(connection, [agent]).await?.pop();
        let now = self.clock.now();
        Ok(duty.map_or_else(Availability::default, |duty| duty.availability(now)))
    }

    /// What is held out to an agent, the most urgent first.
    pub(crate) async fn offers(
        &self,
        connection: &mut Connection,
        agent: AgentId,
    ) -> Result<Vec<Offer>, Error> {
        let offered = store::list::offered(connection, agent, self.clock.now()).await?;
        Ok(offered
            .iter()
            .filter_map(|listed| listed.parts(None).offer())
            .collect())
    }

    /// A listed conversation as a row.
    pub(crate) fn row(&self, listed: &Listed, agent: AgentId) -> Row {
        let times = self.directory.get().times(listed.conversation.site);
        listed
            .parts(listed.conversation.closes_at(times))
            .row(agent)
    }
}
