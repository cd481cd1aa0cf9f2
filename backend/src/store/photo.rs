//! Pictures of agents and sites, by the hash of their content.

use domain::AgentId;

use super::sql::{Bind, Connection, Statement};

/// The kind and the bytes of a photo.
///
/// # Errors
/// What the database says.
pub async fn get(
    connection: &mut Connection,
    name: &str,
) -> Result<Option<(String, Vec<u8>)>, sqlx::Error> {
    static GET: Statement = Statement::new("SELECT kind, bytes FROM photo WHERE name = $1");
    match connection.row(&GET, &[name.into()]).await? {
        Some(row) => Ok(Some((row.get(0)?, row.get(1)?))),
        None => Ok(None),
    }
}

/// Keeps a photo; one with the same content is there once.
///
/// # Errors
/// What the database says.
pub async fn put(
    connection: &mut Connection,
    name: &str,
    kind: &str,
    bytes: &[u8],
) -> Result<(), sqlx::Error> {
    static PUT: Statement = Statement::new(
        "INSERT INTO photo (name, kind, bytes) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
    );
    let binds = [name.into(), kind.into(), Bind::Bytes(bytes)];
    connection.execute(&PUT, &binds).await.map(drop)
}

/// Makes a photo an agent's own, or none.
///
/// # Errors
/// What the database says.
pub async fn choose(
    connection: &mut Connection,
    agent: AgentId,
    name: Option<&str>,
) -> Result<(), sqlx::Error> {
    static CHOOSE: Statement = Statement::new("UPDATE agent SET photo = $2 WHERE id = $1");
    connection
        .execute(&CHOOSE, &[agent.0.into(), Bind::OptText(name)])
        .await
        .map(drop)
}

/// Removes a photo, if it is nobody's any more.
///
/// # Errors
/// What the database says.
pub async fn forget(connection: &mut Connection, name: &str) -> Result<(), sqlx::Error> {
    static FORGET: Statement = Statement::new(
        "DELETE FROM photo WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM agent a WHERE a.photo = $1) \
         AND NOT EXISTS (SELECT 1 FROM site s WHERE s.settings LIKE '%\"' || $1 || '\"%')",
    );
    connection.execute(&FORGET, &[name.into()]).await.map(drop)
}
