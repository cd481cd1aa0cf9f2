//! Meetings.

use domain::{
    AgentId, CardId, ConversationId, MeetingId, Timestamp, VisitorId,
    agent::AgentCard,
    meeting::{
        LENGTHS, MEETINGS_PAGE, Meeting, MeetingCard, MeetingKey, MeetingRow, MeetingState, Span,
    },
};

use crate::meeting::Addresses;

use super::{
    conversation::{count, unreadable},
    sql::{Bind, Connection, Row, Statement, ids},
};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// A meeting as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: MeetingId,
    pub card: CardId,
    pub conversation: ConversationId,
    pub visitor: VisitorId,
    pub agent: AgentId,
    pub meeting: Meeting,
    /// Where the invitation goes.
    pub email: String,
    /// The visitor's time zone; empty if unknown.
    pub zone: String,
    pub booked_at: Timestamp,
    /// Whether its visitor is told of it by email.
    pub mailed: bool,
}

impl Stored {
    /// As its visitor sees it, with its agent as visitors see them.
    pub fn card(&self, agent: AgentCard, addresses: &Addresses) -> MeetingCard {
        MeetingCard {
            meeting: self.id,
            card: self.card,
            conversation: self.conversation,
            agent,
            span: self.meeting.span,
            state: self.meeting.state,
            sequence: self.meeting.sequence,
            email: if self.mailed {
                self.email.clone()
            } else {
                String::new()
            },
            address: addresses.meeting(self.id),
        }
    }

    /// Whether it takes its agent's time.
    pub fn is_booked(&self) -> bool {
        self.meeting.state == MeetingState::Booked
    }
}

macro_rules! columns {
    () => {
        "m.id, m.card_id, m.conversation_id, m.visitor_id, m.agent_id, m.start_at, m.end_at, \
         m.state, m.sequence, m.email, m.zone, m.booked_at, m.mailed"
    };
}

/// Reads and locks meetings, in the order of their ids; unknown ones are left out.
///
/// # Errors
/// What the database says.
pub async fn lock(
    connection: &mut Connection,
    meetings: &[MeetingId],
) -> Result<Vec<Stored>, sqlx::Error> {
    static LOCK: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM meeting m WHERE m.id IN ({ids $1}) ORDER BY m.id {for update}"
    ));
    of(connection, &LOCK, meetings.iter().map(|id| id.0)).await
}

/// The same without a lock.
///
/// # Errors
/// What the database says.
pub async fn find(
    connection: &mut Connection,
    meetings: &[MeetingId],
) -> Result<Vec<Stored>, sqlx::Error> {
    static FIND: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM meeting m WHERE m.id IN ({ids $1})"
    ));
    of(connection, &FIND, meetings.iter().map(|id| id.0)).await
}

/// The newest `limit` meetings of a visitor, in the order of their ids.
///
/// # Errors
/// What the database says.
pub async fn of_visitor(
    connection: &mut Connection,
    visitor: VisitorId,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    static OF: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM meeting m WHERE m.visitor_id = $1 ORDER BY m.start_at DESC LIMIT $2"
    ));
    let binds = [visitor.0.into(), limit.into()];
    let rows = connection.rows(&OF, &binds).await?;
    let mut meetings: Vec<Stored> = rows.iter().map(from_row).collect::<Result<_, _>>()?;
    meetings.sort_by_key(|meeting| meeting.id);
    Ok(meetings)
}

/// The booked meetings of agents that overlap a span.
///
/// # Errors
/// What the database says.
pub async fn around(
    connection: &mut Connection,
    agents: &[AgentId],
    span: Span,
) -> Result<Vec<Stored>, sqlx::Error> {
    static AROUND: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM meeting m WHERE m.agent_id IN ({ids $1}) AND m.state = 'booked' \
         AND m.start_at >= $2 AND m.start_at < $3 AND m.end_at > $4"
    ));
    if agents.is_empty() {
        return Ok(Vec::new());
    }
    let agents = ids(agents.iter().map(|id| id.0));
    let binds = [
        Bind::Ids(&agents),
        longest_before(span.start()).0.into(),
        span.end().0.into(),
        span.start().0.into(),
    ];
    let rows = connection.rows(&AROUND, &binds).await?;
    rows.iter().map(from_row).collect()
}

