//! When agents take chats, and how they hear of them: schedule, switch, notifications.

use domain::{
    AgentId, Timestamp, VisitorId,
    availability::{Availability, Override, Schedule, rules},
    conversation::{SourceHash, life::MISSED_IN_A_ROW, missed::Missed},
    settings::Notifications,
};
use uuid::Uuid;

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Row, Statement, ids},
};

/// An agent's hours, and the setting above them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    pub agent: AgentId,
    pub schedule: Schedule,
    pub over: Option<Override>,
    /// What both said when last computed.
    pub available: bool,
    /// When that may change next.
    pub change_at: Option<Timestamp>,
    /// Offers that were missed in a row.
    pub missed: u8,
    /// Whose request the last of them was; none of a colleague's transfer, or if it is not known.
    pub missed_by: Option<Missed>,
}

impl Duty {
    /// What holds at `now`.
    pub fn availability(&self, now: Timestamp) -> Availability {
        let missed = self.missed >= MISSED_IN_A_ROW;
        rules::availability(&self.schedule, self.over, missed, now)
    }

    /// What held when it was last computed.
    pub fn stored(&self) -> Availability {
        Availability {
            available: self.available,
            over: self.over,
            missed: self.missed >= MISSED_IN_A_ROW && !self.available,
        }
    }

    /// Turns the switch at `now`.
    pub fn switch(&mut self, available: bool, now: Timestamp) {
        self.over = rules::switched(&self.schedule, available, now);
    }

    /// Computes anew what holds from `now` on, and until when.
    pub fn refresh(&mut self, now: Timestamp) -> Availability {
        let holds = self.availability(now);
        if holds.available && !self.available {
            // Whoever is back begins with a clean slate.
            self.missed = 0;
        }
        self.over = holds.over;
        self.available = holds.available;
        self.change_at = rules::next_change(&self.schedule, self.over, now);
        holds
    }
}

macro_rules! columns {
    () => {
        "a.id, a.schedule, a.over, a.over_until, a.over_midnight, a.available, a.change_at, a.missed, \
         a.missed_visitor, a.missed_source"
    };
}

/// The duties of these agents.
///
/// # Errors
/// What the database says.
pub async fn of(
    connection: &mut Connection,
    agents: impl IntoIterator<Item = AgentId>,
) -> Result<Vec<Duty>, sqlx::Error> {
    static OF: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM agent a WHERE a.id IN ({ids $1})"
    ));
    let agents = ids(agents.into_iter().map(|id| id.0));
    if agents.is_empty() {
        return Ok(Vec::new());
    }
    connection
        .rows(&OF, &[Bind::Ids(&agents)])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// The duties of all agents who are not disabled.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection) -> Result<Vec<Duty>, sqlx::Error> {
    static ALL: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM agent a WHERE a.disabled = 0"
    ));
    connection
        .rows(&ALL, &[])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// Whose availability may have changed by `now`, as far as it is stored.
