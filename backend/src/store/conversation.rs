//! Conversations' heads.

use domain::{
    AgentId, ConversationId, SiteId, TeamId, Timestamp, VisitorId,
    conversation::{
        Conversation, EndReason, Pool, Round, SourceHash, State, Transfer,
        amount::{Amount, Said},
    },
};
use uuid::Uuid;

use super::{
    sql::{Bind, Connection, Row, Statement, ids},
    turn::EVERYONE,
};

macro_rules! columns {
    () => {
        "c.id, c.site_id, c.visitor_id, c.state, c.agent_id, c.tried_id, c.round, c.state_at, c.warned, \
         c.end_reason, c.version, c.last_seq, c.agent_read, c.visitor_read, c.agent_unread, c.visitor_unread, \
         c.created_at, c.accepted_at, c.activity_at, c.preview, c.preview_by_agent, c.pool_id, c.clock_waits, c.away, \
         c.transfer_to, c.transfer_note, c.transfer_until, c.last_note, c.score, c.rating, \
         c.visitor_messages, c.visitor_bytes, c.agent_messages, c.agent_bytes, c.note_bytes, c.source"
    };
}
pub(super) use columns;

/// How many columns [`from_row`] reads.
pub const COLUMNS: usize = 36;

/// Reads and locks conversations; unknown ids are left out.
///
/// # Errors
/// What the database says.
pub async fn lock(
    connection: &mut Connection,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<Vec<Conversation>, sqlx::Error> {
    static LOCK: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM conversation c WHERE c.id IN ({ids $1}) ORDER BY c.id {for update}"
    ));
    let ids = ids(conversations.into_iter().map(|id| id.0));
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    connection
        .rows(&LOCK, &[Bind::Ids(&ids)])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// Whose conversation it is.
///
/// # Errors
/// What the database says.
pub async fn visitor_of(
    connection: &mut Connection,
    conversation: ConversationId,
) -> Result<Option<VisitorId>, sqlx::Error> {
    static OF: Statement = Statement::new("SELECT visitor_id FROM conversation WHERE id = $1");
    let row = connection.row(&OF, &[conversation.0.into()]).await?;
    row.map(|row| row.get(0).map(VisitorId)).transpose()
}

/// The ids of the open conversations of visitors, of those held out to agents, and of those that
/// agents have.
///
/// # Errors
/// What the database says.
pub async fn concerned(
    connection: &mut Connection,
    visitors: &[VisitorId],
    offered_to: &[AgentId],
    active_of: &[AgentId],
) -> Result<Vec<ConversationId>, sqlx::Error> {
    static CONCERNED: Statement = Statement::new(
        "SELECT id FROM conversation WHERE visitor_id IN ({ids $1}) AND state <> 'ended' \
         UNION SELECT id FROM conversation WHERE agent_id IN ({ids $2}) AND state = 'offered' \
         UNION SELECT id FROM conversation WHERE transfer_to IN ({ids $2}) \
         UNION SELECT id FROM conversation WHERE agent_id IN ({ids $3}) AND state = 'active'",
    );
    if visitors.is_empty() && offered_to.is_empty() && active_of.is_empty() {
        return Ok(Vec::new());
    }
    let visitors = ids(visitors.iter().map(|id| id.0));
    let offered_to = ids(offered_to.iter().map(|id| id.0));
    let active_of = ids(active_of.iter().map(|id| id.0));
    let binds = [
        Bind::Ids(&visitors),
        Bind::Ids(&offered_to),
        Bind::Ids(&active_of),
    ];
    connection
        .rows(&CONCERNED, &binds)
        .await?
        .iter()
        .map(|row| row.get(0).map(ConversationId))
        .collect()
}

/// How many conversations of a visitor are looked at: the newest.
const OF_A_VISITOR: i64 = 20;

