//! The lock on a SQLite database's file.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::{StartError, owner_only, store};

/// Takes the lock that makes this process the only node on a SQLite database. The system gives
/// it back when the process ends, however it ends.
pub fn take(database: &Path) -> Result<File, StartError> {
    let path = store::beside_of(database, ".lock");
    let file = owner_only::file(&path).map_err(|error| StartError::Open(error.into()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::DatabaseUrl(format!(
            "another casella serves {}: stop it first, or use PostgreSQL for several nodes",
            database.display()
        ))),
        Err(TryLockError::Error(error)) => Err(StartError::Open(error.into())),
    }
}
