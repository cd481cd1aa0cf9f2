//! What agents are told of single calendars and meetings.

use domain::{AgentId, MeetingId, Timestamp};

use super::super::sql::{Bind, Connection, Statement};

/// Why a calendar was not read, or not wholly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It refuses to be.
    Refused,
    /// There is too much in it.
    TooLarge,
}

impl Fault {
    fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::TooLarge => "large",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Refused, Self::TooLarge]
            .into_iter()
            .find(|fault| fault.as_str() == word)
    }
}

/// How the last reading of a calendar went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub fault: Option<Fault>,
    /// How many of its events were not understood.
    pub unread: u32,
    /// What the first of them is called; empty if that is not known.
    pub first: String,
    /// When it begins.
    pub at: Option<Timestamp>,
}

/// A meeting that the calendar refuses.
#[derive(Clone, Debug)]
pub struct Refused {
    pub meeting: MeetingId,
    /// The event as JSON; none: it is to be gone.
    pub wanted: Option<String>,
}

/// Keeps how the reading of a calendar went, in the caller's transaction.
///
/// # Errors
/// What the database says.
pub async fn put(
    connection: &mut Connection,
    agent: AgentId,
    calendar: &str,
    read: &Read,
) -> Result<(), sqlx::Error> {
    static PUT: Statement = Statement::new(
        "UPDATE calendar SET fault = $3, unread = $4, unread_name = $5, unread_at = $6 \
         WHERE agent_id = $1 AND address = $2",
    );
    let binds = [
        agent.0.into(),
        calendar.into(),
        Bind::OptText(read.fault.map(Fault::as_str)),
        i64::from(read.unread).into(),
        Bind::OptText(Some(&read.first)),
        Bind::OptInt(read.at.map(|at| at.0)),
    ];
    connection.execute(&PUT, &binds).await.map(drop)
}

/// The calendars of an agent with which something is wrong, by name.
///
/// # Errors
/// What the database says.
pub async fn calendars(
    connection: &mut Connection,
    agent: AgentId,
) -> Result<Vec<(String, Read)>, sqlx::Error> {
    static WRONG: Statement = Statement::new(
        "SELECT name, fault, unread, unread_name, unread_at FROM calendar \
         WHERE agent_id = $1 AND busy = 1 AND (fault IS NOT NULL OR unread > 0) ORDER BY name, address",
    );
    let rows = connection.rows(&WRONG, &[agent.0.into()]).await?;
    rows.iter()
        .map(|row| {
            let fault: Option<String> = row.get(1)?;
            let first: Option<String> = row.get(3)?;
            let read = Read {
                fault: fault.and_then(|fault| Fault::from_word(&fault)),
                unread: u32::try_from(row.get::<i64>(2)?).unwrap_or(u32::MAX),
                first: first.unwrap_or_default(),
                at: row.get::<Option<i64>>(4)?.map(Timestamp),
            };
            Ok((row.get(0)?, read))
        })
        .collect()
}

/// The meetings that an agent's calendar refuses, at most `most`.
///
/// # Errors
/// What the database says.
pub async fn refused(
    connection: &mut Connection,
    agent: AgentId,
    most: i64,
) -> Result<Vec<Refused>, sqlx::Error> {
    static REFUSED: Statement = Statement::new(
        "SELECT meeting_id, wanted FROM calendar_event \
         WHERE agent_id = $1 AND fault IS NOT NULL ORDER BY meeting_id LIMIT $2",
    );
    let binds = [agent.0.into(), most.into()];
    let rows = connection.rows(&REFUSED, &binds).await?;
    rows.iter()
        .map(|row| {
            Ok(Refused {
                meeting: MeetingId(row.get(0)?),
                wanted: row.get(1)?,
            })
        })
        .collect()
}
