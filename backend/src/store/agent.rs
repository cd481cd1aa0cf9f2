//! Agents.

use domain::{
    AgentId, Timestamp,
    agent::Agent,
    text::{Email, Field},
};

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Row, Statement},
};

macro_rules! columns {
    () => {
        "a.id, a.name, a.email, a.role, a.language, a.chat_limit, a.photo, a.disabled"
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

/// Whether there is any agent.
///
/// # Errors
/// What the database says.
pub async fn any(connection: &mut Connection) -> Result<bool, sqlx::Error> {
    static ANY: Statement = Statement::new("SELECT a.id FROM agent a LIMIT 1");
    Ok(connection.row(&ANY, &[]).await?.is_some())
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
         seen_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, 0, $9)",
    );
    let binds = [
        agent.id.0.into(),
        Bind::Text(&agent.name),
        Bind::Text(&agent.email),
        agent.role.word().into(),
        Bind::OptText(agent.language.map(|language| language.tag())),
        i64::from(agent.chat_limit).into(),
        i64::from(agent.disabled).into(),
        password_hash.into(),
        now.0.into(),
    ];
    connection.execute(&ADD, &binds).await.map(drop)
}

/// Replaces what administrators say of an agent.
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

/// Locks an agent until the end of the transaction.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut Connection, id: AgentId) -> Result<(), sqlx::Error> {
    static LOCK: Statement = Statement::new("SELECT id FROM agent WHERE id = $1 {for update}");
    connection.row(&LOCK, &[id.0.into()]).await.map(drop)
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
        photo: row.get(6)?,
        disabled: row.get::<i64>(7)? != 0,
    })
}
