//! The private feeds of agents' meetings. Of an address there is only its hash: whoever reads the
//! database cannot read the feeds.

use domain::AgentId;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::super::{
    Store,
    sql::{Connection, Statement},
};

/// What is kept of an address: 64 hexadecimal digits, which no address has.
fn hash(address: &str) -> String {
    hex::encode(Sha256::digest(address))
}

/// Hashes what releases before kept as it was; these addresses go on.
///
/// # Errors
/// What the database says.
pub async fn hash_all(store: &Store) -> Result<(), sqlx::Error> {
    static PLAIN: Statement =
        Statement::new("SELECT agent_id, address FROM calendar_feed WHERE length(address) <> 64");
    static HASH: Statement = Statement::new(
        "UPDATE calendar_feed SET address = $3 WHERE agent_id = $1 AND address = $2",
    );
    let mut connection = store.writer().await?;
    for row in &connection.rows(&PLAIN, &[]).await? {
        let (agent, address): (Uuid, String) = (row.get(0)?, row.get(1)?);
        let hash = hash(&address);
        let binds = [agent.into(), address.as_str().into(), hash.as_str().into()];
        connection.execute(&HASH, &binds).await?;
    }
    Ok(())
}

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
    let hash = hash(address);
    connection
        .execute(&PUT, &[agent.0.into(), hash.as_str().into()])
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

/// Whether an agent has a feed.
///
/// # Errors
/// What the database says.
pub async fn is_on(connection: &mut Connection, agent: AgentId) -> Result<bool, sqlx::Error> {
    static IS_ON: Statement = Statement::new("SELECT 1 FROM calendar_feed WHERE agent_id = $1");
    Ok(connection.row(&IS_ON, &[agent.0.into()]).await?.is_some())
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
    let hash = hash(address);
    let row = connection.row(&AGENT, &[hash.as_str().into()]).await?;
    row.map(|row| Ok(AgentId(row.get(0)?))).transpose()
}
