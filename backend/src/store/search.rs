//! Searching: what can be found, and how each database finds it, newest first.
//!
//! Entries are written in the same commit as what they are about, so that nothing can be missing
//! after a crash. An index may find too much (a name that was changed since): the caller looks at
//! the texts themselves, which it needs for marking anyway.

mod fill;
mod postgres;
mod sqlite;
mod word;

use std::collections::HashMap;

use domain::{
    ConversationId, VisitorId,
    message::{Body, Message, Seq},
    permission::Viewer,
    visitor::Profile,
};

use super::{
    Dialect,
    conversation::count,
    sql::{Bind, Connection, Row, Statement, ids},
    visitor::Known,
};
pub use fill::fill;
pub use postgres::settle;
pub use word::Terms;

/// Who sees what, as [`Audience::lists`](domain::conversation::Audience::lists) says it: the
/// conditions of all lists in one. `$1` is the agent, `$2` whether everyone's chats are theirs to see.
macro_rules! visible {
    () => {
        "(c.state = 'ended' AND c.accepted_at IS NOT NULL OR c.state = 'unanswered' \
         OR c.state = 'active' AND (c.agent_id = $1 OR c.away = 1 OR $2 = 1))"
    };
}
use visible;

/// That a message `m` has words of somebody's: it is no system line, and no shared calendar.
macro_rules! text {
    () => {
        "m.author <> 2 AND m.card_id IS NULL"
    };
}
use text;

/// Something that can be found: a message, or at 0 the visitor of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Rises with time.
    pub entry: i64,
    pub conversation: ConversationId,
    pub seq: Seq,
}

/// A message's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub text: String,
}

/// What a visitor can be found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    pub name: Option<String>,
    pub email: Option<String>,
}

impl Naming {
    /// Whether all words are in the name and the email together.
    pub fn holds(&self, terms: &Terms) -> bool {
        terms.are_in(&self.text())
    }

    fn line(&self) -> String {
        word::line(&self.text())
    }

    fn text(&self) -> String {
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        format!("{} {}", of(&self.name), of(&self.email))
    }
}

impl From<&Profile> for Naming {
    fn from(profile: &Profile) -> Self {
        Self {
            name: profile.name.as_deref().map(str::to_owned),
            email: profile.email.as_deref().map(str::to_owned),
        }
    }
}

/// A new entry: its words in one line.
struct Entry {
    conversation: ConversationId,
    seq: Seq,
    words: String,
}

/// At most `limit` entries before `before` that have all words and that `viewer` may read, newest
/// first. Fewer: there are no more.
///
/// # Errors
/// What the database says.
pub async fn find(
    connection: &mut Connection,
    viewer: Viewer,
    terms: &Terms,
    before: i64,
    limit: usize,
) -> Result<Vec<Found>, sqlx::Error> {
    match connection.dialect() {
        Dialect::Sqlite => sqlite::find(connection, viewer, terms, before, limit).await,
        Dialect::Postgres => postgres::find(connection, viewer, terms, before, limit).await,
    }
}

/// Makes findable what a commit has brought: conversations that have come into a list, messages of
/// those that were in one, and visitors whose name or email may have changed. What is in no list
/// nobody may find, so that a request costs nothing here until somebody takes it.
///
/// # Errors
/// What the database says.
pub async fn write(
    connection: &mut Connection,
    visitors: &[&Known],
    listed: &[(ConversationId, &Known)],
    messages: &[(ConversationId, &Message)],
) -> Result<(), sqlx::Error> {
    // First, since it looks for the entries of earlier conversations.
    rename(connection, visitors, listed).await?;
    let heads = listed.iter().map(|(conversation, known)| Entry {
        conversation: *conversation,
        seq: 0,
        words: Naming::from(&known.visitor.profile).line(),
    });
    let mut entries: Vec<Entry> = heads.collect();
    entries.extend(said(connection, listed).await?);
    entries.extend(messages.iter().filter_map(|(conversation, message)| {
        let text = match &message.body {
            Body::Text(text) => text,
            Body::File(card) => &card.name,
            Body::System(_) | Body::Calendar(_) => return None,
        };
        entry(*conversation, message.seq, text)
    }));
    add(connection, &entries).await
}

/// The entries of all that was said in conversations so far.
async fn said(
    connection: &mut Connection,
    conversations: &[(ConversationId, &Known)],
) -> Result<Vec<Entry>, sqlx::Error> {
    static SAID: Statement = Statement::new(concat!(
        "SELECT m.conversation_id, m.seq, m.body FROM message m \
         WHERE m.conversation_id IN ({ids $1}) AND ",
        text!(),
        " ORDER BY m.conversation_id, m.seq"
    ));
    let list = ids(conversations.iter().map(|(id, _)| id.0));
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let rows = connection.rows(&SAID, &[Bind::Ids(&list)]).await?;
    rows.iter()
        .filter_map(|row| of_row(row).transpose())
        .collect()
}

/// The entry of a message's conversation, number and text.
fn of_row(row: &Row) -> Result<Option<Entry>, sqlx::Error> {
    let seq: Seq = count(row, 1)?;
    let text: &str = row.get(2)?;
    Ok(entry(ConversationId(row.get(0)?), seq, text))
}

/// A message's entry, unless it has no words.
fn entry(conversation: ConversationId, seq: Seq, text: &str) -> Option<Entry> {
    let words = word::line(text);
    (!words.is_empty()).then_some(Entry {
        conversation,
        seq,
        words,
    })
}

