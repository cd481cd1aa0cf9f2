//! Mail that waits to be sent. It is enqueued in the transaction of what causes it, so that neither
//! is there without the other.

mod budget;

use domain::{AgentId, SiteId, Timestamp, VisitorId, settings::Letters};
use uuid::Uuid;

use super::sql::{Bind, Connection, Row, Statement, ids};

pub use budget::{
    HOUR, Share, Spent, Waiting, add_joined, confirmed, drop_waiting, forget_budget, on_its_way,
    replace, spent, spent_of_sites, waiting,
};

/// A letter that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    pub id: Uuid,
    /// A word for what it is.
    pub kind: &'static str,
    /// The conversation or meeting that it is about.
    pub about: Uuid,
    /// To whom, and what it says.
    pub letter: String,
    /// Not before.
    pub due_at: Timestamp,
    /// From when on it is of no use.
    pub give_up_at: Timestamp,
    pub account: Account,
}

/// Whose budgets a letter takes from; none: it takes from no such budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub share: Option<Share>,
    /// A keyed hash of the address that it goes to.
    pub recipient: Option<Uuid>,
    /// How many letters that strangers cause its recipient gets within an hour.
    pub hourly: Option<u32>,
    /// Of a letter that first confirms a meeting to a visitor: who booked it, and a keyed hash of
    /// the network address from where.
    pub visitor: Option<VisitorId>,
    pub source: Option<Uuid>,
    /// Of a letter that visitors of a site caused.
    pub site: Option<SiteId>,
}

/// A letter that somebody is sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub id: Uuid,
    /// Under which it is sent: once the claim has run out, another one may have it.
    pub claim: Uuid,
    pub letter: String,
    pub created_at: Timestamp,
    /// How often it was tried, this time counted.
    pub tries: u32,
    /// Whom it goes to, and how many letters that strangers cause they get within an hour.
    pub bound: Option<(Uuid, u32)>,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Sent,
    /// The server refused it for good.
    Refused,
    /// It could not be sent in time.
    GivenUp,
    /// When it was due, or before, it was no longer called for.
    Needless,
    /// Another letter tells of it.
    Joined,
}

impl Outcome {
    /// The word for it, in the database and in the measures.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::GivenUp => "given up",
            Self::Needless => "needless",
            Self::Joined => "together",
        }
    }
}

/// Enqueues letters.
///
/// # Errors
/// What the database says.
pub async fn add(
    connection: &mut Connection,
    letters: &[NewMail],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO mail (id, kind, about, letter, created_at, due_at, give_up_at, share, \
         recipient, hourly, visitor_id, source, site_id) \
         {columns id text id text int int int text id int id id id}",
    );
    if letters.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = letters.iter().map(|letter| columns(letter, now)).collect();
    connection.write(&ADD, &rows).await
}

fn columns(letter: &NewMail, now: Timestamp) -> [Bind<'_>; 13] {
    let account = letter.account;
    [
        letter.id.into(),
        letter.kind.into(),
        letter.about.into(),
        Bind::Text(&letter.letter),
        now.0.into(),
        letter.due_at.0.into(),
        letter.give_up_at.0.into(),
        Bind::OptText(account.share.map(Share::word)),
        Bind::OptId(account.recipient),
        Bind::OptInt(account.hourly.map(i64::from)),
        Bind::OptId(account.visitor.map(|id| id.0)),
        Bind::OptId(account.source),
        Bind::OptId(account.site.map(|id| id.0)),
    ]
}

/// Which of these a letter of a kind was about since an instant, each its own. Whoever calls this
/// has locked what they are.
///
/// # Errors
/// What the database says.
pub async fn was_since(
    connection: &mut Connection,
    kind: &str,
    abouts: &[(Uuid, Timestamp)],
) -> Result<Vec<Uuid>, sqlx::Error> {
    static WAS: Statement = Statement::new(
        "SELECT about, MAX(created_at) FROM mail WHERE kind = $1 AND about IN ({ids $2}) \
         GROUP BY about",
    );
    if abouts.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids(abouts.iter().map(|(about, _)| *about));
    let binds = [kind.into(), Bind::Ids(&ids)];
    let rows = connection.rows(&WAS, &binds).await?;
    let mut found = Vec::new();
    for row in &rows {
        let (about, newest): (Uuid, i64) = (row.get(0)?, row.get(1)?);
        let since = abouts.iter().find(|(of, _)| *of == about);
        if since.is_some_and(|(_, since)| newest >= since.0) {
            found.push(about);
        }
    }
    Ok(found)
}

