//! What changed, per run in the order of its commits.

use std::time::Duration;

use domain::{
    Timestamp,
    frame::agent::{Cursor, Position},
};
use serde_json::json;

use super::sql::{Bind, Connection, Dialect, Row, Statement};

/// How long events are kept; a client further behind is told to resynchronise.
pub const KEPT: Duration = Duration::from_secs(60 * 60);

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub position: Position,
    pub payload: Vec<u8>,
}

/// Adds events of a run.
///
/// # Errors
/// What the database says.
pub async fn add(
    connection: &mut Connection,
    events: &[Stored],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement =
        Statement::new("INSERT INTO event (run, n, at, payload) {columns int int int blob}");
    if events.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            [
                Bind::Int(event.position.run),
                Bind::Int(event.position.n),
                Bind::Int(now.0),
                Bind::Bytes(&event.payload),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

/// At most `limit` events after a cursor, of all runs but `not`; a run that the cursor does not
/// name is read from its beginning.
///
/// # Errors
/// What the database says.
pub async fn after(
    connection: &mut Connection,
    cursor: &Cursor,
    not: Option<i64>,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    // What is after each position is to be looked up by the primary key, however many events there
    // are. CROSS JOIN tells SQLite so, a subquery for each run PostgreSQL.
    static SQLITE: Statement = Statement::new(
        "WITH known (run, n) AS ({rows $1 int int}) \
         SELECT e.run, e.n, e.payload FROM run r LEFT JOIN known k ON k.run = r.id \
         CROSS JOIN event e \
         WHERE e.run = r.id AND e.n > COALESCE(k.n, 0) AND r.id <> $2 ORDER BY e.at, e.run, e.n LIMIT $3",
    );
    static POSTGRES: Statement = Statement::new(
        "WITH known (run, n) AS ({rows $1 int int}) \
         SELECT e.run, e.n, e.payload FROM run r LEFT JOIN known k ON k.run = r.id \
         CROSS JOIN LATERAL (SELECT run, n, at, payload FROM event \
         WHERE run = r.id AND n > COALESCE(k.n, 0) ORDER BY n LIMIT $3) e \
         WHERE r.id <> $2 ORDER BY e.at, e.run, e.n LIMIT $3",
    );
    let after = match connection.dialect() {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
    };
    let known = positions(cursor);
    let binds = [Bind::Text(&known), not.unwrap_or(0).into(), limit.into()];
    connection
        .rows(after, &binds)
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// How many events there are after a cursor, counted up to `limit`, and how many bytes those have:
/// asked before they are read.
///
/// # Errors
/// What the database says.
pub async fn size_after(
    connection: &mut Connection,
    cursor: &Cursor,
    limit: i64,
) -> Result<(usize, usize), sqlx::Error> {
    static SIZE: Statement = Statement::new(
        "WITH known (run, n) AS ({rows $1 int int}) \
         SELECT COUNT(*), CAST(COALESCE(SUM(OCTET_LENGTH(s.payload)), 0) AS BIGINT) FROM (\
         SELECT e.payload FROM run r LEFT JOIN known k ON k.run = r.id CROSS JOIN event e \
         WHERE e.run = r.id AND e.n > COALESCE(k.n, 0) LIMIT $2) s",
    );
    let known = positions(cursor);
    let binds = [Bind::Text(&known), limit.into()];
    let Some(row) = connection.row(&SIZE, &binds).await? else {
        return Ok((0, 0));
    };
    let number = |column| {
        row.get(column)
            .map(|n: i64| usize::try_from(n).unwrap_or(0))
    };
    Ok((number(0)?, number(1)?))
}

/// The events of one run after `n`.
///
/// # Errors
/// What the database says.
pub async fn of_run_after(
    connection: &mut Connection,
    run: i64,
    n: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    static OF_RUN: Statement =
        Statement::new("SELECT run, n, payload FROM event WHERE run = $1 AND n > $2 ORDER BY n");
    connection
        .rows(&OF_RUN, &[run.into(), n.into()])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// Where the events of all runs end now; of a run all of whose events were removed, where they did.
///
/// # Errors
/// What the database says.
pub async fn end(connection: &mut Connection) -> Result<Cursor, sqlx::Error> {
    static END: Statement = Statement::new(
        "SELECT r.id, COALESCE((SELECT MAX(e.n) FROM event e WHERE e.run = r.id), NULLIF(r.forgotten_n, 0)) FROM run r",
    );
    let mut cursor = Cursor::default();
    for row in connection.rows(&END, &[]).await? {
        if let Some(n) = row.get::<Option<i64>>(1)? {
            cursor.advance(Position {
                run: row.get(0)?,
                n,
            });
        }
    }
    Ok(cursor)
}

/// Whether every event after a cursor is still kept: none that it has not seen was removed.
///
/// # Errors
/// What the database says.
pub async fn reaches(connection: &mut Connection, cursor: &Cursor) -> Result<bool, sqlx::Error> {
    static MISSING: Statement = Statement::new(
        "WITH known (run, n) AS ({rows $1 int int}) \
         SELECT r.id FROM run r LEFT JOIN known k ON k.run = r.id \
         WHERE r.forgotten_n > COALESCE(k.n, 0) LIMIT 1",
    );
    let known = positions(cursor);
    Ok(connection
        .row(&MISSING, &[Bind::Text(&known)])
        .await?
        .is_none())
}

/// Removes events older than [`KEPT`].
///
/// # Errors
/// What the database says.
pub async fn forget(connection: &mut Connection, now: Timestamp) -> Result<(), sqlx::Error> {
    static MARK: Statement = Statement::new(
        "UPDATE run SET forgotten_n = COALESCE((SELECT MAX(e.n) FROM event e WHERE e.run = run.id AND e.at < $1), forgotten_n)",
    );
    static FORGET: Statement = Statement::new("DELETE FROM event WHERE at < $1");
    let before = (now - KEPT).0;
    connection.begin().await?;
    connection.execute(&MARK, &[before.into()]).await?;
    connection.execute(&FORGET, &[before.into()]).await?;
    connection.commit().await
}

fn from_row(row: &Row) -> Result<Stored, sqlx::Error> {
    Ok(Stored {
        position: Position {
            run: row.get(0)?,
            n: row.get(1)?,
        },
        payload: row.get(2)?,
    })
}

fn positions(cursor: &Cursor) -> String {
    let rows: Vec<_> = cursor
        .0
        .iter()
        .map(|position| json!([position.run, position.n]))
        .collect();
    serde_json::Value::Array(rows).to_string()
}
