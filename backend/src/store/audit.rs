//! What people did with a role's power over others.

use domain::{AgentId, Timestamp};
use uuid::Uuid;

use super::sql::{Bind, Connection, Statement};

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    pub id: Uuid,
    /// Who did it.
    pub agent: AgentId,
    pub action: &'static str,
    /// The conversation, visitor or agent that it was done to.
    pub subject: Uuid,
}

/// Adds deeds.
///
/// # Errors
/// What the database says.
pub async fn add(
    connection: &mut Connection,
    deeds: &[Deed],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO audit (id, at, agent_id, action, subject) {columns id int id text id}",
    );
    if deeds.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = deeds
        .iter()
        .map(|deed| {
            [
                Bind::Id(deed.id),
                Bind::Int(now.0),
                Bind::Id(deed.agent.0),
                Bind::Text(deed.action),
                Bind::Id(deed.subject),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}
