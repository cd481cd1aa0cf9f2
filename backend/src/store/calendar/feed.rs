//! The private feeds of agents' meetings.

use domain::AgentId;

use super::super::sql::{Connection, Statement};

/// Gives a feed another address, or its first one.
///
/// # Errors
/// What the database says.
pub async fn put(
    connection: &mut Connection,
    agent: AgentId,
    address: &str,
) -> Result<(), sqlx::Error> {
    static PUT: Statement = Statement::new(
        "INSERT INTO calendar_feed (agent_id, address) VALUES ($1, $2) \
         ON CONFLICT (agent_id) DO UPDATE SET address = excluded.address",
    );
    connection
        .execute(&PUT, &[agent.0.into(), address.into()])
        .await
        .map(drop)
}

/// Ends a feed.
///
/// # Errors
/// What the database says.
pub async fn remove(connection: &mut Connection, agent: AgentId) -> Result<(), sqlx::Error> {
    static REMOVE: Statement = Statement::new("DELETE FROM calendar_feed WHERE agent_id = $1");
    connection
        .execute(&REMOVE, &[agent.0.into()])
        .await
        .map(drop)
}

/// The address of an agent's feed.
///
/// # Errors
/// What the database says.
pub async fn of(
    connection: &mut Connection,
    agent: AgentId,
) -> Result<Option<String>, sqlx::Error> {
    static OF: Statement = Statement::new("SELECT address FROM calendar_feed WHERE agent_id = $1");
    let row = connection.row(&OF, &[agent.0.into()]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Whose feed an address is; none of an agent who is disabled.
///
/// # Errors
/// What the database says.
pub async fn agent(
    connection: &mut Connection,
    address: &str,
) -> Result<Option<AgentId>, sqlx::Error> {
    static AGENT: Statement = Statement::new(
        "SELECT f.agent_id FROM calendar_feed f JOIN agent a ON a.id = f.agent_id \
         WHERE f.address = $1 AND a.disabled = 0",
    );
    let row = connection.row(&AGENT, &[address.into()]).await?;
    row.map(|row| Ok(AgentId(row.get(0)?))).transpose()
}
