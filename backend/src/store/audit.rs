//! What people did with a role's power over others.

use domain::{AgentId, Timestamp};
use serde_json::json;
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
        "INSERT INTO audit (id, at, agent_id, action, subject) {rows $1 id int id text id}",
    );
    if deeds.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = deeds
        .iter()
        .map(|deed| {
            json!([
                deed.id.simple().to_string(),
                now.0,
                deed.agent.0.simple().to_string(),
                deed.action,
                deed.subject.simple().to_string(),
            ])
        })
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    connection
        .execute(&ADD, &[Bind::Text(&rows)])
        .await
        .map(drop)
}
