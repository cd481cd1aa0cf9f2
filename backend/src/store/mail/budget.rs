//! How many letters somebody got, and letters that wait: what is new replaces or joins them.

use std::time::Duration;

use domain::{CommandId, SiteId, Timestamp, VisitorId};
use uuid::Uuid;

use super::Outcome;
use crate::{
    clock::random,
    store::{
        conversation::{count, unreadable},
        sql::{Bind, Connection, Statement, ids},
    },
};

/// How long a letter counts: an hour, and a minute in which a letter that is due may still wait for
/// its turn.
pub const HOUR: Duration = Duration::from_secs(61 * 60);

/// Which share of its recipient's budget a letter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// Visitors booked or changed a meeting.
    Meetings,
    /// The reader has not seen a reply.
    Replies,
    /// An agent is told of one request.
    Requests,
    /// An agent is told of what came together.
    Together,
    /// Agents changed a meeting.
    Agents,
}

impl Share {
    const ALL: [Self; 5] = [
        Self::Meetings,
        Self::Replies,
        Self::Requests,
        Self::Together,
        Self::Agents,
    ];

    /// The word for it in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Meetings => "meetings",
            Self::Replies => "replies",
            Self::Requests => "requests",
            Self::Together => "together",
            Self::Agents => "agents",
        }
    }
}

/// A letter that somebody got within the hour, or that waits for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    pub recipient: Uuid,
    pub share: Share,
    pub kind: String,
    /// When it went, or is to go.
    pub at: Timestamp,
}

/// What these recipients got within the hour, and what waits for them.
///
/// # Errors
/// What the database says.
pub async fn spent(
    connection: &mut Connection,
    recipients: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Spent>, sqlx::Error> {
    static SPENT: Statement = Statement::new(
        "SELECT recipient, share, kind, COALESCE(done_at, due_at) FROM mail \
         WHERE recipient IN ({ids $1}) AND share IS NOT NULL \
         AND (done_at IS NULL OR done_at > $2)",
    );
    if recipients.is_empty() {
        return Ok(Vec::new());
    }
    let recipients = ids(recipients.iter().copied());
    let binds = [Bind::Ids(&recipients), (now - HOUR).0.into()];
    let rows = connection.rows(&SPENT, &binds).await?;
    rows.iter()
        .map(|row| {
            let word: String = row.get(1)?;
            let share = Share::ALL.into_iter().find(|share| share.word() == word);
            Ok(Spent {
                recipient: row.get(0)?,
                share: share.ok_or_else(|| unreadable("share of a letter"))?,
                kind: row.get(2)?,
                at: Timestamp(row.get(3)?),
            })
        })
        .collect()
}

/// How many meetings were confirmed by email within the hour, or are to be, of each of these
/// visitors and of each of these hashes of network addresses.
///
/// # Errors
/// What the database says.
pub async fn confirmed(
    connection: &mut Connection,
    visitors: &[VisitorId],
    sources: &[Uuid],
    now: Timestamp,
) -> Result<Vec<(Uuid, u32)>, sqlx::Error> {
    static OF_VISITORS: Statement = Statement::new(
        "SELECT visitor_id, COUNT(*) FROM mail WHERE visitor_id IN ({ids $1}) \
         AND (done_at IS NULL OR done_at > $2) GROUP BY visitor_id",
    );
    static OF_SOURCES: Statement = Statement::new(
        "SELECT source, COUNT(*) FROM mail WHERE source IN ({ids $1}) \
         AND (done_at IS NULL OR done_at > $2) GROUP BY source",
    );
    let visitors = ids(visitors.iter().map(|id| id.0));
    let sources = ids(sources.iter().copied());
    let mut counted = Vec::new();
    for (statement, of) in [(&OF_VISITORS, visitors), (&OF_SOURCES, sources)] {
        if of.is_empty() {
            continue;
        }
        let binds = [Bind::Ids(&of), (now - HOUR).0.into()];
        for row in connection.rows(statement, &binds).await? {
            counted.push((row.get(0)?, count(&row, 1)?));
        }
    }
    Ok(counted)
}

/// Which of these sites caused at least so many letters within the hour.
///
/// # Errors
/// What the database says.
pub async fn spent_of_sites(
    connection: &mut Connection,
    sites: &[SiteId],
    least: usize,
    now: Timestamp,
) -> Result<Vec<SiteId>, sqlx::Error> {
    static OF_SITES: Statement = Statement::new(
        "SELECT site_id FROM mail WHERE site_id IN ({ids $1}) \
         AND (done_at IS NULL OR done_at > $2) GROUP BY site_id HAVING COUNT(*) >= $3",
    );
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let sites = ids(sites.iter().map(|id| id.0));
    let binds = [
        Bind::Ids(&sites),
        (now - HOUR).0.into(),
        i64::try_from(least).unwrap_or(i64::MAX).into(),
    ];
    let rows = connection.rows(&OF_SITES, &binds).await?;
    rows.iter().map(|row| Ok(SiteId(row.get(0)?))).collect()
}

/// How many letters that strangers cause a recipient got within the hour, or is being sent at this
/// moment, besides this one.
///
/// # Errors
/// What the database says.
pub async fn on_its_way(
    connection: &mut Connection,
    recipient: Uuid,
    but: Uuid,
    now: Timestamp,
) -> Result<u32, sqlx::Error> {
    static SENT: Statement = Statement::new(
        "SELECT COUNT(*) FROM mail WHERE recipient = $1 AND id <> $2 AND hourly IS NOT NULL \
         AND (done_at > $3 OR (claim IS NOT NULL AND due_at > $4))",
    );
    let binds = [
        recipient.into(),
        but.into(),
        (now - HOUR).0.into(),
        now.0.into(),
    ];
    let row = connection.row(&SENT, &binds).await?;
    row.map_or(Ok(0), |row| count(&row, 0))
}

/// A letter that nobody is sending yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: Uuid,
    pub about: Uuid,
    pub letter: String,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
}

