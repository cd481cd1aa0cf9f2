//! Whose turn it was last.

use domain::AgentId;
use uuid::Uuid;

use super::sql::{Bind, Connection, Statement};

/// The pool of all agents.
pub const EVERYONE: Uuid = Uuid::nil();

/// Reads and locks the turn of a pool: who offers holds this lock, so that two nodes never count
/// the same agents at once.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut Connection, pool: Uuid) -> Result<Option<AgentId>, sqlx::Error> {
    static LOCK: Statement =
        Statement::new("SELECT agent_id FROM turn WHERE pool = $1 {for update}");
    match connection.row(&LOCK, &[pool.into()]).await? {
        Some(row) => Ok(row.get::<Option<Uuid>>(0)?.map(AgentId)),
        None => Ok(None),
    }
}

/// Moves the turn.
///
/// # Errors
/// What the database says.
pub async fn save(
    connection: &mut Connection,
    pool: Uuid,
    agent: Option<AgentId>,
) -> Result<(), sqlx::Error> {
    static SAVE: Statement = Statement::new("UPDATE turn SET agent_id = $2 WHERE pool = $1");
    connection
        .execute(&SAVE, &[pool.into(), Bind::OptId(agent.map(|id| id.0))])
        .await
        .map(drop)
}