/// How many booked meetings each of these visitors has that have not begun yet, and how many they
/// booked within a day, whatever became of them.
///
/// # Errors
/// What the database says.
pub async fn count_of(
    connection: &mut Connection,
    visitors: &[VisitorId],
    now: Timestamp,
) -> Result<Vec<(VisitorId, (u32, u32))>, sqlx::Error> {
    static COUNT: Statement = Statement::new(
        "SELECT visitor_id, COUNT(CASE WHEN start_at > $2 AND state = 'booked' THEN 1 END), \
         COUNT(CASE WHEN booked_at > $3 THEN 1 END) \
         FROM meeting WHERE visitor_id IN ({ids $1}) GROUP BY visitor_id",
    );
    if visitors.is_empty() {
        return Ok(Vec::new());
    }
    let visitors = ids(visitors.iter().map(|id| id.0));
    let binds = [Bind::Ids(&visitors), now.0.into(), (now - DAY).0.into()];
    let rows = connection.rows(&COUNT, &binds).await?;
    rows.iter()
        .map(|row| Ok((VisitorId(row.get(0)?), (count(row, 1)?, count(row, 2)?))))
        .collect()
}

/// Adds meetings.
///
/// # Errors
/// What the database says; a taken slot is a unique violation.
pub async fn add(connection: &mut Connection, meetings: &[&Stored]) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO meeting (id, card_id, conversation_id, visitor_id, agent_id, start_at, end_at, \
         state, sequence, email, zone, booked_at, mailed) \
         {columns id id id id id int int text int text text int int}",
    );
    if meetings.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = meetings
        .iter()
        .map(|stored| {
            [
                Bind::Id(stored.id.0),
                Bind::Id(stored.card.0),
                Bind::Id(stored.conversation.0),
                Bind::Id(stored.visitor.0),
                Bind::Id(stored.agent.0),
                Bind::Int(stored.meeting.span.start().0),
                Bind::Int(stored.meeting.span.end().0),
                Bind::Text(word(stored.meeting.state)),
                Bind::Int(stored.meeting.sequence.into()),
                Bind::Text(&stored.email),
                Bind::Text(&stored.zone),
                Bind::Int(stored.booked_at.0),
                Bind::Int(stored.mailed.into()),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

/// Writes what can change of meetings.
///
/// # Errors
/// What the database says; a taken slot is a unique violation.
pub async fn save(connection: &mut Connection, meetings: &[&Stored]) -> Result<(), sqlx::Error> {
    static SAVE: Statement = Statement::new(
        "WITH fresh (id, agent_id, start_at, end_at, state, sequence, zone) AS \
         ({columns id id int int text int text}) \
         UPDATE meeting SET agent_id = fresh.agent_id, start_at = fresh.start_at, \
         end_at = fresh.end_at, state = fresh.state, sequence = fresh.sequence, zone = fresh.zone \
         FROM fresh WHERE meeting.id = fresh.id",
    );
    static MAKE_ROOM: Statement =
        Statement::new("UPDATE meeting SET state = 'cancelled' WHERE id IN ({ids $1})");
    if meetings.is_empty() {
        return Ok(());
    }
    if meetings.len() > 1 {
        // Rows are written one after the other: one may take the slot that another leaves.
        let all = ids(meetings.iter().map(|stored| stored.id.0));
        connection.execute(&MAKE_ROOM, &[Bind::Ids(&all)]).await?;
    }
    let rows: Vec<_> = meetings
        .iter()
        .map(|stored| {
            [
                Bind::Id(stored.id.0),
                Bind::Id(stored.agent.0),
                Bind::Int(stored.meeting.span.start().0),
                Bind::Int(stored.meeting.span.end().0),
                Bind::Text(word(stored.meeting.state)),
                Bind::Int(stored.meeting.sequence.into()),
                Bind::Text(&stored.zone),
            ]
        })
        .collect();
    connection.write(&SAVE, &rows).await
}

macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.card_id, m.conversation_id, m.agent_id, a.name, a.disabled, v.name, \
             m.email, m.zone, m.start_at, m.end_at, m.state, m.sequence FROM meeting m \
             JOIN agent a ON a.id = m.agent_id JOIN visitor v ON v.id = m.visitor_id WHERE ",
            $rest
        )
    };
}

/// The meetings of a conversation's cards as agents see them, in the order of their ids.
///
/// # Errors
/// What the database says.
pub async fn of_conversation(
    connection: &mut Connection,
    conversation: ConversationId,
) -> Result<Vec<MeetingRow>, sqlx::Error> {
    static OF: Statement = Statement::new(rows!("m.conversation_id = $1 ORDER BY m.id"));
    let rows = connection.rows(&OF, &[conversation.0.into()]).await?;
    rows.iter().map(listed).collect()
}

