//! Agents' meeting hours.

use domain::{AgentId, agent::AgentCard, meeting::MeetingHours};

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Row, Statement, ids},
};

/// When an agent can be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentHours {
    pub agent: AgentId,
    pub hours: MeetingHours,
    /// The agent was disabled.
    pub disabled: bool,
}

impl AgentHours {
    /// Whether meetings can be booked in it at all.
    pub fn is_open(&self) -> bool {
        !self.disabled && !self.hours.week.is_empty()
    }
}

/// Locks the meeting hours of agents, in the order of their ids.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut Connection, agents: &[AgentId]) -> Result<(), sqlx::Error> {
    static LOCK: Statement = Statement::new(
        "SELECT agent_id FROM meeting_hours WHERE agent_id IN ({ids $1}) ORDER BY agent_id {for update}",
    );
    if agents.is_empty() {
        return Ok(());
    }
    let agents = ids(agents.iter().map(|id| id.0));
    connection
        .rows(&LOCK, &[Bind::Ids(&agents)])
        .await
        .map(drop)
}

/// The hours of those of these agents who ever set any.
///
/// # Errors
/// What the database says.
pub async fn of(
    connection: &mut Connection,
    agents: &[AgentId],
) -> Result<Vec<AgentHours>, sqlx::Error> {
    static OF: Statement = Statement::new(
        "SELECT c.agent_id, c.hours, a.disabled FROM meeting_hours c JOIN agent a ON a.id = c.agent_id \
         WHERE c.agent_id IN ({ids $1})",
    );
    if agents.is_empty() {
        return Ok(Vec::new());
    }
    let agents = ids(agents.iter().map(|id| id.0));
    let rows = connection.rows(&OF, &[Bind::Ids(&agents)]).await?;
    rows.iter().map(from_row).collect()
}

/// Those of these agents who can be met.
///
/// # Errors
/// What the database says.
pub async fn open_of(
    connection: &mut Connection,
    agents: &[AgentId],
) -> Result<Vec<AgentId>, sqlx::Error> {
    static OPEN: Statement = Statement::new(
        "SELECT c.agent_id FROM meeting_hours c JOIN agent a ON a.id = c.agent_id \
         WHERE c.agent_id IN ({ids $1}) AND c.open = 1 AND a.disabled = 0",
    );
    if agents.is_empty() {
        return Ok(Vec::new());
    }
    let agents = ids(agents.iter().map(|id| id.0));
    let rows = connection.rows(&OPEN, &[Bind::Ids(&agents)]).await?;
    rows.iter().map(|row| row.get(0).map(AgentId)).collect()
}

/// All agents by name, with whether they have meeting hours and whether they were disabled.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection) -> Result<Vec<(AgentCard, bool, bool)>, sqlx::Error> {
    static ALL: Statement = Statement::new(
        "SELECT a.id, a.name, a.photo, COALESCE(c.open, 0), a.disabled \
         FROM agent a LEFT JOIN meeting_hours c ON c.agent_id = a.id ORDER BY a.name, a.id",
    );
    let rows = connection.rows(&ALL, &[]).await?;
    rows.iter()
        .map(|row| {
            let card = AgentCard {
                id: AgentId(row.get(0)?),
                name: row.get(1)?,
                photo: row.get(2)?,
            };
            Ok((card, row.get::<i64>(3)? != 0, row.get::<i64>(4)? != 0))
        })
        .collect()
}

/// Replaces an agent's meeting hours. Waits for whoever holds them.
///
/// # Errors
/// What the database says; that there is no such agent.
pub async fn set(
    connection: &mut Connection,
    agent: AgentId,
    hours: &MeetingHours,
) -> Result<(), sqlx::Error> {
    static SET: Statement = Statement::new(
        "INSERT INTO meeting_hours (agent_id, hours, open) VALUES ($1, $2, $3) \
         ON CONFLICT (agent_id) DO UPDATE SET hours = excluded.hours, open = excluded.open",
    );
    let open = !hours.week.is_empty();
    let hours = serde_json::to_string(hours).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let binds = [agent.0.into(), Bind::Text(&hours), i64::from(open).into()];
    connection.execute(&SET, &binds).await.map(drop)
}

fn from_row(row: &Row) -> Result<AgentHours, sqlx::Error> {
    let hours: String = row.get(1)?;
    Ok(AgentHours {
        agent: AgentId(row.get(0)?),
        hours: serde_json::from_str(&hours).map_err(|_| unreadable("meeting hours"))?,
        disabled: row.get::<i64>(2)? != 0,
    })
}
