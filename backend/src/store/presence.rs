//! Who is connected to which run, and who has been gone for too long.

use domain::{
    ConversationId, Timestamp,
    conversation::life::{FALLBACK_GRACE, REACHABLE_GRACE, WAITING_GRACE},
};
use uuid::Uuid;

use super::sql::{Bind, Connection, Statement, ids};

/// Notes that these agents and visitors are connected to a run.
///
/// # Errors
/// What the database says.
pub async fn enter(
    connection: &mut Connection,
    run: i64,
    subjects: &[Uuid],
) -> Result<(), sqlx::Error> {
    static ENTER: Statement = Statement::new(
        "INSERT INTO presence (subject, run) SELECT s.id, $2 FROM \
         (SELECT id FROM agent WHERE id IN ({ids $1}) UNION SELECT id FROM visitor WHERE id IN ({ids $1})) s \
         WHERE true ON CONFLICT (subject, run) DO NOTHING",
    );
    if subjects.is_empty() {
        return Ok(());
    }
    let subjects = ids(subjects.iter().copied());
    connection
        .execute(&ENTER, &[Bind::Text(&subjects), run.into()])
        .await
        .map(drop)
}

/// Notes that these are no longer connected to a run, and were seen at `now`.
///
/// # Errors
/// What the database says.
pub async fn leave(
    connection: &mut Connection,
    run: i64,
    subjects: &[Uuid],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static LEAVE: Statement =
        Statement::new("DELETE FROM presence WHERE run = $2 AND subject IN ({ids $1})");
    static SEEN_AGENTS: Statement =
        Statement::new("UPDATE agent SET seen_at = $2 WHERE id IN ({ids $1})");
    static SEEN_VISITORS: Statement =
        Statement::new("UPDATE visitor SET seen_at = $2 WHERE id IN ({ids $1})");
    if subjects.is_empty() {
        return Ok(());
    }
    let subjects = ids(subjects.iter().copied());
    connection
        .execute(&LEAVE, &[Bind::Text(&subjects), run.into()])
        .await?;
    connection
        .execute(&SEEN_AGENTS, &[Bind::Text(&subjects), now.0.into()])
        .await?;
    connection
        .execute(&SEEN_VISITORS, &[Bind::Text(&subjects), now.0.into()])
        .await
        .map(drop)
}

/// Which of these are connected to another live run.
///
/// # Errors
/// What the database says.
pub async fn elsewhere(
    connection: &mut Connection,
    run: i64,
    subjects: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    static ELSEWHERE: Statement = Statement::new(
        "SELECT DISTINCT p.subject FROM presence p JOIN run r ON r.id = p.run \
         WHERE p.subject IN ({ids $1}) AND p.run <> $2 AND r.heartbeat_at > $3",
    );
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let subjects = ids(subjects.iter().copied());
    let alive = now - super::run::LEASE;
    let binds = [Bind::Text(&subjects), run.into(), alive.0.into()];
    let rows = connection.rows(&ELSEWHERE, &binds).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Conversations that need a look: a deadline has passed, a waiting visitor is gone for too long,
/// or the agent asked is out of reach.
///
/// # Errors
/// What the database says.
pub async fn due(
    connection: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ConversationId>, sqlx::Error> {
    static DUE: Statement = Statement::new(
        "SELECT id FROM (\
         SELECT id FROM conversation WHERE due_at <= $1 \
         UNION SELECT c.id FROM conversation c JOIN visitor v ON v.id = c.visitor_id \
         WHERE c.state = 'offered' AND v.seen_at <= $2 AND NOT EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = v.id AND r.heartbeat_at > $2) \
         UNION SELECT c.id FROM conversation c JOIN visitor v ON v.id = c.visitor_id \
         WHERE c.state = 'fallback' AND v.seen_at <= $3 AND NOT EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = v.id AND r.heartbeat_at > $3) \
         UNION SELECT c.id FROM conversation c JOIN agent a ON a.id = c.agent_id \
         WHERE c.state = 'offered' AND (a.disabled = 1 OR a.seen_at <= $4 AND NOT EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = a.id AND r.heartbeat_at > $4))\
         ) AS d LIMIT $5",
    );
    let binds = [
        now.0.into(),
        (now - WAITING_GRACE).0.into(),
        (now - FALLBACK_GRACE).0.into(),
        (now - REACHABLE_GRACE).0.into(),
        limit.into(),
    ];
    connection
        .rows(&DUE, &binds)
        .await?
        .iter()
        .map(|row| row.get(0).map(ConversationId))
        .collect()
}
