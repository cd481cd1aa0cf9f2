//! Sites.

use domain::{
    SiteId, Timestamp,
    site::{Site, SiteKey},
};

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Statement},
};

/// All sites, by key.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection) -> Result<Vec<Site>, sqlx::Error> {
    static ALL: Statement = Statement::new("SELECT id, key, name, settings FROM site ORDER BY key");
    let rows = connection.rows(&ALL, &[]).await?;
    rows.iter()
        .map(|row| {
            let settings: String = row.get(3)?;
            Ok(Site {
                id: SiteId(row.get(0)?),
                key: SiteKey::try_from(row.get::<String>(1)?)
                    .map_err(|_| unreadable("site key"))?,
                name: row.get(2)?,
                settings: serde_json::from_str(&settings)
                    .map_err(|_| unreadable("site setting"))?,
            })
        })
        .collect()
}

/// Adds a site.
///
/// # Errors
/// What the database says; a taken key is a unique violation.
pub async fn add(
    connection: &mut Connection,
    site: &Site,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO site (id, key, name, settings, created_at) VALUES ($1, $2, $3, $4, $5)",
    );
    let settings = to_json(site)?;
    let binds = [
        site.id.0.into(),
        site.key.as_str().into(),
        Bind::Text(&site.name),
        Bind::Text(&settings),
        now.0.into(),
    ];
    connection.execute(&ADD, &binds).await.map(drop)
}

/// Replaces the name and settings of a site; returns whether there is such a site.
///
/// # Errors
/// What the database says.
pub async fn set(connection: &mut Connection, site: &Site) -> Result<bool, sqlx::Error> {
    static SET: Statement =
        Statement::new("UPDATE site SET name = $2, settings = $3 WHERE id = $1");
    let settings = to_json(site)?;
    let binds = [
        site.id.0.into(),
        Bind::Text(&site.name),
        Bind::Text(&settings),
    ];
    Ok(connection.execute(&SET, &binds).await? > 0)
}

fn to_json(site: &Site) -> Result<String, sqlx::Error> {
    serde_json::to_string(&site.settings).map_err(|error| sqlx::Error::Encode(error.into()))
}