/// Reads and locks the letters of a kind about these that nobody is sending yet.
///
/// # Errors
/// What the database says.
pub async fn waiting(
    connection: &mut Connection,
    kind: &str,
    abouts: &[Uuid],
) -> Result<Vec<Waiting>, sqlx::Error> {
    static WAITING: Statement = Statement::new(
        "SELECT id, about, letter, created_at, due_at FROM mail WHERE about IN ({ids $1}) \
         AND kind = $2 AND due_at IS NOT NULL AND claim IS NULL ORDER BY id {for update}",
    );
    if abouts.is_empty() {
        return Ok(Vec::new());
    }
    let abouts = ids(abouts.iter().copied());
    let binds = [Bind::Ids(&abouts), kind.into()];
    let rows = connection.rows(&WAITING, &binds).await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                id: row.get(0)?,
                about: row.get(1)?,
                letter: row.get(2)?,
                created_at: Timestamp(row.get(3)?),
                due_at: Timestamp(row.get(4)?),
            })
        })
        .collect()
}

/// What a letter that was [`waiting`] says now, and when it is to go.
///
/// # Errors
/// What the database says.
pub async fn replace(connection: &mut Connection, letter: &Waiting) -> Result<(), sqlx::Error> {
    static REPLACE: Statement =
        Statement::new("UPDATE mail SET letter = $2, due_at = $3 WHERE id = $1");
    let binds = [
        letter.id.into(),
        Bind::Text(&letter.letter),
        letter.due_at.0.into(),
    ];
    connection.execute(&REPLACE, &binds).await.map(drop)
}

/// A letter that was [`waiting`] is not sent: it takes nothing of any budget any more.
///
/// # Errors
/// What the database says.
pub async fn drop_waiting(
    connection: &mut Connection,
    id: Uuid,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static DROP: Statement = Statement::new(
        "UPDATE mail SET due_at = NULL, letter = '', done_at = $2, outcome = $3, share = NULL, \
         recipient = NULL, hourly = NULL, visitor_id = NULL, source = NULL, site_id = NULL \
         WHERE id = $1",
    );
    let binds = [id.into(), now.0.into(), Outcome::Needless.word().into()];
    connection.execute(&DROP, &binds).await.map(drop)
}

/// Keeps that another letter tells of these: the kind of each, and what it is about.
///
/// # Errors
/// What the database says.
pub async fn add_joined(
    connection: &mut Connection,
    joined: &[(&'static str, Uuid)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO mail (id, kind, about, letter, created_at, give_up_at, done_at, outcome) \
         {columns id text id text int int int text}",
    );
    if joined.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = joined
        .iter()
        .map(|(kind, about)| {
            [
                CommandId::new(now, random()).0.into(),
                Bind::Text(kind),
                (*about).into(),
                "".into(),
                now.0.into(),
                now.0.into(),
                now.0.into(),
                Outcome::Joined.word().into(),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

/// Forgets whose budgets letters took from that were done before `before`, or that went to nobody.
///
/// # Errors
/// What the database says.
pub async fn forget_budget(
    connection: &mut Connection,
    before: Timestamp,
) -> Result<(), sqlx::Error> {
    static FORGET: Statement = Statement::new(
        "UPDATE mail SET share = NULL, recipient = NULL, hourly = NULL, visitor_id = NULL, \
         source = NULL, site_id = NULL WHERE done_at < $1 AND recipient IS NOT NULL",
    );
    connection
        .execute(&FORGET, &[before.0.into()])
        .await
        .map(drop)
}
