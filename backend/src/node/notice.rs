//! What the operator is told when a node starts.

use crate::{
    StartError,
    store::{Connection, Store, mark},
};

/// What an upgrade from a release says, once, that knew no realms.
const SITES_JOINED: &str = "since this release a person is known by site and `sub`, unless sites are joined. The sites that \
     were there before stay joined as `common`: agents see one history for the same `sub` on any of them. \
     If their servers do not mean the same person by it, part them: casella site set KEY --realm none";

/// Tells that the way to the database is not sure to be encrypted.
pub fn exposed(store: &Store) {
    if let Some(host) = store.exposed() {
        tracing::warn!(
            "chats go to the database on {host} without being sure to be encrypted. \
             Demand it in database_url, by ?sslmode=require or better verify-full"
        );
    }
}

/// Tells once that an upgrade left sites joined.
///
/// # Errors
/// What the database says.
pub async fn sites_joined(connection: &mut Connection) -> Result<(), StartError> {
    let removed = mark::remove(connection, mark::SITES_JOINED).await;
    if removed.map_err(StartError::Open)? {
        tracing::warn!("{SITES_JOINED}");
    }
    Ok(())
}
