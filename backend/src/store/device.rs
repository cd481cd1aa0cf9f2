//! Signed-in browsers, as their agent sees them.

use domain::{AgentId, SessionId, Timestamp, settings::Device};

use super::{
    session::{lasting, lasts},
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
    static OF_AGENT: Statement = Statement::new(concat!(
        "SELECT s.id, s.user_agent, s.created_at, s.used_at FROM session s WHERE s.agent_id = $1 AND ",
        lasts!("$2", "$3", "$4"),
        " ORDER BY s.used_at DESC, s.id"
    ));
    let [idle, begun, chat] = lasting(now);
    let binds = [agent.0.into(), idle, begun, chat];
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