/// The newest 20 conversations of a visitor, oldest first.
///
/// # Errors
/// What the database says.
pub async fn of_visitor(
    connection: &mut Connection,
    visitor: VisitorId,
) -> Result<Vec<Conversation>, sqlx::Error> {
    static OF_VISITOR: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM conversation c WHERE c.visitor_id = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT $2"
    ));
    let mut heads: Vec<Conversation> = connection
        .rows(&OF_VISITOR, &[visitor.0.into(), OF_A_VISITOR.into()])
        .await?
        .iter()
        .map(from_row)
        .collect::<Result<_, _>>()?;
    heads.reverse();
    Ok(heads)
}

macro_rules! written {
    () => {
        "id, site_id, visitor_id, state, agent_id, tried_id, round, state_at, warned, \
         end_reason, version, last_seq, agent_read, visitor_read, agent_unread, visitor_unread, created_at, \
         accepted_at, activity_at, preview, preview_by_agent, pool_id, clock_waits, away, transfer_to, \
         transfer_note, transfer_until, due_at, last_note, score, rating, visitor_messages, visitor_bytes, \
         agent_messages, agent_bytes, note_bytes, source"
    };
}

macro_rules! rows {
    () => {
        "{columns id id id text id id int int int text int int int int int int int int int text int id int int id text int int int int int int int int int int id}"
    };
}

/// Adds new heads. `due_at` of each is its next deadline.
///
/// # Errors
/// What the database says; a second open one of a visitor is a unique violation.
pub async fn add(
    connection: &mut Connection,
    heads: &[(&Conversation, Option<Timestamp>)],
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(concat!(
        "INSERT INTO conversation (",
        written!(),
        ") ",
        rows!()
    ));
    if heads.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = heads.iter().map(|(head, due)| to_row(head, *due)).collect();
    connection.write(&ADD, &rows).await
}

/// Writes changed heads, which the caller has locked. `due_at` of each is its next deadline.
///
/// # Errors
/// What the database says.
pub async fn save(
    connection: &mut Connection,
    heads: &[(&Conversation, Option<Timestamp>)],
) -> Result<(), sqlx::Error> {
    static SAVE: Statement = Statement::new(concat!(
        "WITH fresh (",
        written!(),
        ") AS (",
        rows!(),
        ") UPDATE conversation SET state = fresh.state, agent_id = fresh.agent_id, \
         tried_id = fresh.tried_id, round = fresh.round, state_at = fresh.state_at, \
         warned = fresh.warned, end_reason = fresh.end_reason, version = fresh.version, \
         last_seq = fresh.last_seq, agent_read = fresh.agent_read, visitor_read = fresh.visitor_read, \
         agent_unread = fresh.agent_unread, visitor_unread = fresh.visitor_unread, \
         accepted_at = fresh.accepted_at, activity_at = fresh.activity_at, preview = fresh.preview, \
         preview_by_agent = fresh.preview_by_agent, pool_id = fresh.pool_id, \
         clock_waits = fresh.clock_waits, away = fresh.away, transfer_to = fresh.transfer_to, \
         transfer_note = fresh.transfer_note, transfer_until = fresh.transfer_until, \
         due_at = fresh.due_at, last_note = fresh.last_note, score = fresh.score, \
         rating = fresh.rating, visitor_messages = fresh.visitor_messages, \
         visitor_bytes = fresh.visitor_bytes, agent_messages = fresh.agent_messages, \
         agent_bytes = fresh.agent_bytes, note_bytes = fresh.note_bytes \
         FROM fresh WHERE conversation.id = fresh.id"
    ));
    if heads.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = heads.iter().map(|(head, due)| to_row(head, *due)).collect();
    connection.write(&SAVE, &rows).await
}

/// Moves every deadline and clock of open conversations by `micros`.
///
/// # Errors
/// What the database says.
pub async fn shift(connection: &mut Connection, micros: i64) -> Result<(), sqlx::Error> {
    static SHIFT: Statement = Statement::new(
        "UPDATE conversation SET state_at = state_at + $1, due_at = due_at + $1, \
         transfer_until = transfer_until + $1 WHERE state <> 'ended'",
    );
    connection.execute(&SHIFT, &[micros.into()]).await.map(drop)
}

