//! Visitors who are refused.

use domain::{SiteId, Timestamp, VisitorId};

use super::sql::{Connection, Statement};

/// A visitor whom somebody blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedVisitor {
    pub id: VisitorId,
    pub site: SiteId,
    pub name: Option<String>,
    pub email: Option<String>,
    pub since: Timestamp,
}

/// All of them, the last blocked first.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection) -> Result<Vec<BlockedVisitor>, sqlx::Error> {
    static ALL: Statement = Statement::new(
        "SELECT id, site_id, name, email, blocked_at FROM visitor WHERE blocked_at IS NOT NULL \
         ORDER BY blocked_at DESC, id",
    );
    let rows = connection.rows(&ALL, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(BlockedVisitor {
                id: VisitorId(row.get(0)?),
                site: SiteId(row.get(1)?),
                name: row.get(2)?,
                email: row.get(3)?,
                since: Timestamp(row.get(4)?),
            })
        })
        .collect()
}

/// Takes a visitor's block back; returns whether there was one.
///
/// # Errors
/// What the database says.
pub async fn unblock(connection: &mut Connection, id: VisitorId) -> Result<bool, sqlx::Error> {
    static UNBLOCK: Statement = Statement::new(
        "UPDATE visitor SET blocked_at = NULL WHERE id = $1 AND blocked_at IS NOT NULL",
    );
    Ok(connection.execute(&UNBLOCK, &[id.0.into()]).await? > 0)
}
