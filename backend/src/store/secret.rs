//! What all nodes share and nobody may read; sealed before it comes here.

use super::sql::{Bind, Connection, Statement};

/// Keeps a value, unless there is one of this name: of several nodes that start at once, one
/// makes it and all use it.
///
/// # Errors
/// What the database says.
pub async fn add(
    connection: &mut Connection,
    name: &str,
    sealed: &[u8],
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    );
    connection
        .execute(&ADD, &[name.into(), Bind::Bytes(sealed)])
        .await
        .map(drop)
}

/// A value.
///
/// # Errors
/// What the database says.
pub async fn get(connection: &mut Connection, name: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
    static GET: Statement = Statement::new("SELECT value FROM secret WHERE name = $1");
    match connection.row(&GET, &[name.into()]).await? {
        Some(row) => Ok(Some(row.get(0)?)),
        None => Ok(None),
    }
}

/// Removes a value, if there is one of this name.
///
/// # Errors
/// What the database says.
pub async fn remove(connection: &mut Connection, name: &str) -> Result<(), sqlx::Error> {
    static REMOVE: Statement = Statement::new("DELETE FROM secret WHERE name = $1");
    connection.execute(&REMOVE, &[name.into()]).await.map(drop)
}
