//! Runs of nodes: each start of a node is one, alive as long as it renews its lease.

use std::time::Duration;

use domain::Timestamp;

use super::{
    conversation,
    sql::{Bind, Connection, Statement, ids},
};

/// How long a run counts as alive after its last sign.
pub const LEASE: Duration = Duration::from_secs(10);

/// How often a run renews its lease.
pub const RENEWAL: Duration = Duration::from_secs(2);

/// Registers a run and returns its number. If no node is alive, all deadlines are moved by the
/// time since the last one was, and who was connected then counts as seen now. `alone` says that
/// no other node can be alive, as with SQLite.
///
/// # Errors
/// What the database says.
pub async fn start(
    connection: &mut Connection,
    now: Timestamp,
    alone: bool,
) -> Result<i64, sqlx::Error> {
    static LAST: Statement = Statement::new(
        "SELECT heartbeat_at FROM run ORDER BY heartbeat_at DESC LIMIT 1 {for update}",
    );
    static MOVE_RUNS: Statement = Statement::new("UPDATE run SET heartbeat_at = heartbeat_at + $1");
    static MOVE_AGENTS: Statement = Statement::new("UPDATE agent SET seen_at = seen_at + $1");
    static MOVE_VISITORS: Statement = Statement::new(
        "UPDATE visitor SET seen_at = seen_at + $1 WHERE id IN (SELECT visitor_id FROM conversation WHERE state <> 'ended')",
    );
    static START: Statement =
        Statement::new("INSERT INTO run (started_at, heartbeat_at) VALUES ($1, $1) RETURNING id");
    connection.begin().await?;
    let last = match connection.row(&LAST, &[]).await? {
        Some(row) => Some(Timestamp(row.get(0)?)),
        None => None,
    };
    let gap = last.map_or(Duration::ZERO, |last| now.since(last));
    if gap > Duration::ZERO && (alone || gap > LEASE) {
        let micros = i64::try_from(gap.as_micros()).unwrap_or(i64::MAX);
        conversation::shift(connection, micros).await?;
        for statement in [&MOVE_RUNS, &MOVE_AGENTS, &MOVE_VISITORS] {
            connection.execute(statement, &[micros.into()]).await?;
        }
    }
    let row = connection
        .row(&START, &[now.0.into()])
        .await?
        .ok_or(sqlx::Error::RowNotFound)?;
    let run = row.get(0)?;
    connection.commit().await?;
    Ok(run)
}

/// Renews the lease of a run.
///
/// # Errors
/// What the database says.
pub async fn renew(
    connection: &mut Connection,
    run: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static RENEW: Statement = Statement::new("UPDATE run SET heartbeat_at = $2 WHERE id = $1");
    connection
        .execute(&RENEW, &[run.into(), now.0.into()])
        .await
        .map(drop)
}

/// Removes runs, and with them their presence, that were last alive before `before`; their events
/// are gone by then.
///
/// # Errors
/// What the database says.
pub async fn forget(connection: &mut Connection, before: Timestamp) -> Result<(), sqlx::Error> {
    static FORGET: Statement = Statement::new(
        "DELETE FROM run WHERE heartbeat_at < $1 AND id NOT IN (SELECT id FROM run ORDER BY heartbeat_at DESC LIMIT 1)",
    );
    static LEAVE: Statement =
        Statement::new("DELETE FROM presence WHERE run NOT IN (SELECT id FROM run)");
    connection.execute(&FORGET, &[before.0.into()]).await?;
    connection.execute(&LEAVE, &[]).await.map(drop)
}

/// Whether any other run is alive.
///
/// # Errors
/// What the database says.
pub async fn others(
    connection: &mut Connection,
    run: i64,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    static OTHERS: Statement =
        Statement::new("SELECT id FROM run WHERE id <> $1 AND heartbeat_at > $2 LIMIT 1");
    Ok(connection
        .row(&OTHERS, &[run.into(), (now - LEASE).0.into()])
        .await?
        .is_some())
}

/// Ends a run: nobody is connected to it any more, and all were seen just now.
///
/// # Errors
/// What the database says.
pub async fn stop(
    connection: &mut Connection,
    run: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static SUBJECTS: Statement = Statement::new("SELECT subject FROM presence WHERE run = $1");
    static SEEN_AGENTS: Statement =
        Statement::new("UPDATE agent SET seen_at = $2 WHERE id IN ({ids $1})");
    static SEEN_VISITORS: Statement =
        Statement::new("UPDATE visitor SET seen_at = $2 WHERE id IN ({ids $1})");
    static GONE: Statement = Statement::new("DELETE FROM presence WHERE run = $1");
    connection.begin().await?;
    let subjects: Vec<uuid::Uuid> = connection
        .rows(&SUBJECTS, &[run.into()])
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect::<Result<_, _>>()?;
    let subjects = ids(subjects);
    for statement in [&SEEN_AGENTS, &SEEN_VISITORS] {
        connection
            .execute(statement, &[Bind::Ids(&subjects), now.0.into()])
            .await?;
    }
    connection.execute(&GONE, &[run.into()]).await?;
    renew(connection, run, now).await?;
    connection.commit().await
}
