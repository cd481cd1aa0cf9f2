//! Saved replies.

use domain::{AgentId, ReplyId, reply::SavedReply, text::Shortcut};
use uuid::Uuid;

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Row, Statement},
};

/// A saved reply and whose it is; none: every agent's.
pub type Owned = (SavedReply, Option<AgentId>);

/// The replies that an agent may insert: everybody's and the agent's own, by shortcut, the own
/// first.
///
/// # Errors
/// What the database says.
pub async fn of(connection: &mut Connection, agent: AgentId) -> Result<Vec<Owned>, sqlx::Error> {
    static OF: Statement = Statement::new(
        "SELECT id, agent_id, shortcut, body FROM saved_reply \
         WHERE agent_id IS NULL OR agent_id = $1 \
         ORDER BY shortcut, CASE WHEN agent_id IS NULL THEN 1 ELSE 0 END",
    );
    let rows = connection.rows(&OF, &[agent.0.into()]).await?;
    rows.iter().map(from_row).collect()
}

/// A reply by its id, whosever it is.
///
/// # Errors
/// What the database says.
pub async fn by_id(
    connection: &mut Connection,
    reply: ReplyId,
) -> Result<Option<Owned>, sqlx::Error> {
    static BY_ID: Statement =
        Statement::new("SELECT id, agent_id, shortcut, body FROM saved_reply WHERE id = $1");
    let row = connection.row(&BY_ID, &[reply.0.into()]).await?;
    row.as_ref().map(from_row).transpose()
}

/// Adds a reply, or replaces the one of its id.
///
/// # Errors
/// What the database says; a shortcut that the same agent, or everybody, has already is a unique
/// violation.
pub async fn save(
    connection: &mut Connection,
    reply: &SavedReply,
    owner: Option<AgentId>,
) -> Result<(), sqlx::Error> {
    static SAVE: Statement = Statement::new(
        "INSERT INTO saved_reply (id, agent_id, shortcut, body) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET agent_id = excluded.agent_id, \
         shortcut = excluded.shortcut, body = excluded.body",
    );
    let binds = [
        reply.id.0.into(),
        Bind::OptId(owner.map(|owner| owner.0)),
        Bind::Text(&reply.shortcut),
        Bind::Text(&reply.text),
    ];
    connection.execute(&SAVE, &binds).await.map(drop)
}

/// Removes a reply.
///
/// # Errors
/// What the database says.
pub async fn remove(connection: &mut Connection, reply: ReplyId) -> Result<(), sqlx::Error> {
    static REMOVE: Statement = Statement::new("DELETE FROM saved_reply WHERE id = $1");
    connection
        .execute(&REMOVE, &[reply.0.into()])
        .await
        .map(drop)
}

fn from_row(row: &Row) -> Result<Owned, sqlx::Error> {
    let owner = row.get::<Option<Uuid>>(1)?.map(AgentId);
    let shortcut = Shortcut::try_from(row.get::<String>(2)?);
    let reply = SavedReply {
        id: ReplyId(row.get(0)?),
        shortcut: shortcut.map_err(|_| unreadable("shortcut"))?,
        text: row.get(3)?,
        shared: owner.is_none(),
    };
    Ok((reply, owner))
}
