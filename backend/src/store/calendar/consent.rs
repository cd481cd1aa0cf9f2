//! Consents that agents were sent to give.

use domain::{AgentId, Timestamp, calendar::CalendarKind};

use super::super::sql::{Bind, Connection, Statement};

/// Keeps that an agent is asked, in place of what was asked before.
///
/// # Errors
/// What the database says.
pub async fn put(
    connection: &mut Connection,
    agent: AgentId,
    kind: CalendarKind,
    state: &str,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static PUT: Statement = Statement::new(
        "INSERT INTO calendar_consent (agent_id, kind, state, secret, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (agent_id) DO UPDATE SET kind = excluded.kind, state = excluded.state, \
         secret = excluded.secret, created_at = excluded.created_at",
    );
    let binds = [
        agent.0.into(),
        kind.as_str().into(),
        state.into(),
        Bind::Bytes(sealed),
        now.0.into(),
    ];
    connection.execute(&PUT, &binds).await.map(drop)
}

/// Takes what was asked of an agent under `state`, if that was after `since`: its kind, and what
/// was sealed. It can be taken once.
///
/// # Errors
/// What the database says.
pub async fn take(
    connection: &mut Connection,
    agent: AgentId,
    state: &str,
    since: Timestamp,
) -> Result<Option<(CalendarKind, Vec<u8>)>, sqlx::Error> {
    static TAKE: Statement = Statement::new(
        "DELETE FROM calendar_consent WHERE agent_id = $1 AND state = $2 AND created_at > $3 \
         RETURNING kind, secret",
    );
    let binds = [agent.0.into(), state.into(), since.0.into()];
    let Some(row) = connection.row(&TAKE, &binds).await? else {
        return Ok(None);
    };
    let kind = CalendarKind::from_word(&row.get::<String>(0)?);
    Ok(kind.zip(Some(row.get(1)?)))
}
