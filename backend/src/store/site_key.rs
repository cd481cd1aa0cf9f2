//! Keys with which sites' servers sign who their visitors are; sealed before they come here.

use domain::{SiteId, Timestamp};

use super::sql::{Bind, Connection, Statement};

/// Adds a key.
///
/// # Errors
/// What the database says.
pub async fn add(
    connection: &mut Connection,
    id: &str,
    site: SiteId,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO site_key (id, site_id, value, created_at) VALUES ($1, $2, $3, $4)",
    );
    let binds = [id.into(), site.0.into(), Bind::Bytes(sealed), now.0.into()];
    connection.execute(&ADD, &binds).await.map(drop)
}

/// The value of a site's key.
///
/// # Errors
/// What the database says.
pub async fn get(
    connection: &mut Connection,
    site: SiteId,
    id: &str,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    static GET: Statement =
        Statement::new("SELECT value FROM site_key WHERE site_id = $1 AND id = $2");
    match connection.row(&GET, &[site.0.into(), id.into()]).await? {
        Some(row) => Ok(Some(row.get(0)?)),
        None => Ok(None),
    }
}

/// The ids of a site's keys and since when they are there, the oldest first.
///
/// # Errors
/// What the database says.
pub async fn of(
    connection: &mut Connection,
    site: SiteId,
) -> Result<Vec<(String, Timestamp)>, sqlx::Error> {
    static OF: Statement = Statement::new(
        "SELECT id, created_at FROM site_key WHERE site_id = $1 ORDER BY created_at, id",
    );
    let rows = connection.rows(&OF, &[site.0.into()]).await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, Timestamp(row.get(1)?))))
        .collect()
}

/// Removes a site's key; returns whether it was there.
///
/// # Errors
/// What the database says.
pub async fn remove(
    connection: &mut Connection,
    site: SiteId,
    id: &str,
) -> Result<bool, sqlx::Error> {
    static REMOVE: Statement =
        Statement::new("DELETE FROM site_key WHERE site_id = $1 AND id = $2");
    Ok(connection
        .execute(&REMOVE, &[site.0.into(), id.into()])
        .await?
        > 0)
}
