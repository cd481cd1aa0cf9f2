//! Agents.

use domain::{
    AgentId, Timestamp,
    agent::Agent,
    conversation::life::REACHABLE_GRACE,
    offer::Candidate,
    text::{Email, Field},
};

use super::{
    conversation::{count, unreadable},
    sql::{Bind, Connection, Row, Statement},
};

macro_rules! columns {
    () => {
        "a.id, a.name, a.email, a.role, a.language, a.chat_limit, a.available, a.disabled"
    };
}
pub(super) use columns;

/// All agents, by name.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection) -> Result<Vec<Agent>, sqlx::Error> {
    static ALL: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM agent a ORDER BY a.name, a.id"
    ));
    connection
        .rows(&ALL, &[])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// An agent and the hash of the password, by email in any case.
///
/// # Errors
/// What the database says.
pub async fn by_email(
    connection: &mut Connection,
    email: &str,
) -> Result<Option<(Agent, String)>, sqlx::Error> {
    static BY_EMAIL: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        ", a.password_hash FROM agent a WHERE lower(a.email) = lower($1)"
    ));
    match connection.row(&BY_EMAIL, &[email.into()]).await? {
        Some(row) => Ok(Some((from_row(&row)?, row.get(8)?))),
        None => Ok(None),
    }
}

/// An agent by id.
///
/// # Errors
/// What the database says.
pub async fn by_id(connection: &mut Connection, id: AgentId) -> Result<Option<Agent>, sqlx::Error> {
    static BY_ID: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM agent a WHERE a.id = $1"
    ));
    connection
        .row(&BY_ID, &[id.0.into()])
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Adds an agent.
///
/// # Errors
/// What the database says; a taken email is a unique violation.
pub async fn add(
    connection: &mut Connection,
    agent: &Agent,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO agent (id, name, email, role, language, chat_limit, available, disabled, password_hash, \
         seen_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)",
    );
    let binds = [
        agent.id.0.into(),
        Bind::Text(&agent.name),
        Bind::Text(&agent.email),
        agent.role.word().into(),
        Bind::OptText(agent.language.map(|language| language.tag())),
        i64::from(agent.chat_limit).into(),
        i64::from(agent.available).into(),
        i64::from(agent.disabled).into(),
        password_hash.into(),
        now.0.into(),
    ];
    connection.execute(&ADD, &binds).await.map(drop)
}

/// Replaces what is known of an agent, but for the switch and the password.
///
/// # Errors
/// What the database says; a taken email is a unique violation.
pub async fn set(connection: &mut Connection, agent: &Agent) -> Result<(), sqlx::Error> {
    static SET: Statement = Statement::new(
        "UPDATE agent SET name = $2, email = $3, role = $4, language = $5, chat_limit = $6, disabled = $7 WHERE id = $1",
    );
    let binds = [
        agent.id.0.into(),
        Bind::Text(&agent.name),
        Bind::Text(&agent.email),
        agent.role.word().into(),
        Bind::OptText(agent.language.map(|language| language.tag())),
        i64::from(agent.chat_limit).into(),
        i64::from(agent.disabled).into(),
    ];
    connection.execute(&SET, &binds).await.map(drop)
}

/// Replaces the hash of a password.
///
/// # Errors
/// What the database says.
pub async fn set_password(
    connection: &mut Connection,
    id: AgentId,
    hash: &str,
) -> Result<(), sqlx::Error> {
    static SET: Statement = Statement::new("UPDATE agent SET password_hash = $2 WHERE id = $1");
    connection
        .execute(&SET, &[id.0.into(), hash.into()])
        .await
        .map(drop)
}

/// Turns the switch `Available`.
///
/// # Errors
/// What the database says.
pub async fn set_available(
    connection: &mut Connection,
    id: AgentId,
    available: bool,
) -> Result<(), sqlx::Error> {
    static SET: Statement = Statement::new("UPDATE agent SET available = $2 WHERE id = $1");
    connection
        .execute(&SET, &[id.0.into(), i64::from(available).into()])
        .await
        .map(drop)
}

/// Everybody who might be offered a conversation, in the order of turns.
///
/// # Errors
/// What the database says.
pub async fn candidates(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<Vec<Candidate>, sqlx::Error> {
    static CANDIDATES: Statement = Statement::new(
        "SELECT a.id, a.available, a.chat_limit, a.seen_at, \
         (SELECT MAX(r.heartbeat_at) FROM presence p JOIN run r ON r.id = p.run WHERE p.subject = a.id), \
         (SELECT COUNT(*) FROM conversation c WHERE c.agent_id = a.id AND c.state = 'active') + \
         (SELECT COUNT(*) FROM conversation c WHERE c.agent_id = a.id AND c.state = 'offered') \
         FROM agent a WHERE a.disabled = 0 ORDER BY a.id",
    );
    let rows = connection.rows(&CANDIDATES, &[]).await?;
    rows.iter()
        .map(|row| {
            let alive = row
                .get::<i64>(3)?
                .max(row.get::<Option<i64>>(4)?.unwrap_or(0));
            Ok(Candidate {
                agent: AgentId(row.get(0)?),
                available: row.get::<i64>(1)? != 0,
                reachable: Timestamp(alive) > now - REACHABLE_GRACE,
                open: count(row, 5)?,
                limit: count(row, 2)?,
            })
        })
        .collect()
}

/// Whether an agent is connected, or was until a moment ago.
///
/// # Errors
/// What the database says.
pub async fn reachable(
    connection: &mut Connection,
    id: AgentId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    static REACHABLE: Statement = Statement::new(
        "SELECT a.id FROM agent a WHERE a.id = $1 AND (a.seen_at > $2 OR EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = a.id AND r.heartbeat_at > $2))",
    );
    let binds = [id.0.into(), (now - super::run::LEASE).0.into()];
    Ok(connection.row(&REACHABLE, &binds).await?.is_some())
}

/// An agent from the first columns of a row.
///
/// # Errors
/// If the row is not one of ours.
pub fn from_row(row: &Row) -> Result<Agent, sqlx::Error> {
    let language: Option<String> = row.get(4)?;
    Ok(Agent {
        id: AgentId(row.get(0)?),
        name: Field::try_from(row.get::<String>(1)?).map_err(|_| unreadable("name"))?,
        email: Email::try_from(row.get::<String>(2)?).map_err(|_| unreadable("email"))?,
        role: row
            .get::<String>(3)?
            .parse()
            .map_err(|_| unreadable("role"))?,
        language: language.and_then(|tag| tag.parse().ok()),
        chat_limit: u8::try_from(row.get::<i64>(5)?).map_err(|_| unreadable("limit"))?,
        available: row.get::<i64>(6)? != 0,
        disabled: row.get::<i64>(7)? != 0,
    })
}