/// The columns that depend on the state.
#[derive(Default)]
struct StateColumns<'a> {
    word: &'a str,
    agent: Option<AgentId>,
    tried: Option<AgentId>,
    round: Option<u8>,
    /// In microseconds.
    at: i64,
    warned: bool,
    reason: Option<&'a str>,
    pool: Option<Uuid>,
    clock_waits: bool,
    away: bool,
    transfer: Option<&'a Transfer>,
}

fn state_columns(head: &Conversation) -> StateColumns<'_> {
    match &head.state {
        State::Requested => StateColumns {
            word: "requested",
            at: head.created_at.0,
            ..StateColumns::default()
        },
        State::Offered {
            agent,
            round,
            tried,
            pool,
            expires_at,
        } => StateColumns {
            word: "offered",
            agent: Some(*agent),
            tried: Some(*tried),
            round: Some(match round {
                Round::First => 1,
                Round::Second => 2,
            }),
            at: expires_at.0,
            pool: match pool {
                Pool::Owner => None,
                Pool::Team(team) => Some(team.0),
                Pool::Everyone => Some(EVERYONE),
            },
            ..StateColumns::default()
        },
        State::Fallback { tried, since } => StateColumns {
            word: "fallback",
            tried: *tried,
            at: since.0,
            ..StateColumns::default()
        },
        State::Unanswered { since } => StateColumns {
            word: "unanswered",
            at: since.0,
            ..StateColumns::default()
        },
        State::Active {
            agent,
            clock,
            warned,
            away,
            transfer,
        } => StateColumns {
            word: "active",
            agent: Some(*agent),
            at: clock.unwrap_or(head.activity_at).0,
            warned: *warned,
            clock_waits: clock.is_none(),
            away: *away,
            transfer: transfer.as_ref(),
            ..StateColumns::default()
        },
        State::Ended { agent, reason, at } => StateColumns {
            word: "ended",
            agent: *agent,
            at: at.0,
            reason: Some(reason.word()),
            ..StateColumns::default()
        },
    }
}

fn to_row(head: &Conversation, due: Option<Timestamp>) -> [Bind<'_>; 37] {
    let state = state_columns(head);
    let at = |at: Option<Timestamp>| Bind::OptInt(at.map(|at| at.0));
    let agent = |agent: Option<AgentId>| Bind::OptId(agent.map(|agent| agent.0));
    let count = |count: u32| Bind::Int(count.into());
    let flag = |flag: bool| Bind::Int(flag.into());
    [
        Bind::Id(head.id.0),
        Bind::Id(head.site.0),
        Bind::Id(head.visitor.0),
        Bind::Text(state.word),
        agent(state.agent),
        agent(state.tried),
        Bind::OptInt(state.round.map(i64::from)),
        Bind::Int(state.at),
        flag(state.warned),
        Bind::OptText(state.reason),
        count(head.version),
        count(head.last),
        count(head.agent_read),
        count(head.visitor_read),
        count(head.agent_unread),
        count(head.visitor_unread),
        Bind::Int(head.created_at.0),
        at(head.accepted_at),
        Bind::Int(head.activity_at.0),
        Bind::Text(&head.preview),
        flag(head.preview_by_agent),
        Bind::OptId(state.pool),
        flag(state.clock_waits),
        flag(state.away),
        agent(state.transfer.map(|transfer| transfer.to)),
        Bind::OptText(state.transfer.map(|transfer| transfer.note.as_str())),
        at(state.transfer.map(|transfer| transfer.expires_at)),
        at(due),
        count(head.last_note),
        Bind::OptInt(head.score.map(|score| score.number().into())),
        Bind::OptInt(head.rating.map(|rating| rating.number().into())),
        count(head.said.visitor.count),
        count(head.said.visitor.bytes),
        count(head.said.agents.count),
        count(head.said.agents.bytes),
        count(head.said.notes),
        Bind::OptId(head.source.map(|source| Uuid::from_bytes(source.0))),
    ]
}