/// A page of meetings behind `after`, one more than it shows if there are: of an agent, or of
/// everybody; those that have not ended, the soonest first, or those that have, the last first. Ones
/// that were cancelled stand where they would have been.
///
/// # Errors
/// What the database says.
pub async fn page(
    connection: &mut Connection,
    agent: Option<AgentId>,
    past: bool,
    after: Option<MeetingKey>,
    now: Timestamp,
) -> Result<Vec<MeetingRow>, sqlx::Error> {
    static OWN_COMING: Statement = Statement::new(rows!(
        "m.agent_id = $6 AND m.end_at > $1 AND m.start_at >= $2 \
         AND (m.start_at, m.id) > ($3, $4) ORDER BY m.start_at, m.id LIMIT $5"
    ));
    static ALL_COMING: Statement = Statement::new(rows!(
        "m.end_at > $1 AND m.start_at >= $2 \
         AND (m.start_at, m.id) > ($3, $4) ORDER BY m.start_at, m.id LIMIT $5"
    ));
    static OWN_PAST: Statement = Statement::new(rows!(
        "m.agent_id = $6 AND m.end_at <= $1 AND m.start_at < $2 \
         AND (m.start_at, m.id) < ($3, $4) ORDER BY m.start_at DESC, m.id DESC LIMIT $5"
    ));
    static ALL_PAST: Statement = Statement::new(rows!(
        "m.end_at <= $1 AND m.start_at < $2 \
         AND (m.start_at, m.id) < ($3, $4) ORDER BY m.start_at DESC, m.id DESC LIMIT $5"
    ));
    // Ends are not in the index: what has not ended began at most the longest meeting ago.
    let bound = if past { now } else { longest_before(now) };
    let after = after.map_or_else(
        || match past {
            true => (i64::MAX, uuid::Uuid::max()),
            false => (i64::MIN, uuid::Uuid::nil()),
        },
        |key| (key.start.0, key.id.0),
    );
    let limit = i64::try_from(MEETINGS_PAGE + 1).unwrap_or(i64::MAX);
    let mut binds = vec![
        now.0.into(),
        bound.0.into(),
        after.0.into(),
        after.1.into(),
        limit.into(),
    ];
    binds.extend(agent.map(|agent| Bind::Id(agent.0)));
    let statement = match (agent.is_some(), past) {
        (true, false) => &OWN_COMING,
        (false, false) => &ALL_COMING,
        (true, true) => &OWN_PAST,
        (false, true) => &ALL_PAST,
    };
    let rows = connection.rows(statement, &binds).await?;
    rows.iter().map(listed).collect()
}

/// The longest meeting before an instant.
fn longest_before(at: Timestamp) -> Timestamp {
    at - std::time::Duration::from_secs(u64::from(*LENGTHS.end()) * 60)
}

async fn of(
    connection: &mut Connection,
    statement: &'static Statement,
    meetings: impl Iterator<Item = uuid::Uuid>,
) -> Result<Vec<Stored>, sqlx::Error> {
    let meetings = ids(meetings);
    if meetings.is_empty() {
        return Ok(Vec::new());
    }
    let rows = connection.rows(statement, &[Bind::Ids(&meetings)]).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Stored, sqlx::Error> {
    Ok(Stored {
        id: MeetingId(row.get(0)?),
        card: CardId(row.get(1)?),
        conversation: ConversationId(row.get(2)?),
        visitor: VisitorId(row.get(3)?),
        agent: AgentId(row.get(4)?),
        meeting: Meeting {
            span: span(row, 5)?,
            state: state(row, 7)?,
            sequence: count(row, 8)?,
        },
        email: row.get(9)?,
        zone: row.get(10)?,
        booked_at: Timestamp(row.get(11)?),
        mailed: row.get::<i64>(12)? != 0,
    })
}

fn listed(row: &Row) -> Result<MeetingRow, sqlx::Error> {
    Ok(MeetingRow {
        meeting: MeetingId(row.get(0)?),
        card: CardId(row.get(1)?),
        conversation: ConversationId(row.get(2)?),
        agent: AgentId(row.get(3)?),
        agent_name: row.get(4)?,
        agent_disabled: row.get::<i64>(5)? != 0,
        visitor: row.get(6)?,
        email: row.get(7)?,
        zone: row.get(8)?,
        span: span(row, 9)?,
        state: state(row, 11)?,
        sequence: count(row, 12)?,
    })
}

fn span(row: &Row, column: usize) -> Result<Span, sqlx::Error> {
    let (start, end) = (row.get(column)?, row.get(column + 1)?);
    Span::new(Timestamp(start), Timestamp(end)).ok_or_else(|| unreadable("time of a meeting"))
}

fn word(state: MeetingState) -> &'static str {
    match state {
        MeetingState::Booked => "booked",
        MeetingState::Cancelled => "cancelled",
    }
}

fn state(row: &Row, column: usize) -> Result<MeetingState, sqlx::Error> {
    let stored: String = row.get(column)?;
    [MeetingState::Booked, MeetingState::Cancelled]
        .into_iter()
        .find(|state| word(*state) == stored)
        .ok_or_else(|| unreadable("state of a meeting"))
}