async fn add(connection: &mut Connection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    if entries.is_empty() {
        return Ok(());
    }
    match connection.dialect() {
        Dialect::Sqlite => sqlite::add(connection, entries).await,
        Dialect::Postgres => postgres::add(connection, entries).await,
    }
}

/// Takes note of what the visitors of conversations that have come into a list are found by, and
/// gives the words of those that have others than before to the entries of all their conversations.
async fn rename(
    connection: &mut Connection,
    visitors: &[&Known],
    listed: &[(ConversationId, &Known)],
) -> Result<(), sqlx::Error> {
    static KNOWN: Statement = Statement::new(
        "SELECT visitor_id, words FROM search_visitor WHERE visitor_id IN ({ids $1})",
    );
    static SAVE: Statement = Statement::new(
        "INSERT INTO search_visitor (visitor_id, words) {columns id text} \
         ON CONFLICT (visitor_id) DO UPDATE SET words = excluded.words",
    );
    // Whether they need be known from now on.
    let concerned: HashMap<VisitorId, (&Known, bool)> = visitors
        .iter()
        .map(|known| (*known, false))
        .chain(listed.iter().map(|(_, known)| (*known, true)))
        .map(|(known, is_listed)| (known.visitor.id, (known, is_listed)))
        .collect();
    let stored = concerned.values().filter(|(known, _)| !known.new);
    let list = ids(stored.map(|(known, _)| known.visitor.id.0));
    let rows = if list.is_empty() {
        Vec::new()
    } else {
        connection.rows(&KNOWN, &[Bind::Ids(&list)]).await?
    };
    let before: HashMap<VisitorId, String> = rows
        .iter()
        .map(|row| Ok((VisitorId(row.get(0)?), row.get(1)?)))
        .collect::<Result<_, sqlx::Error>>()?;
    let mut changed: Vec<(VisitorId, String)> = concerned
        .into_iter()
        .filter_map(|(id, (known, is_listed))| {
            let words = Naming::from(&known.visitor.profile).line();
            let changes = match before.get(&id) {
                Some(before) => *before != words,
                // Nothing of theirs can be found yet.
                None => is_listed,
            };
            changes.then_some((id, words))
        })
        .collect();
    changed.sort_unstable();
    if changed.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = changed.iter().map(row).collect();
    connection.write(&SAVE, &rows).await?;
    // The others have no entries yet.
    let renamed: Vec<_> = changed
        .iter()
        .filter(|(id, _)| before.contains_key(id))
        .map(row)
        .collect();
    if renamed.is_empty() {
        return Ok(());
    }
    match connection.dialect() {
        Dialect::Sqlite => sqlite::rename(connection, &renamed).await,
        Dialect::Postgres => postgres::rename(connection, &renamed).await,
    }
}

fn row((id, words): &(VisitorId, String)) -> [Bind<'_>; 2] {
    [Bind::Id(id.0), Bind::Text(words)]
}

/// The messages that were found, and all after them in their conversations, in order.
///
/// # Errors
/// What the database says.
pub async fn texts(connection: &mut Connection, found: &[Found]) -> Result<Vec<Text>, sqlx::Error> {
    static TEXTS: Statement = Statement::new(concat!(
        "WITH found (conversation_id, seq) AS ({rows $1 id int}) \
         SELECT m.conversation_id, m.seq, m.body FROM found f \
         JOIN message m ON m.conversation_id = f.conversation_id AND m.seq >= f.seq WHERE ",
        text!(),
        " ORDER BY m.conversation_id, m.seq"
    ));
    let rows: Vec<_> = found
        .iter()
        .map(|found| serde_json::json!([found.conversation.0.simple().to_string(), found.seq]))
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    connection
        .rows(&TEXTS, &[Bind::Text(&rows)])
        .await?
        .iter()
        .map(|row| {
            Ok(Text {
                conversation: ConversationId(row.get(0)?),
                seq: count(row, 1)?,
                text: row.get(2)?,
            })
        })
        .collect()
}

/// What the visitors of these conversations can be found by.
///
/// # Errors
/// What the database says.
pub async fn namings(
    connection: &mut Connection,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<Vec<(ConversationId, Naming)>, sqlx::Error> {
    static NAMINGS: Statement = Statement::new(
        "SELECT c.id, v.name, v.email FROM conversation c JOIN visitor v ON v.id = c.visitor_id \
         WHERE c.id IN ({ids $1})",
    );
    let list = ids(conversations.into_iter().map(|id| id.0));
    if list.is_empty() {
        return Ok(Vec::new());
    }
    connection
        .rows(&NAMINGS, &[Bind::Ids(&list)])
        .await?
        .iter()
        .map(|row| Ok((ConversationId(row.get(0)?), naming(row, 1)?)))
        .collect()
}

fn naming(row: &Row, column: usize) -> Result<Naming, sqlx::Error> {
    Ok(Naming {
        name: row.get(column)?,
        email: row.get(column + 1)?,
    })
}

fn found(rows: &[Row]) -> Result<Vec<Found>, sqlx::Error> {
    rows.iter()
        .map(|row| {
            Ok(Found {
                entry: row.get(0)?,
                conversation: ConversationId(row.get(1)?),
                seq: count(row, 2)?,
            })
        })
        .collect()
}
