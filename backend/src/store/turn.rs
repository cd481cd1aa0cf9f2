//! Whose turn it was last.

use std::collections::HashMap;

use domain::{AgentId, TeamId};
use uuid::Uuid;

use super::sql::{Bind, Connection, Statement, ids};

/// The pool of all agents.
pub const EVERYONE: Uuid = Uuid::nil();

/// Reads and locks the turn of everyone. Whoever offers anything, on any node, holds this lock
/// first, so that no two count the same agents at once; the turns of teams need none of their own.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut Connection) -> Result<Option<AgentId>, sqlx::Error> {
    static LOCK: Statement =
        Statement::new("SELECT agent_id FROM turn WHERE pool = $1 {for update}");
    match connection.row(&LOCK, &[EVERYONE.into()]).await? {
        Some(row) => Ok(row.get::<Option<Uuid>>(0)?.map(AgentId)),
        None => Ok(None),
    }
}

/// Who was asked last of each of these teams.
///
/// # Errors
/// What the database says.
pub async fn of_teams(
    connection: &mut Connection,
    teams: &[TeamId],
) -> Result<HashMap<TeamId, AgentId>, sqlx::Error> {
    static OF_TEAMS: Statement = Statement::new(
        "SELECT pool, agent_id FROM turn WHERE pool IN ({ids $1}) AND agent_id IS NOT NULL",
    );
    if teams.is_empty() {
        return Ok(HashMap::new());
    }
    let teams = ids(teams.iter().map(|id| id.0));
    let rows = connection.rows(&OF_TEAMS, &[Bind::Ids(&teams)]).await?;
    rows.iter()
        .map(|row| Ok((TeamId(row.get(0)?), AgentId(row.get(1)?))))
        .collect()
}

/// The names of the teams that agents are in, in order.
///
/// # Errors
/// What the database says.
pub async fn teams_of_agents(
    connection: &mut Connection,
) -> Result<HashMap<AgentId, Vec<String>>, sqlx::Error> {
    static TEAMS: Statement = Statement::new(
        "SELECT m.agent_id, t.name FROM team_member m JOIN team t ON t.id = m.team_id ORDER BY t.name",
    );
    let mut teams: HashMap<AgentId, Vec<String>> = HashMap::new();
    for row in connection.rows(&TEAMS, &[]).await? {
        teams
            .entry(AgentId(row.get(0)?))
            .or_default()
            .push(row.get(1)?);
    }
    Ok(teams)
}

/// Moves turns; no team is everyone.
///
/// # Errors
/// What the database says.
pub async fn save(
    connection: &mut Connection,
    turns: &[(Option<TeamId>, AgentId)],
) -> Result<(), sqlx::Error> {
    static SAVE: Statement = Statement::new(
        "INSERT INTO turn (pool, agent_id) {columns id id} \
         ON CONFLICT (pool) DO UPDATE SET agent_id = excluded.agent_id",
    );
    if turns.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = turns
        .iter()
        .map(|(team, agent)| {
            let pool = team.map_or(EVERYONE, |team| team.0);
            [Bind::Id(pool), Bind::Id(agent.0)]
        })
        .collect();
    connection.write(&SAVE, &rows).await
}
