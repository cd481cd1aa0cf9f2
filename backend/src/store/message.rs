//! Messages.

use std::borrow::Cow;

use domain::{
    AgentId, CardId, CommandId, ConversationId, Timestamp,
    agent::AgentCard,
    meeting::CalendarCard,
    message::{Author, Body, Message, Seq, SystemMessage},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::meeting::Addresses;

use super::{
    conversation::{count, unreadable},
    sql::{Bind, Connection, Row, Statement, ids},
};

/// Where a message command ended up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub command: CommandId,
    pub conversation: ConversationId,
    pub seq: Seq,
    pub at: Timestamp,
    /// None: the visitor's.
    pub agent: Option<AgentId>,
}

/// The messages that these commands brought.
///
/// # Errors
/// What the database says.
pub async fn placed(
    connection: &mut Connection,
    commands: impl IntoIterator<Item = CommandId>,
) -> Result<Vec<Placed>, sqlx::Error> {
    static PLACED: Statement = Statement::new(
        "SELECT command_id, conversation_id, seq, at, agent_id FROM message WHERE command_id IN ({ids $1})",
    );
    let commands = ids(commands.into_iter().map(|id| id.0));
    let rows = connection.rows(&PLACED, &[Bind::Ids(&commands)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Placed {
                command: CommandId(row.get(0)?),
                conversation: ConversationId(row.get(1)?),
                seq: count(row, 2)?,
                at: Timestamp(row.get(3)?),
                agent: row.get::<Option<Uuid>>(4)?.map(AgentId),
            })
        })
        .collect()
}

