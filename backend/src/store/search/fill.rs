//! Making findable what was there before there was a search.

use domain::ConversationId;
use uuid::Uuid;

use super::{
    Bind, Connection, Dialect, Entry, Naming, Statement, VisitorId, add, naming, of_row, postgres,
    text,
};
use crate::store::Store;

/// How many conversations one commit takes.
const CONVERSATIONS: i64 = 4_000;

/// How many messages one commit takes, unless a single conversation has more.
const MESSAGES_A_COMMIT: i64 = 50_000;

/// How often it is said how far it has come, in commits.
const SAID_EVERY: u32 = 10;

/// Makes the entries of conversations that have none. Ten million messages take some minutes; an
/// interrupted run goes on where it was, and of several nodes one works while the others wait.
///
/// # Errors
/// What the database says.
pub async fn fill(store: &Store) -> Result<(), sqlx::Error> {
    let mut connection = store.writer().await?;
    let mut commits = 0_u32;
    let mut conversations = 0_usize;
    while let Some(count) = fill_some(&mut connection).await? {
        conversations = conversations.saturating_add(count);
        commits = commits.wrapping_add(1);
        if commits.is_multiple_of(SAID_EVERY) {
            tracing::info!(conversations, "older conversations are being made findable");
        }
    }
    Ok(())
}

/// Takes the next conversations; none: all have their entries.
async fn fill_some(connection: &mut Connection) -> Result<Option<usize>, sqlx::Error> {
    static MISSING: Statement = Statement::new("SELECT after_id FROM search_missing {for update}");
    static MOVE: Statement = Statement::new("UPDATE search_missing SET after_id = $1");
    static DONE: Statement = Statement::new("DELETE FROM search_missing");
    connection.begin().await?;
    let Some(row) = connection.row(&MISSING, &[]).await? else {
        connection.rollback().await?;
        return Ok(None);
    };
    let after: Uuid = row.get(0)?;
    let (entries, last, conversations) = missing(connection, after).await?;
    add(connection, &entries).await?;
    match last {
        Some(last) => {
            connection.execute(&MOVE, &[last.into()]).await?;
        }
        None => {
            if connection.dialect() == Dialect::Postgres {
                postgres::index(connection).await?;
            }
            connection.execute(&DONE, &[]).await?;
        }
    }
    connection.commit().await?;
    Ok(Some(conversations))
}

/// That somebody may find a conversation: it is in a list.
macro_rules! listed {
    () => {
        "(c.accepted_at IS NOT NULL OR c.state = 'unanswered')"
    };
}

/// The entries of the next conversations in order that are in a list; the last of these, and how
/// many there are.
async fn missing(
    connection: &mut Connection,
    after: Uuid,
) -> Result<(Vec<Entry>, Option<Uuid>, usize), sqlx::Error> {
    static HEADS: Statement = Statement::new(concat!(
        "SELECT c.id, v.id, v.name, v.email, c.last_seq FROM conversation c JOIN visitor v ON v.id = c.visitor_id \
         WHERE c.id > $1 AND ",
        listed!(),
        " ORDER BY c.id LIMIT $2"
    ));
    static MESSAGES: Statement = Statement::new(concat!(
        "SELECT m.conversation_id, m.seq, m.body FROM message m \
         JOIN conversation c ON c.id = m.conversation_id \
         WHERE m.conversation_id > $1 AND m.conversation_id <= $2 AND ",
        text!(),
        " AND ",
        listed!(),
        " ORDER BY m.conversation_id, m.seq"
    ));
    static VISITORS: Statement = Statement::new(
        "INSERT INTO search_visitor (visitor_id, words) {columns id text} \
         ON CONFLICT (visitor_id) DO NOTHING",
    );
    let mut heads = connection
        .rows(&HEADS, &[after.into(), CONVERSATIONS.into()])
        .await?;
    let mut messages = 0_i64;
    let mut taken = 0_usize;
    for head in &heads {
        messages = messages.saturating_add(head.get(4)?);
        if taken > 0 && messages > MESSAGES_A_COMMIT {
            break;
        }
        taken = taken.saturating_add(1);
    }
    heads.truncate(taken);
    let Some(last) = heads.last() else {
        return Ok((Vec::new(), None, 0));
    };
    let last: Uuid = last.get(0)?;
    let mut entries = Vec::new();
    let mut visitors: Vec<(VisitorId, String)> = Vec::new();
    for head in &heads {
        let naming: Naming = naming(head, 2)?;
        let words = naming.line();
        visitors.push((VisitorId(head.get(1)?), words.clone()));
        entries.push(Entry {
            conversation: ConversationId(head.get(0)?),
            seq: 0,
            words,
        });
    }
    visitors.sort_unstable();
    visitors.dedup();
    let rows: Vec<_> = visitors
        .iter()
        .map(|(id, words)| [Bind::Id(id.0), Bind::Text(words)])
        .collect();
    connection.write(&VISITORS, &rows).await?;
    let messages = connection
        .rows(&MESSAGES, &[after.into(), last.into()])
        .await?;
    for message in &messages {
        entries.extend(of_row(message)?);
    }
    // Stable: the visitor's entry, which came first, stays before the messages.
    entries.sort_by_key(|entry| (entry.conversation, entry.seq));
    Ok((entries, Some(last), heads.len()))
}
