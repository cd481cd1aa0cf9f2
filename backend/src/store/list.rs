//! The conversation list: pages by key, never by offset.

use domain::{
    AgentId, ConversationId, Timestamp,
    conversation::{Conversation, State},
    inbox::{LIST_ROWS, ListKey, Tab},
    permission::Viewer,
};
use uuid::Uuid;

use super::{
    conversation::{COLUMNS, columns, from_row},
    sql::{Bind, Connection, Row, Statement, ids},
};

/// A conversation with what a row of the list shows besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub conversation: Conversation,
    /// The visitor's name, else email.
    pub visitor: Option<String>,
    /// The title of the visitor's page, else its address.
    pub page: String,
    /// The agent's name.
    pub agent: String,
    /// The name of the agent it is held out to by its own.
    pub transfer_to: Option<String>,
    pub visitor_connected: bool,
}

macro_rules! listed {
    ($where:literal) => {
        concat!(
            "SELECT ", columns!(),
            ", COALESCE(v.name, v.email), CASE WHEN v.page_title <> '' THEN v.page_title ELSE v.page_url END, \
             COALESCE(a.name, ''), t.name, \
             (SELECT MAX(r.heartbeat_at) FROM presence p JOIN run r ON r.id = p.run WHERE p.subject = v.id) \
             FROM conversation c JOIN visitor v ON v.id = c.visitor_id LEFT JOIN agent a ON a.id = c.agent_id \
             LEFT JOIN agent t ON t.id = c.transfer_to \
             WHERE ", $where
        )
    };
}

/// A page of a list as `viewer` may see it, and one row more if there is a next page.
///
/// # Errors
/// What the database says.
pub async fn page(
    connection: &mut Connection,
    viewer: Viewer,
    tab: Tab,
    after: Option<ListKey>,
    now: Timestamp,
) -> Result<Vec<Listed>, sqlx::Error> {
    static ACTIVE: Statement = Statement::new(listed!(
        "c.agent_id = $3 AND c.state = 'active' AND (c.activity_at, c.id) < ($1, $2) \
         ORDER BY c.activity_at DESC, c.id DESC LIMIT $4"
    ));
    static ENDED: Statement = Statement::new(listed!(
        "c.state = 'ended' AND c.accepted_at IS NOT NULL AND (c.activity_at, c.id) < ($1, $2) \
         ORDER BY c.activity_at DESC, c.id DESC LIMIT $3"
    ));
    static UNANSWERED: Statement = Statement::new(listed!(
        "(c.state = 'unanswered' OR c.away = 1) AND (c.activity_at, c.id) < ($1, $2) \
         ORDER BY c.activity_at DESC, c.id DESC LIMIT $3"
    ));
    static EVERYONE: Statement = Statement::new(listed!(
        "c.state = 'active' AND (c.activity_at, c.id) < ($1, $2) \
         ORDER BY c.activity_at DESC, c.id DESC LIMIT $3"
    ));
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |key| (key.activity_at.0, key.id.0));
    let limit = i64::try_from(LIST_ROWS + 1).unwrap_or(i64::MAX);
    let own = [at.into(), id.into(), viewer.agent.0.into(), limit.into()];
    let all = [at.into(), id.into(), limit.into()];
    match tab {
        Tab::Active => read(connection.rows(&ACTIVE, &own).await?, now),
        Tab::All => {
            let mut rows = read(connection.rows(&ACTIVE, &own).await?, now)?;
            rows.extend(read(connection.rows(&ENDED, &all).await?, now)?);
            rows.sort_by_key(|row| {
                std::cmp::Reverse((row.conversation.activity_at, row.conversation.id))
            });
            rows.truncate(LIST_ROWS + 1);
            Ok(rows)
        }
        Tab::Unanswered => read(connection.rows(&UNANSWERED, &all).await?, now),
        // Whoever may not see everyone's chats sees the own ones, whatever the caller forgot.
        Tab::Everyone if viewer.sees_everyone() => {
            read(connection.rows(&EVERYONE, &all).await?, now)
        }
        Tab::Everyone => read(connection.rows(&ACTIVE, &own).await?, now),
    }
}

/// One conversation as it would stand in a list, whoever may see it.
///
/// # Errors
/// What the database says.
pub async fn one(
    connection: &mut Connection,
    id: ConversationId,
    now: Timestamp,
) -> Result<Option<Listed>, sqlx::Error> {
    static ONE: Statement = Statement::new(listed!("c.id = $1"));
    Ok(read(connection.rows(&ONE, &[id.0.into()]).await?, now)?.pop())
}

/// Conversations as they would stand in a list, in no order, whoever may see them.
///
/// # Errors
/// What the database says.
pub async fn these(
    connection: &mut Connection,
    conversations: impl IntoIterator<Item = ConversationId>,
    now: Timestamp,
) -> Result<Vec<Listed>, sqlx::Error> {
    static THESE: Statement = Statement::new(listed!("c.id IN ({ids $1})"));
    let list = ids(conversations.into_iter().map(|id| id.0));
    if list.is_empty() {
        return Ok(Vec::new());
    }
    read(connection.rows(&THESE, &[Bind::Ids(&list)]).await?, now)
}

/// What is held out to an agent, the most urgent first.
///
/// # Errors
/// What the database says.
pub async fn offered(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
) -> Result<Vec<Listed>, sqlx::Error> {
    static OFFERED: Statement = Statement::new(listed!("c.agent_id = $1 AND c.state = 'offered'"));
    static HANDED_OVER: Statement = Statement::new(listed!("c.transfer_to = $1"));
    let mut rows = read(connection.rows(&OFFERED, &[agent.0.into()]).await?, now)?;
    rows.extend(read(
        connection.rows(&HANDED_OVER, &[agent.0.into()]).await?,
        now,
    )?);
    rows.sort_by_key(|row| (held_out_until(&row.conversation), row.conversation.id));
    Ok(rows)
}

fn held_out_until(conversation: &Conversation) -> Option<Timestamp> {
    match &conversation.state {
        State::Offered { expires_at, .. } => Some(*expires_at),
        State::Active { transfer, .. } => transfer.as_ref().map(|transfer| transfer.expires_at),
        _ => None,
    }
}

fn read(rows: Vec<Row>, now: Timestamp) -> Result<Vec<Listed>, sqlx::Error> {
    rows.iter()
        .map(|row| {
            let heartbeat = row.get::<Option<i64>>(COLUMNS + 4)?.map(Timestamp);
            Ok(Listed {
                conversation: from_row(row)?,
                visitor: row.get(COLUMNS)?,
                page: row.get(COLUMNS + 1)?,
                agent: row.get(COLUMNS + 2)?,
                transfer_to: row.get(COLUMNS + 3)?,
                visitor_connected: heartbeat.is_some_and(|at| at > now - super::run::LEASE),
            })
        })
        .collect()
}
