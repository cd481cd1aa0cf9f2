//! What commands were answered, other than those that brought a message.

use domain::{CommandId, Timestamp};

use super::sql::{Bind, Connection, Statement, ids};

/// How long answers are kept: a client that resends after that is not one.
pub const KEPT: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

/// An answered command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub command: CommandId,
    /// Whose it was: an agent's id or a visitor's key. The answer is for nobody else.
    pub actor: Vec<u8>,
    /// The answer, encoded.
    pub answer: Vec<u8>,
}

/// The answers of those of these commands that were answered.
///
/// # Errors
/// What the database says.
pub async fn find(
    connection: &mut Connection,
    commands: impl IntoIterator<Item = CommandId>,
) -> Result<Vec<Answered>, sqlx::Error> {
    static FIND: Statement =
        Statement::new("SELECT id, actor, answer FROM command WHERE id IN ({ids $1})");
    let commands = ids(commands.into_iter().map(|id| id.0));
    let rows = connection.rows(&FIND, &[Bind::Ids(&commands)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Answered {
                command: CommandId(row.get(0)?),
                actor: row.get(1)?,
                answer: row.get(2)?,
            })
        })
        .collect()
}

/// Keeps answers.
///
/// # Errors
/// What the database says; a repeated command is a unique violation.
pub async fn add(
    connection: &mut Connection,
    answered: &[Answered],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement =
        Statement::new("INSERT INTO command (id, actor, answer, at) {columns id blob blob int}");
    if answered.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = answered
        .iter()
        .map(|one| {
            [
                Bind::Id(one.command.0),
                Bind::Bytes(&one.actor),
                Bind::Bytes(&one.answer),
                Bind::Int(now.0),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

/// Removes answers older than [`KEPT`].
///
/// # Errors
/// What the database says.
pub async fn forget(connection: &mut Connection, now: Timestamp) -> Result<(), sqlx::Error> {
    static FORGET: Statement = Statement::new("DELETE FROM command WHERE at < $1");
    connection
        .execute(&FORGET, &[(now - KEPT).0.into()])
        .await
        .map(drop)
}
