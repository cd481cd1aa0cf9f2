//! Sessions: signed-in browsers.

use std::time::Duration;

use domain::{AgentId, SessionId, Timestamp, agent::Agent};

use super::{
    agent,
    sql::{Bind, Connection, Statement},
};

/// After how long without use a session ends.
const IDLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a session lasts at most. It never ends in the middle of an active chat, unless that takes
/// longer than [`CHAT`].
const LASTS: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long an active chat keeps a session from ending.
const CHAT: Duration = Duration::from_secs(24 * 60 * 60);

/// The condition that a session `s` lasts, with the three instants of [`lasting`] as parameters.
macro_rules! lasts {
    ($idle:literal, $begun:literal, $chat:literal) => {
        concat!(
            "s.used_at > ",
            $idle,
            " AND (s.created_at > ",
            $begun,
            " OR (s.created_at > ",
            $chat,
            " AND EXISTS (SELECT 1 FROM conversation c WHERE c.agent_id = s.agent_id AND c.state = 'active')))"
        )
    };
}
pub(super) use lasts;

/// Since when a session must have been used, and begun, with and without an active chat.
pub(super) fn lasting(now: Timestamp) -> [Bind<'static>; 3] {
    [now - IDLE, now - LASTS, now - LASTS - CHAT].map(|Timestamp(micros)| micros.into())
}

/// How often the use of a session is noted.
pub const NOTED: Duration = Duration::from_secs(60 * 60);

/// Adds a session; `user_agent` is what the browser says of itself.
///
/// # Errors
/// What the database says.
pub async fn add(
    connection: &mut Connection,
    id: SessionId,
    token_hash: &[u8],
    agent: AgentId,
    user_agent: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO session (id, token_hash, agent_id, created_at, used_at, user_agent) VALUES ($1, $2, $3, $4, $4, $5)",
    );
    let binds = [
        id.0.into(),
        Bind::Bytes(token_hash),
        agent.0.into(),
        now.0.into(),
        user_agent.into(),
    ];
    connection.execute(&ADD, &binds).await.map(drop)
}

/// The session of a token, its agent, and when it was last noted; none if it has ended or the
/// agent is disabled.
///
/// # Errors
/// What the database says.
pub async fn find(
    connection: &mut Connection,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<(SessionId, Agent, Timestamp)>, sqlx::Error> {
    static FIND: Statement = Statement::new(concat!(
        "SELECT ",
        agent::columns!(),
        ", s.id, s.used_at FROM session s JOIN agent a ON a.id = s.agent_id \
         WHERE s.token_hash = $1 AND a.disabled = 0 AND ",
        lasts!("$2", "$3", "$4")
    ));
    let [idle, begun, chat] = lasting(now);
    let binds = [Bind::Bytes(token_hash), idle, begun, chat];
    match connection.row(&FIND, &binds).await? {
        Some(row) => Ok(Some((
            SessionId(row.get(8)?),
            agent::from_row(&row)?,
            Timestamp(row.get(9)?),
        ))),
        None => Ok(None),
    }
}

/// Which of these sessions are still valid.
///
/// # Errors
/// What the database says.
pub async fn valid(
    connection: &mut Connection,
    sessions: &[SessionId],
    now: Timestamp,
) -> Result<Vec<SessionId>, sqlx::Error> {
    static VALID: Statement = Statement::new(concat!(
        "SELECT s.id FROM session s JOIN agent a ON a.id = s.agent_id \
         WHERE s.id IN ({ids $1}) AND a.disabled = 0 AND ",
        lasts!("$2", "$3", "$4")
    ));
    let sessions = super::sql::ids(sessions.iter().map(|id| id.0));
    let [idle, begun, chat] = lasting(now);
    let binds = [Bind::Ids(&sessions), idle, begun, chat];
    let rows = connection.rows(&VALID, &binds).await?;
    rows.iter().map(|row| row.get(0).map(SessionId)).collect()
}

/// Notes that a session is in use.
///
/// # Errors
/// What the database says.
pub async fn note(
    connection: &mut Connection,
    id: SessionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static NOTE: Statement = Statement::new("UPDATE session SET used_at = $2 WHERE id = $1");
    connection
        .execute(&NOTE, &[id.0.into(), now.0.into()])
        .await
        .map(drop)
}

/// Ends a session.
///
/// # Errors
/// What the database says.
pub async fn end(connection: &mut Connection, id: SessionId) -> Result<(), sqlx::Error> {
    static END: Statement = Statement::new("DELETE FROM session WHERE id = $1");
    connection.execute(&END, &[id.0.into()]).await.map(drop)
}

/// Ends all sessions of an agent.
///
/// # Errors
/// What the database says.
pub async fn end_of_agent(connection: &mut Connection, agent: AgentId) -> Result<(), sqlx::Error> {
    static END: Statement = Statement::new("DELETE FROM session WHERE agent_id = $1");
    connection.execute(&END, &[agent.0.into()]).await.map(drop)
}

/// Removes sessions that have ended by themselves.
///
/// # Errors
/// What the database says.
pub async fn forget(connection: &mut Connection, now: Timestamp) -> Result<(), sqlx::Error> {
    static FORGET: Statement = Statement::new(concat!(
        "DELETE FROM session AS s WHERE NOT (",
        lasts!("$1", "$2", "$3"),
        ")"
    ));
    connection.execute(&FORGET, &lasting(now)).await.map(drop)
}
