//! Whose turn it was last, and the order in which each team is asked.

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

/// A team's members in the order in which they are asked, and who was asked last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamTurn {
    pub team: TeamId,
    pub order: Vec<AgentId>,
    pub last: Option<AgentId>,
}

/// The turns of teams; a team without members is left out.
///
/// # Errors
/// What the database says.
pub async fn of_teams(
    connection: &mut Connection,
    teams: &[TeamId],
) -> Result<Vec<TeamTurn>, sqlx::Error> {
    static OF_TEAMS: Statement = Statement::new(
        "SELECT m.team_id, m.agent_id, t.agent_id FROM team_member m LEFT JOIN turn t ON t.pool = m.team_id \
         WHERE m.team_id IN ({ids $1}) ORDER BY m.team_id, m.place, m.agent_id",
    );
    let mut turns: Vec<TeamTurn> = Vec::new();
    if teams.is_empty() {
        return Ok(turns);
    }
    let teams = ids(teams.iter().map(|id| id.0));
    for row in connection.rows(&OF_TEAMS, &[Bind::Text(&teams)]).await? {
        let (team, agent) = (TeamId(row.get(0)?), AgentId(row.get(1)?));
        match turns.last_mut().filter(|turn| turn.team == team) {
            Some(turn) => turn.order.push(agent),
            None => turns.push(TeamTurn {
                team,
                order: vec![agent],
                last: row.get::<Option<Uuid>>(2)?.map(AgentId),
            }),
        }
    }
    Ok(turns)
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
