//! Tries of passwords, counted for all nodes together.

use std::time::Duration;

use domain::{Timestamp, guess::Guesses};

use super::sql::{Bind, Connection, Statement};

/// A hash of whose password is tried, and where.
pub type GuessKey = [u8; 32];

/// How long after the last one tries are forgotten.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// Counts one more try, and tells how long it waits before it is looked at; none if it cannot be
/// taken now.
///
/// # Errors
/// What the database says.
pub async fn take(
    connection: &mut Connection,
    key: &GuessKey,
    now: Timestamp,
) -> Result<Option<Duration>, sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO guess (key, tries, free_at, at) VALUES ($1, 0, 0, $2) ON CONFLICT (key) DO NOTHING",
    );
    static LOCK: Statement =
        Statement::new("SELECT tries, free_at, at FROM guess WHERE key = $1 {for update}");
    static SET: Statement =
        Statement::new("UPDATE guess SET tries = $2, free_at = $3, at = $4 WHERE key = $1");
    connection.begin().await?;
    let binds = [Bind::Bytes(key), now.0.into()];
    connection.execute(&ADD, &binds).await?;
    let row = connection.row(&LOCK, &[Bind::Bytes(key)]).await?;
    let known = match row {
        Some(row) if Timestamp(row.get(2)?) > now - KEPT => Guesses {
            tries: u32::try_from(row.get::<i64>(0)?).unwrap_or(u32::MAX),
            free_at: Timestamp(row.get(1)?),
        },
        _ => Guesses::NONE,
    };
    let Some((next, wait)) = known.take(now) else {
        connection.rollback().await?;
        return Ok(None);
    };
    let binds = [
        Bind::Bytes(key),
        i64::from(next.tries).into(),
        next.free_at.0.into(),
        now.0.into(),
    ];
    connection.execute(&SET, &binds).await?;
    connection.commit().await?;
    Ok(Some(wait))
}

/// Forgets the tries of a key: the password was right.
///
/// # Errors
/// What the database says.
pub async fn clear(connection: &mut Connection, key: &GuessKey) -> Result<(), sqlx::Error> {
    static CLEAR: Statement = Statement::new("DELETE FROM guess WHERE key = $1");
    connection
        .execute(&CLEAR, &[Bind::Bytes(key)])
        .await
        .map(drop)
}

/// Forgets what was tried too long ago to count.
///
/// # Errors
/// What the database says.
pub async fn forget(connection: &mut Connection, now: Timestamp) -> Result<(), sqlx::Error> {
    static FORGET: Statement = Statement::new("DELETE FROM guess WHERE at <= $1");
    connection
        .execute(&FORGET, &[(now - KEPT).0.into()])
        .await
        .map(drop)
}