/// How many letters wait to be sent now, at most `limit`.
///
/// # Errors
/// What the database says.
pub async fn due(
    connection: &mut Connection,
    now: Timestamp,
    limit: i64,
) -> Result<usize, sqlx::Error> {
    static DUE: Statement =
        Statement::new("SELECT id FROM mail WHERE due_at <= $1 AND give_up_at > $1 LIMIT $2");
    let rows = connection.rows(&DUE, &[now.0.into(), limit.into()]).await?;
    Ok(rows.len())
}

/// Claims the letter that has waited longest, until `until`: nobody else sends it before.
///
/// # Errors
/// What the database says.
pub async fn claim(
    connection: &mut Connection,
    claim: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Claimed>, sqlx::Error> {
    // Of two nodes that claim at once, one waits for the other and then looks again.
    static CLAIM: Statement = Statement::new(
        "UPDATE mail SET claim = $1, due_at = $3, tries = tries + 1 WHERE due_at <= $2 AND id = \
         (SELECT id FROM mail WHERE due_at <= $2 AND give_up_at > $2 ORDER BY due_at, id LIMIT 1 \
         {skip locked}) RETURNING id, letter, created_at, tries, recipient, hourly",
    );
    let binds = [claim.into(), now.0.into(), until.0.into()];
    let row = connection.row(&CLAIM, &binds).await?;
    row.map(|row| claimed(&row, claim)).transpose()
}

fn claimed(row: &Row, claim: Uuid) -> Result<Claimed, sqlx::Error> {
    let hourly = row.get::<Option<i64>>(5)?;
    let hourly = hourly.and_then(|most| u32::try_from(most).ok());
    Ok(Claimed {
        id: row.get(0)?,
        claim,
        letter: row.get(1)?,
        created_at: Timestamp(row.get(2)?),
        tries: u32::try_from(row.get::<i64>(3)?).unwrap_or(u32::MAX),
        bound: row.get::<Option<Uuid>>(4)?.zip(hourly),
    })
}

/// Notes what became of a claimed letter; what it said is forgotten. Returns whether the claim
/// still stood.
///
/// # Errors
/// What the database says.
pub async fn done(
    connection: &mut Connection,
    claimed: &Claimed,
    outcome: Outcome,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    static DONE: Statement = Statement::new(
        "UPDATE mail SET due_at = NULL, claim = NULL, letter = '', done_at = $3, outcome = $4 \
         WHERE id = $1 AND claim = $2",
    );
    // What was not sent takes nothing of any budget.
    static NEEDLESS: Statement = Statement::new(
        "UPDATE mail SET due_at = NULL, claim = NULL, letter = '', done_at = $3, outcome = $4, \
         share = NULL, recipient = NULL, hourly = NULL, visitor_id = NULL, source = NULL, \
         site_id = NULL WHERE id = $1 AND claim = $2",
    );
    let statement = match outcome {
        Outcome::Needless => &NEEDLESS,
        Outcome::Sent | Outcome::Refused | Outcome::GivenUp | Outcome::Joined => &DONE,
    };
    let binds = [
        claimed.id.into(),
        claimed.claim.into(),
        now.0.into(),
        outcome.word().into(),
    ];
    Ok(connection.execute(statement, &binds).await? > 0)
}

/// Gives a claimed letter back, to be tried again at `due`. `tried`: this time counts.
///
/// # Errors
/// What the database says.
pub async fn release(
    connection: &mut Connection,
    claimed: &Claimed,
    due: Timestamp,
    tried: bool,
) -> Result<(), sqlx::Error> {
    static RELEASE: Statement = Statement::new(
        "UPDATE mail SET due_at = $3, claim = NULL, tries = tries - $4 WHERE id = $1 AND claim = $2",
    );
    let binds = [
        claimed.id.into(),
        claimed.claim.into(),
        due.0.into(),
        i64::from(!tried).into(),
    ];
    connection.execute(&RELEASE, &binds).await.map(drop)
}

/// Gives up letters whose time has passed; says what they were about.
///
/// # Errors
/// What the database says.
pub async fn give_up(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    // What somebody is sending at this moment is left to them.
    static GIVE_UP: Statement = Statement::new(
        "UPDATE mail SET due_at = NULL, claim = NULL, letter = '', done_at = $1, outcome = $2 \
         WHERE due_at IS NOT NULL AND give_up_at <= $1 AND (claim IS NULL OR due_at <= $1) \
         RETURNING about, kind",
    );
    let binds = [now.0.into(), Outcome::GivenUp.word().into()];
    let rows = connection.rows(&GIVE_UP, &binds).await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

/// Forgets what became of letters before `before`.
///
/// # Errors
/// What the database says.
pub async fn forget(connection: &mut Connection, before: Timestamp) -> Result<(), sqlx::Error> {
    static FORGET: Statement = Statement::new("DELETE FROM mail WHERE done_at < $1");
    connection
        .execute(&FORGET, &[before.0.into()])
        .await
        .map(drop)
}

/// The letters about something in the order of their commits: the kind of each, and what became of it,
/// `waiting` if nothing yet. For tests.
///
/// # Errors
/// What the database says.
pub async fn about(
    connection: &mut Connection,
    about: Uuid,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    static ABOUT: Statement = Statement::new(
        "SELECT kind, COALESCE(outcome, 'waiting') FROM mail WHERE about = $1 ORDER BY created_at, 1, 2",
    );
    let rows = connection.rows(&ABOUT, &[about.into()]).await?;
    rows.iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

/// How many letters are due or being sent at this moment. For tests.
///
/// # Errors
/// What the database says.
pub async fn on_hand(connection: &mut Connection, now: Timestamp) -> Result<i64, sqlx::Error> {
    static ON_HAND: Statement =
        Statement::new("SELECT COUNT(*) FROM mail WHERE due_at <= $1 OR claim IS NOT NULL");
    let row = connection.row(&ON_HAND, &[now.0.into()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// What an agent has set of mails.
///
/// # Errors
/// What the database says.
pub async fn letters(connection: &mut Connection, agent: AgentId) -> Result<Letters, sqlx::Error> {
    static LETTERS: Statement =
        Statement::new("SELECT invitation, video, mail_requests FROM agent WHERE id = $1");
    let Some(row) = connection.row(&LETTERS, &[agent.0.into()]).await? else {
        return Ok(Letters::default());
    };
    Ok(Letters {
        invitation: row.get(0)?,
        video: row.get(1)?,
        requests: row.get::<i64>(2)? != 0,
    })
}

/// Who wants a mail for each request.
///
/// # Errors
/// What the database says.
pub async fn who_wants_requests(connection: &mut Connection) -> Result<Vec<AgentId>, sqlx::Error> {
    static WHO: Statement = Statement::new("SELECT id FROM agent WHERE mail_requests = 1");
    let rows = connection.rows(&WHO, &[]).await?;
    rows.iter().map(|row| Ok(AgentId(row.get(0)?))).collect()
}

/// Replaces it.
///
/// # Errors
/// What the database says.
pub async fn set_letters(
    connection: &mut Connection,
    agent: AgentId,
    letters: &Letters,
) -> Result<(), sqlx::Error> {
    static SET: Statement = Statement::new(
        "UPDATE agent SET invitation = $2, video = $3, mail_requests = $4 WHERE id = $1",
    );
    let binds = [
        agent.0.into(),
        Bind::Text(&letters.invitation),
        Bind::Text(&letters.video),
        i64::from(letters.requests).into(),
    ];
    connection.execute(&SET, &binds).await.map(drop)
}
