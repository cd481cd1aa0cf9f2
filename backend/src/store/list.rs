//! The conversation list: pages by key, never by offset.

use domain::{
    AgentId, ConversationId, Timestamp,
    conversation::Conversation,
    inbox::{LIST_ROWS, ListKey, Tab},
};
use uuid::Uuid;

use super::{
    conversation::{COLUMNS, columns, from_row},
    sql::{Connection, Row, Statement},
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
    pub visitor_connected: bool,
}

macro_rules! listed {
    ($where:literal) => {
        concat!(
            "SELECT ", columns!(),
            ", COALESCE(v.name, v.email), CASE WHEN v.page_title <> '' THEN v.page_title ELSE v.page_url END, \
             COALESCE(a.name, ''), \
             (SELECT MAX(r.heartbeat_at) FROM presence p JOIN run r ON r.id = p.run WHERE p.subject = v.id) \
             FROM conversation c JOIN visitor v ON v.id = c.visitor_id LEFT JOIN agent a ON a.id = c.agent_id \
             WHERE ", $where
        )
    };
}

/// A page of an agent's list, and one row more if there is a next page.
///
/// # Errors
/// What the database says.
pub async fn page(
    connection: &mut Connection,
    agent: AgentId,
    tab: Tab,
    after: Option<ListKey>,
    now: Timestamp,
) -> Result<Vec<Listed>, sqlx::Error> {
    static ACTIVE: Statement = Statement::new(listed!(
        "c.agent_id = $1 AND c.state = 'active' AND (c.activity_at, c.id) < ($2, $3) \
         ORDER BY c.activity_at DESC, c.id DESC LIMIT $4"
    ));
    static ENDED: Statement = Statement::new(listed!(
        "c.state = 'ended' AND c.accepted_at IS NOT NULL AND (c.activity_at, c.id) < ($1, $2) \
         ORDER BY c.activity_at DESC, c.id DESC LIMIT $3"
    ));
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |key| (key.activity_at.0, key.id.0));
    let limit = i64::try_from(LIST_ROWS + 1).unwrap_or(i64::MAX);
    let binds = [agent.0.into(), at.into(), id.into(), limit.into()];
    let mut rows = read(connection.rows(&ACTIVE, &binds).await?, now)?;
    if tab == Tab::All {
        let binds = [at.into(), id.into(), limit.into()];
        rows.extend(read(connection.rows(&ENDED, &binds).await?, now)?);
        rows.sort_by_key(|row| {
            std::cmp::Reverse((row.conversation.activity_at, row.conversation.id))
        });
        rows.truncate(LIST_ROWS + 1);
    }
    Ok(rows)
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

/// What is held out to an agent, the most urgent first.
///
/// # Errors
/// What the database says.
pub async fn offered(
    connection: &mut Connection,
    agent: AgentId,
    now: Timestamp,
) -> Result<Vec<Listed>, sqlx::Error> {
    static OFFERED: Statement = Statement::new(listed!(
        "c.agent_id = $1 AND c.state = 'offered' ORDER BY c.state_at, c.id"
    ));
    read(connection.rows(&OFFERED, &[agent.0.into()]).await?, now)
}

fn read(rows: Vec<Row>, now: Timestamp) -> Result<Vec<Listed>, sqlx::Error> {
    rows.iter()
        .map(|row| {
            let heartbeat = row.get::<Option<i64>>(COLUMNS + 3)?.map(Timestamp);
            Ok(Listed {
                conversation: from_row(row)?,
                visitor: row.get(COLUMNS)?,
                page: row.get(COLUMNS + 1)?,
                agent: row.get(COLUMNS + 2)?,
                visitor_connected: heartbeat.is_some_and(|at| at > now - super::run::LEASE),
            })
        })
        .collect()
}
