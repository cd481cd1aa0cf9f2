//! Booking cards: calendars that were shared in conversations.

use domain::{AgentId, CardId, ConversationId, Timestamp};

use super::sql::{Bind, Connection, Statement, ids};

/// One sharing of a calendar. It never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    pub id: CardId,
    pub conversation: ConversationId,
    /// Whose calendar it is.
    pub agent: AgentId,
    pub at: Timestamp,
}

/// The cards of these ids; unknown ones are left out.
///
/// # Errors
/// What the database says.
pub async fn find(connection: &mut Connection, cards: &[CardId]) -> Result<Vec<Card>, sqlx::Error> {
    static FIND: Statement = Statement::new(
        "SELECT id, conversation_id, agent_id, at FROM calendar_card WHERE id IN ({ids $1})",
    );
    if cards.is_empty() {
        return Ok(Vec::new());
    }
    let cards = ids(cards.iter().map(|id| id.0));
    let rows = connection.rows(&FIND, &[Bind::Ids(&cards)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Card {
                id: CardId(row.get(0)?),
                conversation: ConversationId(row.get(1)?),
                agent: AgentId(row.get(2)?),
                at: Timestamp(row.get(3)?),
            })
        })
        .collect()
}

/// Adds cards.
///
/// # Errors
/// What the database says.
pub async fn add(connection: &mut Connection, cards: &[Card]) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO calendar_card (id, conversation_id, agent_id, at) {columns id id id int}",
    );
    if cards.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = cards
        .iter()
        .map(|card| {
            [
                Bind::Id(card.id.0),
                Bind::Id(card.conversation.0),
                Bind::Id(card.agent.0),
                Bind::Int(card.at.0),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}
