//! Signed-in browsers, as their agent sees them.

use domain::{AgentId, SessionId, Timestamp, settings::Device};

use super::{
    session::KEPT,
    sql::{Connection, Statement},
};

/// The browsers in which an agent is signed in, the last used first; `this` is not filled in.
///
/// # Errors
/// What the database says.
pub async fn of_agent(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
) -> Result<Vec<Device>, sqlx::Error> {
    static OF_AGENT: Statement = Statement::new(
        "SELECT id, user_agent, created_at, used_at FROM session WHERE agent_id = $1 AND used_at > $2 \
         ORDER BY used_at DESC, id",
    );
    let binds = [agent.0.into(), (now - KEPT).0.into()];
    let rows = connection.rows(&OF_AGENT, &binds).await?;
    rows.iter()
        .map(|row| {
            Ok(Device {
                session: SessionId(row.get(0)?),
                user_agent: row.get(1)?,
                signed_in_at: Timestamp(row.get(2)?),
                used_at: Timestamp(row.get(3)?),
                this: false,
            })
        })
        .collect()
}

/// Ends all sessions of an agent but one; returns those that ended.
///
/// # Errors
/// What the database says.
pub async fn end_others(
    connection: &mut Connection,
    agent: AgentId,
    kept: SessionId,
) -> Result<Vec<SessionId>, sqlx::Error> {
    static END: Statement =
        Statement::new("DELETE FROM session WHERE agent_id = $1 AND id <> $2 RETURNING id");
    let rows = connection
        .rows(&END, &[agent.0.into(), kept.0.into()])
        .await?;
    rows.iter().map(|row| row.get(0).map(SessionId)).collect()
}