///
/// # Errors
/// What the database says.
pub async fn due(
    connection: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<AgentId>, sqlx::Error> {
    static DUE: Statement =
        Statement::new("SELECT id FROM agent WHERE change_at <= $1 ORDER BY change_at LIMIT $2");
    connection
        .rows(&DUE, &[now.0.into(), limit.into()])
        .await?
        .iter()
        .map(|row| row.get(0).map(AgentId))
        .collect()
}

/// Writes the settings above schedules, and what follows from both.
///
/// # Errors
/// What the database says.
pub async fn save(connection: &mut Connection, duties: &[&Duty]) -> Result<(), sqlx::Error> {
    static SAVE: Statement = Statement::new(
        "WITH fresh (id, over, over_until, over_midnight, available, change_at, missed, missed_visitor, missed_source) AS \
         ({columns id int int int int int int id id}) \
         UPDATE agent SET over = fresh.over, over_until = fresh.over_until, over_midnight = fresh.over_midnight, \
         available = fresh.available, change_at = fresh.change_at, missed = fresh.missed, \
         missed_visitor = fresh.missed_visitor, missed_source = fresh.missed_source \
         FROM fresh WHERE agent.id = fresh.id",
    );
    if duties.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = duties
        .iter()
        .map(|duty| {
            [
                Bind::Id(duty.agent.0),
                Bind::OptInt(duty.over.map(|over| over.available.into())),
                Bind::OptInt(duty.over.map(|over| over.until.0)),
                Bind::Int(duty.over.is_some_and(|over| over.at_midnight).into()),
                Bind::Int(duty.available.into()),
                Bind::OptInt(duty.change_at.map(|at| at.0)),
                Bind::Int(duty.missed.into()),
                Bind::OptId(duty.missed_by.map(|missed| missed.visitor.0)),
                Bind::OptId(
                    duty.missed_by
                        .and_then(|missed| missed.source)
                        .map(|source| Uuid::from_bytes(source.0)),
                ),
            ]
        })
        .collect();
    connection.write(&SAVE, &rows).await
}

/// Forgets one missed offer of each of these agents; what two led to stands until the switch is
/// turned.
///
/// # Errors
/// What the database says.
pub async fn end_row(connection: &mut Connection, agents: &[AgentId]) -> Result<(), sqlx::Error> {
    static END: Statement =
        Statement::new("UPDATE agent SET missed = 0 WHERE id IN ({ids $1}) AND missed = 1");
    if agents.is_empty() {
        return Ok(());
    }
    let agents = ids(agents.iter().map(|id| id.0));
    connection
        .execute(&END, &[Bind::Ids(&agents)])
        .await
        .map(drop)
}

/// Replaces a schedule. What follows from it is due at once: any node computes it within a second.
///
/// # Errors
/// What the database says.
pub async fn set_schedule(
    connection: &mut Connection,
    agent: AgentId,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static SET: Statement =
        Statement::new("UPDATE agent SET schedule = $2, change_at = $3 WHERE id = $1");
    let schedule =
        serde_json::to_string(schedule).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let binds = [agent.0.into(), Bind::Text(&schedule), now.0.into()];
    connection.execute(&SET, &binds).await.map(drop)
}

/// How an agent wants to hear of offers and messages; the standard for an unknown one.
///
/// # Errors
/// What the database says.
pub async fn notifications(
    connection: &mut Connection,
    agent: AgentId,
) -> Result<Notifications, sqlx::Error> {
    static OF: Statement =
        Statement::new("SELECT sound, browser_notifications, when_closed FROM agent WHERE id = $1");
    match connection.row(&OF, &[agent.0.into()]).await? {
        Some(row) => Ok(Notifications {
            sound: row.get::<i64>(0)? != 0,
            browser: row.get::<i64>(1)? != 0,
            when_closed: row.get::<i64>(2)? != 0,
        }),
        None => Ok(Notifications::default()),
    }
}

/// Replaces these switches.
///
/// # Errors
/// What the database says.
pub async fn set_notifications(
    connection: &mut Connection,
    agent: AgentId,
    notifications: Notifications,
) -> Result<(), sqlx::Error> {
    static SET: Statement = Statement::new(
        "UPDATE agent SET sound = $2, browser_notifications = $3, when_closed = $4 WHERE id = $1",
    );
    let binds = [
        agent.0.into(),
        i64::from(notifications.sound).into(),
        i64::from(notifications.browser).into(),
        i64::from(notifications.when_closed).into(),
    ];
    connection.execute(&SET, &binds).await.map(drop)
}

fn from_row(row: &Row) -> Result<Duty, sqlx::Error> {
    let schedule: String = row.get(1)?;
    let over = row.get::<Option<i64>>(2)?;
    let until = row.get::<Option<i64>>(3)?;
    let at_midnight = row.get::<i64>(4)? != 0;
    let visitor = row.get::<Option<Uuid>>(8)?;
    let source = row.get::<Option<Uuid>>(9)?;
    Ok(Duty {
        agent: AgentId(row.get(0)?),
        schedule: serde_json::from_str(&schedule).map_err(|_| unreadable("schedule"))?,
        over: over.zip(until).map(|(available, until)| Override {
            available: available != 0,
            until: Timestamp(until),
            at_midnight,
        }),
        available: row.get::<i64>(5)? != 0,
        change_at: row.get::<Option<i64>>(6)?.map(Timestamp),
        missed: u8::try_from(row.get::<i64>(7)?).unwrap_or(u8::MAX),
        missed_by: visitor.map(|visitor| Missed {
            visitor: VisitorId(visitor),
            source: source.map(|source| SourceHash(source.into_bytes())),
        }),
    })
}
