//! Meetings in agents' calendars: how they are wanted, and where they stand.

use domain::{AgentId, MeetingId, Timestamp};
use uuid::Uuid;

use super::super::sql::{Bind, Connection, Row, Statement};

/// Where an event stands in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The calendar's address.
    pub calendar: String,
    /// The event's address or id in it.
    pub item: String,
    /// The mark of its version there.
    pub tag: Option<String>,
}

/// A meeting that is to be written to an agent's calendar, or removed from it.
#[derive(Clone, Debug)]
pub struct Write {
    pub agent: AgentId,
    pub meeting: MeetingId,
    /// The event as JSON; none: it is to be gone.
    pub wanted: Option<String>,
    /// Rises with each change of what is wanted.
    pub revision: i64,
    /// Where it stands now.
    pub place: Option<Place>,
    pub attempts: i64,
}

/// Wants an event written, or gone, in the calendar of an agent who has an account.
///
/// # Errors
/// What the database says.
pub async fn want(
    connection: &mut Connection,
    agent: AgentId,
    meeting: MeetingId,
    wanted: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static WANT: Statement = Statement::new(
        "INSERT INTO calendar_event (agent_id, meeting_id, wanted, revision, due_at) \
         SELECT $1, $2, $3, 1, $4 WHERE EXISTS (SELECT 1 FROM calendar_account WHERE agent_id = $1) \
         ON CONFLICT (agent_id, meeting_id) DO UPDATE SET wanted = excluded.wanted, \
         revision = calendar_event.revision + 1, attempts = 0, fault = NULL, due_at = excluded.due_at",
    );
    let binds = [
        agent.0.into(),
        meeting.0.into(),
        Bind::OptText(wanted),
        now.0.into(),
    ];
    connection.execute(&WANT, &binds).await.map(drop)
}

/// Whose writes are due, of accounts that work.
///
/// # Errors
/// What the database says.
pub async fn due(
    connection: &mut Connection,
    now: Timestamp,
    most: i64,
) -> Result<Vec<AgentId>, sqlx::Error> {
    static DUE: Statement = Statement::new(
        "SELECT DISTINCT e.agent_id FROM calendar_event e JOIN calendar_account c ON c.agent_id = e.agent_id \
         WHERE e.due_at IS NOT NULL AND e.due_at <= $1 AND c.state = 'ok' AND c.claimed_until <= $1 LIMIT $2",
    );
    let rows = connection.rows(&DUE, &[now.0.into(), most.into()]).await?;
    rows.iter().map(|row| Ok(AgentId(row.get(0)?))).collect()
}

/// What is due of one agent, longest due first.
///
/// # Errors
/// What the database says.
pub async fn due_of(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Write>, sqlx::Error> {
    static DUE: Statement = Statement::new(
        "SELECT meeting_id, wanted, revision, calendar, item, tag, attempts FROM calendar_event \
         WHERE agent_id = $1 AND due_at IS NOT NULL AND due_at <= $2 ORDER BY due_at LIMIT $3",
    );
    let binds = [agent.0.into(), now.0.into(), most.into()];
    let rows = connection.rows(&DUE, &binds).await?;
    rows.iter().map(|row| write(agent, row)).collect()
}

fn write(agent: AgentId, row: &Row) -> Result<Write, sqlx::Error> {
    let place = row.get::<Option<String>>(3)?.zip(row.get(4)?);
    let tag = row.get(5)?;
    Ok(Write {
        agent,
        meeting: MeetingId(row.get(0)?),
        wanted: row.get(1)?,
        revision: row.get(2)?,
        place: place.map(|(calendar, item)| Place {
            calendar,
            item,
            tag,
        }),
        attempts: row.get(6)?,
    })
}

/// Keeps where an event stands after a write; done, unless something else has been wanted since.
/// One that is gone as wanted is kept, so that what is left of it there is known as one's own.
///
/// # Errors
/// What the database says.
pub async fn done(
    connection: &mut Connection,
    write: &Write,
    place: Option<&Place>,
) -> Result<(), sqlx::Error> {
    static DONE: Statement = Statement::new(
        "UPDATE calendar_event SET calendar = $4, item = $5, tag = $6, attempts = 0, fault = NULL, \
         due_at = CASE WHEN revision = $3 THEN NULL ELSE due_at END \
         WHERE agent_id = $1 AND meeting_id = $2",
    );
    let binds = [
        write.agent.0.into(),
        write.meeting.0.into(),
        write.revision.into(),
        Bind::OptText(place.map(|place| place.calendar.as_str())),
        Bind::OptText(place.map(|place| place.item.as_str())),
        Bind::OptText(place.and_then(|place| place.tag.as_deref())),
    ];
    connection.execute(&DONE, &binds).await.map(drop)
}

/// Puts a write off. `fault`: why the server refused it; none: it was not answered.
///
/// # Errors
/// What the database says.
pub async fn put_off(
    connection: &mut Connection,
    write: &Write,
    until: Timestamp,
    fault: Option<&str>,
) -> Result<(), sqlx::Error> {
    static PUT_OFF: Statement = Statement::new(
        "UPDATE calendar_event SET attempts = attempts + 1, due_at = $4, fault = COALESCE($5, fault) \
         WHERE agent_id = $1 AND meeting_id = $2 AND revision = $3",
    );
    let binds = [
        write.agent.0.into(),
        write.meeting.0.into(),
        write.revision.into(),
        until.0.into(),
        Bind::OptText(fault),
    ];
    connection.execute(&PUT_OFF, &binds).await.map(drop)
}

/// Wants all coming events of an agent written anew, since another calendar was chosen.
///
/// # Errors
/// What the database says.
pub async fn rewrite(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static REWRITE: Statement = Statement::new(
        "UPDATE calendar_event SET revision = revision + 1, attempts = 0, fault = NULL, due_at = $2 \
         WHERE agent_id = $1 AND wanted IS NOT NULL",
    );
    let binds = [agent.0.into(), now.0.into()];
    connection.execute(&REWRITE, &binds).await.map(drop)
}

/// Wants a meeting written once more as it is, unless it stands as `item` or is to be written
/// anyway: it was found there under another name.
///
/// # Errors
/// What the database says.
pub async fn want_again(
    connection: &mut Connection,
    agent: AgentId,
    meeting: MeetingId,
    item: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static AGAIN: Statement = Statement::new(
        "UPDATE calendar_event SET revision = revision + 1, due_at = $4 \
         WHERE agent_id = $1 AND meeting_id = $2 AND wanted IS NOT NULL AND due_at IS NULL \
         AND (item IS NULL OR item <> $3)",
    );
    let binds = [agent.0.into(), meeting.0.into(), item.into(), now.0.into()];
    connection.execute(&AGAIN, &binds).await.map(drop)
}

/// The meetings that were ever written for an agent, with where they stand.
///
/// # Errors
/// What the database says.
pub async fn own(
    connection: &mut Connection,
    agent: AgentId,
) -> Result<Vec<(Uuid, Option<String>)>, sqlx::Error> {
    static OWN: Statement =
        Statement::new("SELECT meeting_id, item FROM calendar_event WHERE agent_id = $1");
    let rows = connection.rows(&OWN, &[agent.0.into()]).await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}
