//! Booking cards: calendars that were shared in conversations.

use domain::{AgentId, CardId, ConversationId, Timestamp, meeting::link::card_is_open};

use super::sql::{Bind, Connection, Statement, ids};

/// One sharing of a calendar. Nothing of it changes but that it may be withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    pub id: CardId,
    pub conversation: ConversationId,
    /// Whose calendar it is.
    pub agent: AgentId,
    pub at: Timestamp,
    /// An agent withdrew it.
    pub withdrawn: bool,
}

impl Card {
    /// Whether one can book by it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        card_is_open(self.at, self.withdrawn, now)
    }
}

/// The cards of these ids; unknown ones are left out.
///
/// # Errors
/// What the database says.
pub async fn find(connection: &mut Connection, cards: &[CardId]) -> Result<Vec<Card>, sqlx::Error> {
    static FIND: Statement = Statement::new(
        "SELECT id, conversation_id, agent_id, at, withdrawn_at FROM calendar_card \
         WHERE id IN ({ids $1})",
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
                withdrawn: row.get::<Option<i64>>(4)?.is_some(),
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

/// Nobody books by these cards any more. Whoever calls this holds the meeting hours of their agents.
///
/// # Errors
/// What the database says.
pub async fn withdraw(
    connection: &mut Connection,
    cards: &[CardId],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static WITHDRAW: Statement = Statement::new(
        "UPDATE calendar_card SET withdrawn_at = $2 \
         WHERE id IN ({ids $1}) AND withdrawn_at IS NULL",
    );
    if cards.is_empty() {
        return Ok(());
    }
    let cards = ids(cards.iter().map(|id| id.0));
    let binds = [Bind::Ids(&cards), now.0.into()];
    connection.execute(&WITHDRAW, &binds).await.map(drop)
}
