//! Who is connected to which run, and who has been gone for too long.

use domain::{
    AgentId, ConversationId, Timestamp,
    conversation::life::{FALLBACK_GRACE, REACHABLE_GRACE, VANISHED_GRACE, WAITING_GRACE},
};
use uuid::Uuid;

use super::{
    sql::{Bind, Connection, Row, Statement, ids},
    standing::PUSH_WORKS,
};

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
        "INSERT INTO presence (subject, run) {columns id int} ON CONFLICT (subject, run) DO NOTHING",
    );
    if subjects.is_empty() {
        return Ok(());
    }
    let mut subjects = subjects.to_vec();
    subjects.sort_unstable();
    subjects.dedup();
    let rows: Vec<_> = subjects
        .into_iter()
        .map(|subject| [Bind::Id(subject), Bind::Int(run)])
        .collect();
    connection.write(&ENTER, &rows).await
}

/// Notes that these are no longer connected to a run, and were seen at `now`. Who was not there is
/// left alone: an earlier word on them stands.
///
/// # Errors
/// What the database says.
pub async fn leave(
    connection: &mut Connection,
    run: i64,
    subjects: &[Uuid],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static SEEN_AGENTS: Statement = Statement::new(
        "UPDATE agent SET seen_at = $2 WHERE id IN ({ids $1}) \
         AND EXISTS (SELECT 1 FROM presence p WHERE p.subject = agent.id AND p.run = $3)",
    );
    static SEEN_VISITORS: Statement = Statement::new(
        "UPDATE visitor SET seen_at = $2 WHERE id IN ({ids $1}) \
         AND EXISTS (SELECT 1 FROM presence p WHERE p.subject = visitor.id AND p.run = $3)",
    );
    static LEAVE: Statement =
        Statement::new("DELETE FROM presence WHERE run = $2 AND subject IN ({ids $1})");
    if subjects.is_empty() {
        return Ok(());
    }
    let subjects = ids(subjects.iter().copied());
    let seen = [Bind::Ids(&subjects), now.0.into(), run.into()];
    connection.execute(&SEEN_AGENTS, &seen).await?;
    connection.execute(&SEEN_VISITORS, &seen).await?;
    connection
        .execute(&LEAVE, &[Bind::Ids(&subjects), run.into()])
        .await
        .map(drop)
}

/// Notes that these agents signed out, who are connected to no other live run: out of reach at
/// once, also where a run was killed a moment ago.
///
/// # Errors
/// What the database says.
pub async fn sign_out(connection: &mut Connection, agents: &[AgentId]) -> Result<(), sqlx::Error> {
    static LEAVE: Statement = Statement::new("DELETE FROM presence WHERE subject IN ({ids $1})");
    static GONE: Statement = Statement::new("UPDATE agent SET seen_at = 0 WHERE id IN ({ids $1})");
    if agents.is_empty() {
        return Ok(());
    }
    let agents = ids(agents.iter().map(|id| id.0));
    connection.execute(&LEAVE, &[Bind::Ids(&agents)]).await?;
    connection
        .execute(&GONE, &[Bind::Ids(&agents)])
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
    let binds = [Bind::Ids(&subjects), run.into(), alive.0.into()];
    let rows = connection.rows(&ELSEWHERE, &binds).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Conversations that need a look: a deadline has passed, or the agent asked may no longer keep
/// it: out of reach, unavailable or disabled.
///
/// # Errors
/// What the database says.
pub async fn due(
    connection: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ConversationId>, sqlx::Error> {
    static DUE: Statement = Statement::new(
        "WITH gone (id) AS (SELECT a.id FROM agent a \
         WHERE a.disabled = 1 OR a.available = 0 OR a.seen_at <= $2 \
         AND NOT EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = a.id AND r.heartbeat_at > $2) \
         AND NOT (a.when_closed = 1 AND EXISTS (SELECT 1 FROM push_subscription s \
         WHERE s.agent_id = a.id AND s.worked_at > $3))) \
         SELECT id FROM (\
         SELECT id FROM conversation WHERE due_at <= $1 \
         UNION SELECT c.id FROM gone JOIN conversation c ON c.agent_id = gone.id WHERE c.state = 'offered' \
         UNION SELECT c.id FROM gone JOIN conversation c ON c.transfer_to = gone.id\
         ) AS d LIMIT $4",
    );
    let binds = [
        now.0.into(),
        (now - REACHABLE_GRACE).0.into(),
        (now - PUSH_WORKS).0.into(),
        limit.into(),
    ];
    found(connection.rows(&DUE, &binds).await?)
}

/// Requests whose visitor is gone for too long.
///
/// # Errors
/// What the database says.
pub async fn left(
    connection: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ConversationId>, sqlx::Error> {
    static LEFT: Statement = Statement::new(
        "SELECT c.id FROM conversation c JOIN visitor v ON v.id = c.visitor_id \
         WHERE c.state = 'offered' AND v.seen_at <= $1 AND NOT EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = v.id AND r.heartbeat_at > $1) \
         UNION ALL SELECT c.id FROM conversation c JOIN visitor v ON v.id = c.visitor_id \
         WHERE c.state = 'fallback' AND v.seen_at <= $2 AND NOT EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = v.id AND r.heartbeat_at > $2) LIMIT $3",
    );
    let binds = [
        (now - WAITING_GRACE).0.into(),
        (now - FALLBACK_GRACE).0.into(),
        limit.into(),
    ];
    found(connection.rows(&LEFT, &binds).await?)
}

/// Active conversations of agents who are disabled, or who vanished while their visitor waits.
///
/// # Errors
/// What the database says.
pub async fn forsaken(
    connection: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ConversationId>, sqlx::Error> {
    static FORSAKEN: Statement = Statement::new(
        "WITH gone (id, disabled) AS (SELECT a.id, a.disabled FROM agent a \
         WHERE a.disabled = 1 OR a.seen_at <= $1 AND NOT EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = a.id AND r.heartbeat_at > $1)) \
         SELECT c.id FROM gone JOIN conversation c ON c.agent_id = gone.id WHERE c.state = 'active' \
         AND (gone.disabled = 1 OR c.away = 0 AND c.preview_by_agent = 0 AND c.preview <> '') LIMIT $2",
    );
    let binds = [(now - VANISHED_GRACE).0.into(), limit.into()];
    found(connection.rows(&FORSAKEN, &binds).await?)
}

fn found(rows: Vec<Row>) -> Result<Vec<ConversationId>, sqlx::Error> {
    rows.iter()
        .map(|row| row.get(0).map(ConversationId))
        .collect()
}
