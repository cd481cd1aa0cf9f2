//! When agents are busy, by what was last read of their calendars.

use domain::{AgentId, Timestamp, meeting::Span};

use super::sql::{Bind, Connection, Row, Statement};

/// What overlaps a stretch, in order; no two overlap or touch.
///
/// # Errors
/// What the database says.
pub async fn within(
    connection: &mut Connection,
    agent: AgentId,
    stretch: Span,
) -> Result<Vec<Span>, sqlx::Error> {
    static WITHIN: Statement = Statement::new(
        "SELECT start_at, end_at FROM busy WHERE agent_id = $1 AND start_at < $3 AND end_at > $2 \
         ORDER BY start_at",
    );
    let binds = [
        agent.0.into(),
        stretch.start().0.into(),
        stretch.end().0.into(),
    ];
    spans(&connection.rows(&WITHIN, &binds).await?)
}

/// Everything that is known of an agent, in order.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection, agent: AgentId) -> Result<Vec<Span>, sqlx::Error> {
    static ALL: Statement =
        Statement::new("SELECT start_at, end_at FROM busy WHERE agent_id = $1 ORDER BY start_at");
    spans(&connection.rows(&ALL, &[agent.0.into()]).await?)
}

fn spans(rows: &[Row]) -> Result<Vec<Span>, sqlx::Error> {
    rows.iter()
        .filter_map(|row| {
            let ends = row.get(0).and_then(|start| Ok((start, row.get(1)?)));
            ends.map(|(start, end)| Span::new(Timestamp(start), Timestamp(end)))
                .transpose()
        })
        .collect()
}

/// Replaces everything that is known of an agent, in the caller's transaction. No two of the
/// stretches may begin at one instant.
///
/// # Errors
/// What the database says.
pub async fn replace(
    connection: &mut Connection,
    agent: AgentId,
    busy: &[Span],
) -> Result<(), sqlx::Error> {
    static CLEAR: Statement = Statement::new("DELETE FROM busy WHERE agent_id = $1");
    static ADD: Statement =
        Statement::new("INSERT INTO busy (agent_id, start_at, end_at) {columns id int int}");
    connection.execute(&CLEAR, &[agent.0.into()]).await?;
    let rows: Vec<[Bind<'_>; 3]> = busy
        .iter()
        .map(|span| [agent.0.into(), span.start().0.into(), span.end().0.into()])
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    connection.write(&ADD, &rows).await
}
