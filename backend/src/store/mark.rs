//! What is remembered of the database as a whole.

use super::sql::{Connection, Statement};

/// The demo made it.
pub const DEMO: &str = "demo";

/// An upgrade left the sites that were there joined, and nobody has been told yet.
pub const SITES_JOINED: &str = "sites joined";

/// Whether it is so.
///
/// # Errors
/// What the database says.
pub async fn is(connection: &mut Connection, name: &str) -> Result<bool, sqlx::Error> {
    static IS: Statement = Statement::new("SELECT name FROM mark WHERE name = $1");
    Ok(connection.row(&IS, &[name.into()]).await?.is_some())
}

/// Remembers it.
///
/// # Errors
/// What the database says.
pub async fn add(connection: &mut Connection, name: &str) -> Result<(), sqlx::Error> {
    static ADD: Statement =
        Statement::new("INSERT INTO mark (name) VALUES ($1) ON CONFLICT (name) DO NOTHING");
    connection.execute(&ADD, &[name.into()]).await.map(drop)
}

/// Forgets it; returns whether it was so.
///
/// # Errors
/// What the database says.
pub async fn remove(connection: &mut Connection, name: &str) -> Result<bool, sqlx::Error> {
    static REMOVE: Statement = Statement::new("DELETE FROM mark WHERE name = $1");
    Ok(connection.execute(&REMOVE, &[name.into()]).await? > 0)
}