/// Adds messages.
///
/// # Errors
/// What the database says; a repeated number or command is a unique violation.
pub async fn add(
    connection: &mut Connection,
    messages: &[(ConversationId, &Message)],
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO message (conversation_id, seq, at, command_id, author, agent_id, body, file, card_id) \
         {columns id int int id int id text text id}",
    );
    if messages.is_empty() {
        return Ok(());
    }
    let bodies: Vec<Cow<'_, str>> = messages
        .iter()
        .map(|(_, message)| match &message.body {
            Body::Text(text) => text.into(),
            Body::File(card) => card.name.as_str().into(),
            Body::Calendar(card) => card.agent.name.as_str().into(),
            Body::System(system) => serde_json::to_string(&StoredSystem::from(system))
                .unwrap_or_default()
                .into(),
        })
        .collect();
    let files: Vec<Option<String>> = messages
        .iter()
        .map(|(_, message)| match &message.body {
            Body::File(card) => serde_json::to_string(card).ok(),
            Body::Text(_) | Body::System(_) | Body::Calendar(_) => None,
        })
        .collect();
    let rows: Vec<_> = messages
        .iter()
        .zip(bodies.iter().zip(&files))
        .map(|((conversation, message), (body, file))| {
            let (author, agent) = match &message.author {
                Author::Visitor => (0, None),
                Author::Agent { id, .. } => (1, Some(id.0)),
                Author::System => (2, None),
            };
            let card = match &message.body {
                Body::Calendar(card) => Some(card.card.0),
                Body::Text(_) | Body::File(_) | Body::System(_) => None,
            };
            [
                Bind::Id(conversation.0),
                Bind::Int(message.seq.into()),
                Bind::Int(message.at.0),
                Bind::OptId(message.command.map(|id| id.0)),
                Bind::Int(author),
                Bind::OptId(agent),
                Bind::Text(body),
                Bind::OptText(file.as_deref()),
                Bind::OptId(card),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

macro_rules! messages {
    ($rest:literal) => {
        concat!(
            "SELECT m.seq, m.at, m.command_id, m.author, m.agent_id, a.name, m.body, m.file, \
             m.card_id, k.agent_id, b.name, b.photo, k.withdrawn_at \
             FROM message m LEFT JOIN agent a ON a.id = m.agent_id \
             LEFT JOIN calendar_card k ON k.id = m.card_id LEFT JOIN agent b ON b.id = k.agent_id \
             WHERE m.conversation_id = $1 AND ",
            $rest
        )
    };
}

/// How much is read at once: nothing reads a conversation as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    pub messages: usize,
    /// Of their texts. The page ends with the first message that reaches it.
    pub bytes: usize,
}

impl Portion {
    /// What is sent in one frame, and what is worked on at a time.
    pub const PIECE: Self = Self {
        messages: 100,
        bytes: 32 * 1024,
    };

    fn binds(self, conversation: ConversationId, from: Seq) -> [Bind<'static>; 4] {
        let number = |number| Bind::Int(i64::try_from(number).unwrap_or(i64::MAX));
        [
            conversation.0.into(),
            i64::from(from).into(),
            number(self.messages),
            number(self.bytes.max(1)),
        ]
    }
}

/// A page of the messages of a conversation after `after`, in order; at least one, if there is any.
/// `addresses` makes those of cards.
///
/// # Errors
/// What the database says.
pub async fn after(
    connection: &mut Connection,
    addresses: &Addresses,
    conversation: ConversationId,
    after: Seq,
    portion: Portion,
) -> Result<Vec<Message>, sqlx::Error> {
    static AFTER: Statement = Statement::new(messages!(
        "m.seq > $2 AND m.seq <= (SELECT MAX(s.seq) FROM (\
         SELECT t.seq, SUM(OCTET_LENGTH(t.body)) OVER (ORDER BY t.seq) - OCTET_LENGTH(t.body) AS ahead \
         FROM (SELECT seq, body FROM message WHERE conversation_id = $1 AND seq > $2 \
         ORDER BY seq LIMIT $3) t) s WHERE s.ahead < $4) ORDER BY m.seq"
    ));
    let binds = portion.binds(conversation, after);
    connection
        .rows(&AFTER, &binds)
        .await?
        .iter()
        .map(|row| from_row(row, addresses))
        .collect()
}

/// A page of the messages before `before`, in order; at least one, if there is any.
///
/// # Errors
/// What the database says.
pub async fn before(
    connection: &mut Connection,
    addresses: &Addresses,
    conversation: ConversationId,
    before: Seq,
    portion: Portion,
) -> Result<Vec<Message>, sqlx::Error> {
    static BEFORE: Statement = Statement::new(messages!(
        "m.seq < $2 AND m.seq >= (SELECT MIN(s.seq) FROM (\
         SELECT t.seq, SUM(OCTET_LENGTH(t.body)) OVER (ORDER BY t.seq DESC) - OCTET_LENGTH(t.body) AS ahead \
         FROM (SELECT seq, body FROM message WHERE conversation_id = $1 AND seq < $2 \
         ORDER BY seq DESC LIMIT $3) t) s WHERE s.ahead < $4) ORDER BY m.seq"
    ));
    let binds = portion.binds(conversation, before);
    connection
        .rows(&BEFORE, &binds)
        .await?
        .iter()
        .map(|row| from_row(row, addresses))
        .collect()
}

/// How many messages of the other side stand after a mark.
///
/// # Errors
/// What the database says.
pub async fn unread(
    connection: &mut Connection,
    conversation: ConversationId,
    after: Seq,
    by_agent: bool,
) -> Result<u32, sqlx::Error> {
    static UNREAD: Statement = Statement::new(
        "SELECT COUNT(*) FROM message WHERE conversation_id = $1 AND seq > $2 AND author = $3",
    );
    let binds = [
        conversation.0.into(),
        i64::from(after).into(),
        i64::from(by_agent).into(),
    ];
    match connection.row(&UNREAD, &binds).await? {
        Some(row) => count(&row, 0),
        None => Ok(0),
    }
}

fn from_row(row: &Row, addresses: &Addresses) -> Result<Message, sqlx::Error> {
    let body: String = row.get(6)?;
    let (author, body) = match row.get::<i64>(3)? {
        0 => (Author::Visitor, said(row, body, addresses)?),
        1 => {
            let id = row
                .get::<Option<Uuid>>(4)?
                .ok_or_else(|| unreadable("author"))?;
            let name = row.get::<Option<String>>(5)?.unwrap_or_default();
            (
                Author::Agent {
                    id: AgentId(id),
                    name,
                },
                said(row, body, addresses)?,
            )
        }
        2 if row.get::<Option<Uuid>>(8)?.is_some() => (Author::System, said(row, body, addresses)?),
        2 => {
            let stored: StoredSystem =
                serde_json::from_str(&body).map_err(|_| unreadable("system message"))?;
            (Author::System, Body::System(stored.into()))
        }
        _ => return Err(unreadable("author")),
    };
    Ok(Message {
        seq: count(row, 0)?,
        at: Timestamp(row.get(1)?),
        command: row.get::<Option<Uuid>>(2)?.map(CommandId),
        author,
        body,
    })
}

/// What was said: words, a file, or a card.
fn said(row: &Row, body: String, addresses: &Addresses) -> Result<Body, sqlx::Error> {
    if let Some(card) = row.get::<Option<Uuid>>(8)?.map(CardId) {
        let agent = row.get::<Option<Uuid>>(9)?;
        return Ok(Body::Calendar(CalendarCard {
            card,
            agent: AgentCard {
                id: AgentId(agent.ok_or_else(|| unreadable("card"))?),
                name: row.get::<Option<String>>(10)?.unwrap_or(body),
                photo: row.get(11)?,
            },
            address: match row.get::<Option<i64>>(12)? {
                Some(_) => String::new(),
                None => addresses.card(card),
            },
        }));
    }
    let file: Option<String> = row.get(7)?;
    match file {
        None => Ok(Body::Text(body)),
        Some(card) => serde_json::from_str(&card)
            .map(Body::File)
            .map_err(|_| unreadable("file")),
    }
}

/// A system message as it is stored: named fields, so that later releases can add some.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum StoredSystem {
    Joined { agent: AgentId, name: String },
    EndedByAgent { agent: AgentId, name: String },
    EndedByVisitor,
    EndedByInactivity,
    Ended,
}

impl From<&SystemMessage> for StoredSystem {
    fn from(message: &SystemMessage) -> Self {
        use domain::message::EndedBy;
        match message.clone() {
            SystemMessage::Joined { id, name } => Self::Joined { agent: id, name },
            SystemMessage::Ended(EndedBy::Agent { id, name }) => {
                Self::EndedByAgent { agent: id, name }
            }
            SystemMessage::Ended(EndedBy::Visitor) => Self::EndedByVisitor,
            SystemMessage::Ended(EndedBy::Inactivity) => Self::EndedByInactivity,
            SystemMessage::Ended(EndedBy::Nobody) => Self::Ended,
        }
    }
}

impl From<StoredSystem> for SystemMessage {
    fn from(stored: StoredSystem) -> Self {
        use domain::message::EndedBy;
        match stored {
            StoredSystem::Joined { agent, name } => Self::Joined { id: agent, name },
            StoredSystem::EndedByAgent { agent, name } => {
                Self::Ended(EndedBy::Agent { id: agent, name })
            }
            StoredSystem::EndedByVisitor => Self::Ended(EndedBy::Visitor),
            StoredSystem::EndedByInactivity => Self::Ended(EndedBy::Inactivity),
            StoredSystem::Ended => Self::Ended(EndedBy::Nobody),
        }
    }
}
