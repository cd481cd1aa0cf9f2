//! Teams and their members.

use std::collections::HashMap;

use domain::{AgentId, TeamId, Timestamp, team::Team, text::Field};

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Statement},
};

/// All teams, by name, each with its members in their order.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection) -> Result<Vec<Team>, sqlx::Error> {
    static TEAMS: Statement = Statement::new("SELECT id, name FROM team ORDER BY lower(name)");
    let mut members = members(connection).await?;
    let mut teams = Vec::new();
    for row in connection.rows(&TEAMS, &[]).await? {
        let id = TeamId(row.get(0)?);
        teams.push(Team {
            id,
            name: Field::try_from(row.get::<String>(1)?).map_err(|_| unreadable("team's name"))?,
            members: members.remove(&id).unwrap_or_default(),
        });
    }
    Ok(teams)
}

/// The members of all teams that have any, in the order in which they are asked.
///
/// # Errors
/// What the database says.
pub async fn members(
    connection: &mut Connection,
) -> Result<HashMap<TeamId, Vec<AgentId>>, sqlx::Error> {
    static MEMBERS: Statement = Statement::new(
        "SELECT team_id, agent_id FROM team_member ORDER BY team_id, place, agent_id",
    );
    let mut members: HashMap<_, Vec<_>> = HashMap::new();
    for row in connection.rows(&MEMBERS, &[]).await? {
        members
            .entry(TeamId(row.get(0)?))
            .or_default()
            .push(AgentId(row.get(1)?));
    }
    Ok(members)
}

/// Adds a team without members, and its turn. For the caller's transaction.
///
/// # Errors
/// What the database says; a taken name is a unique violation.
pub async fn add(
    connection: &mut Connection,
    id: TeamId,
    name: &Field,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement =
        Statement::new("INSERT INTO team (id, name, created_at) VALUES ($1, $2, $3)");
    static TURN: Statement = Statement::new("INSERT INTO turn (pool) VALUES ($1)");
    let binds = [id.0.into(), Bind::Text(name), now.0.into()];
    connection.execute(&ADD, &binds).await?;
    connection.execute(&TURN, &[id.0.into()]).await.map(drop)
}

/// Whether there is such a team; locks it until the end of the transaction.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut Connection, id: TeamId) -> Result<bool, sqlx::Error> {
    static LOCK: Statement = Statement::new("SELECT id FROM team WHERE id = $1 {for update}");
    Ok(connection.row(&LOCK, &[id.0.into()]).await?.is_some())
}

/// Replaces the members of a team. For the caller's transaction.
///
/// # Errors
/// What the database says; an unknown agent is a foreign key violation.
pub async fn set_members(
    connection: &mut Connection,
    id: TeamId,
    members: &[AgentId],
) -> Result<(), sqlx::Error> {
    static CLEAR: Statement = Statement::new("DELETE FROM team_member WHERE team_id = $1");
    static ADD: Statement =
        Statement::new("INSERT INTO team_member (team_id, agent_id, place) {columns id id int}");
    connection.execute(&CLEAR, &[id.0.into()]).await?;
    let rows: Vec<_> = (0..)
        .zip(members)
        .map(|(place, agent)| [Bind::Id(id.0), Bind::Id(agent.0), Bind::Int(place)])
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    connection.write(&ADD, &rows).await
}
