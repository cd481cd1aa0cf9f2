//! When agents are busy, by their connected calendars.

use domain::{AgentId, meeting::Span};

use super::Connection;

/// What overlaps a stretch, in order; no two overlap or touch.
///
/// # Errors
/// What the database says.
pub async fn within(
    _connection: &mut Connection,
    _agent: AgentId,
    _stretch: Span,
) -> Result<Vec<Span>, sqlx::Error> {
    // There are no connected calendars yet.
    Ok(Vec::new())
}
