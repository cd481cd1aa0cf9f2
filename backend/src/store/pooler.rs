//! A pooler between Casella and PostgreSQL.
//!
//! Prepared statements, `LISTEN` and the settings of a connection belong to a connection of
//! PostgreSQL. A pooler that gives each transaction another one (PgBouncer with
//! `pool_mode = transaction` or `statement`) breaks all three, each at another time and in other
//! words, so that it is found out at the start.

use sqlx::{Executor as _, PgPool, Postgres, Row as _, pool::PoolConnection};

use crate::StartError;

/// What PgBouncer says of settings that it was not told to pass over.
const UNSUPPORTED: &str = "unsupported startup parameter";

/// The error of a first connection.
pub(super) fn or_open(error: sqlx::Error) -> StartError {
    let said = error.as_database_error().map(|error| error.message());
    if said.is_some_and(|said| said.contains(UNSUPPORTED)) {
        StartError::Pooler("a pooler that refuses settings of a connection")
    } else {
        StartError::Open(error)
    }
}

/// That connections are not shared by transactions.
///
/// # Errors
/// [`StartError::Pooler`] if they are.
pub(super) async fn refuse_shared(pool: &PgPool) -> Result<(), StartError> {
    match is_shared(pool).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(StartError::Pooler(
            "a pooler that shares connections between transactions",
        )),
        Err(error) => Err(StartError::Open(error)),
    }
}

/// Whether a second connection gets, within a transaction, the process of PostgreSQL that the first
/// one had, or the first one gets another meanwhile.
async fn is_shared(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let mut first = pool.acquire().await?;
    let mut second = pool.acquire().await?;
    let before = process(&mut first).await?;
    second.execute(sqlx::raw_sql("BEGIN")).await?;
    let other = process(&mut second).await?;
    let after = process(&mut first).await?;
    second.execute(sqlx::raw_sql("ROLLBACK")).await?;
    Ok(before == other || before != after)
}

/// Asked without a prepared statement, which such a pooler would lose.
async fn process(connection: &mut PoolConnection<Postgres>) -> Result<String, sqlx::Error> {
    let row = connection
        .fetch_one(sqlx::raw_sql("SELECT pg_backend_pid()::text"))
        .await?;
    row.try_get(0)
}
