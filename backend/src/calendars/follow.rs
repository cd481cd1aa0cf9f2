//! What follows for agents' calendars from what became of meetings.

use domain::{
    AgentId, Timestamp,
    meeting::{MeetingKey, MeetingRow, MeetingState},
};

use super::Event;
use crate::store::{self, Connection};

/// How many meetings of an agent are written when an account is connected, and how many a feed has.
const MOST: usize = 500;

/// Wants a meeting in its agent's calendar as it is now, in the transaction that changed it;
/// `before`: who had it then.
///
/// # Errors
/// What the database says.
pub async fn follow(
    connection: &mut Connection,
    before: Option<AgentId>,
    meeting: &MeetingRow,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if let Some(before) = before.filter(|before| *before != meeting.agent) {
        store::calendar::event::want(connection, before, meeting.meeting, None, now).await?;
    }
    let wanted = match meeting.state {
        MeetingState::Booked => Some(json(&event_of(meeting, now))?),
        MeetingState::Cancelled => None,
    };
    let (agent, id) = (meeting.agent, meeting.meeting);
    store::calendar::event::want(connection, agent, id, wanted.as_deref(), now).await
}

/// Wants all coming meetings of an agent in an account that has just been connected.
///
/// # Errors
/// What the database says.
pub async fn write_coming(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for meeting in coming(connection, agent, now).await? {
        let wanted = json(&event_of(&meeting, now))?;
        let id = meeting.meeting;
        store::calendar::event::want(connection, agent, id, Some(&wanted), now).await?;
    }
    Ok(())
}

/// The meetings of an agent that have not ended, the soonest first; at most [`MOST`].
///
/// # Errors
/// What the database says.
pub async fn coming(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
) -> Result<Vec<MeetingRow>, sqlx::Error> {
    let mut all = Vec::new();
    let mut after = None;
    while all.len() < MOST {
        let page = store::meeting::page(connection, Some(agent), false, after, now).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(MeetingKey {
            start: last.span.start(),
            id: last.meeting,
        });
        all.extend(page);
    }
    Ok(all)
}

/// A meeting as its agent's calendar shows it: both by name, and how to reach the visitor.
pub fn event_of(meeting: &MeetingRow, changed_at: Timestamp) -> Event {
    let visitor = meeting.visitor.as_deref().unwrap_or(&meeting.email);
    Event {
        meeting: meeting.meeting,
        sequence: meeting.sequence,
        changed_at,
        span: meeting.span,
        summary: format!("{} & {visitor}", meeting.agent_name),
        description: match &meeting.visitor {
            Some(name) => format!("{name} <{}>", meeting.email),
            None => meeting.email.clone(),
        },
        location: String::new(),
        revision: 0,
    }
}

fn json(event: &Event) -> Result<String, sqlx::Error> {
    serde_json::to_string(event).map_err(|error| sqlx::Error::Encode(error.into()))
}