/// A head from the columns of this file's queries.
///
/// # Errors
/// If the row is not one of ours.
pub fn from_row(row: &Row) -> Result<Conversation, sqlx::Error> {
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        site: SiteId(row.get(1)?),
        visitor: VisitorId(row.get(2)?),
        state: state(row)?,
        version: count(row, 10)?,
        last: count(row, 11)?,
        agent_read: count(row, 12)?,
        visitor_read: count(row, 13)?,
        agent_unread: count(row, 14)?,
        visitor_unread: count(row, 15)?,
        created_at: Timestamp(row.get(16)?),
        accepted_at: row.get::<Option<i64>>(17)?.map(Timestamp),
        activity_at: Timestamp(row.get(18)?),
        preview: row.get(19)?,
        preview_by_agent: row.get::<i64>(20)? != 0,
        last_note: count(row, 27)?,
        score: mark(row, 28)?,
        rating: mark(row, 29)?,
        said: Said {
            visitor: amount(row, 30)?,
            agents: amount(row, 32)?,
            notes: count(row, 34)?,
        },
        source: row
            .get::<Option<Uuid>>(35)?
            .map(|source| SourceHash(source.into_bytes())),
    })
}

/// A count and the bytes in the column behind it.
fn amount(row: &Row, column: usize) -> Result<Amount, sqlx::Error> {
    Ok(Amount {
        count: count(row, column)?,
        bytes: count(row, column.saturating_add(1))?,
    })
}

fn state(row: &Row) -> Result<State, sqlx::Error> {
    let word: String = row.get(3)?;
    let agent = row.get::<Option<Uuid>>(4)?.map(AgentId);
    let tried = row.get::<Option<Uuid>>(5)?.map(AgentId);
    let at = Timestamp(row.get(7)?);
    Ok(match (word.as_str(), agent) {
        ("requested", _) => State::Requested,
        ("offered", Some(agent)) => State::Offered {
            agent,
            round: if row.get::<Option<i64>>(6)? == Some(2) {
                Round::Second
            } else {
                Round::First
            },
            tried: tried.unwrap_or(agent),
            pool: match row.get::<Option<Uuid>>(21)? {
                None => Pool::Owner,
                Some(EVERYONE) => Pool::Everyone,
                Some(team) => Pool::Team(TeamId(team)),
            },
            expires_at: at,
        },
        ("fallback", _) => State::Fallback { tried, since: at },
        ("unanswered", _) => State::Unanswered { since: at },
        ("active", Some(agent)) => State::Active {
            agent,
            clock: (row.get::<i64>(22)? == 0).then_some(at),
            warned: row.get::<i64>(8)? != 0,
            away: row.get::<i64>(23)? != 0,
            transfer: transfer(row)?,
        },
        ("ended", agent) => {
            let reason: Option<String> = row.get(9)?;
            let reason = reason.as_deref().and_then(EndReason::from_word);
            State::Ended {
                agent,
                reason: reason.ok_or_else(|| unreadable("end_reason"))?,
                at,
            }
        }
        _ => return Err(unreadable("state")),
    })
}

fn transfer(row: &Row) -> Result<Option<Transfer>, sqlx::Error> {
    let Some(to) = row.get::<Option<Uuid>>(24)? else {
        return Ok(None);
    };
    let until: Option<i64> = row.get(26)?;
    Ok(Some(Transfer {
        to: AgentId(to),
        note: row.get::<Option<String>>(25)?.unwrap_or_default(),
        expires_at: Timestamp(until.ok_or_else(|| unreadable("transfer"))?),
    }))
}

/// A score or rating from a column.
fn mark<T: TryFrom<u8>>(row: &Row, column: usize) -> Result<Option<T>, sqlx::Error> {
    let number: Option<i64> = row.get(column)?;
    number
        .map(|number| u8::try_from(number).ok().and_then(|n| T::try_from(n).ok()))
        .map(|mark| mark.ok_or_else(|| unreadable("mark")))
        .transpose()
}

/// A count of at most 32 bits from a column.
///
/// # Errors
/// If it is negative or larger.
pub fn count(row: &Row, column: usize) -> Result<u32, sqlx::Error> {
    u32::try_from(row.get::<i64>(column)?).map_err(|_| unreadable("count"))
}

/// The error of a value that this release cannot have written.
pub fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the database holds an unknown {what}").into())
}
