//! Visitors.

use domain::{
    SiteId, Timestamp, VisitorId,
    text::{Email, Field, TextError},
    visitor::{Page, Profile, Visitor},
};
use serde_json::json;

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Row, Statement, blobs, ids},
};

/// The hash by which a visitor's browser is known on one site.
pub type VisitorKey = [u8; 32];

/// A visitor with what the product needs besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub visitor: Visitor,
    pub site: SiteId,
    pub key: VisitorKey,
    /// Connected to any live node.
    pub connected: bool,
    /// The last sign of life of a visitor who is not connected.
    pub seen_at: Timestamp,
}

macro_rules! columns {
    () => {
        "v.id, v.site_id, v.token_hash, v.name, v.job_title, v.email, v.phone, v.crm_status, v.page_url, \
         v.page_title, v.page_referrer, v.user_agent, v.language, v.seen_at, v.created_at, \
         v.blocked_at, (SELECT MAX(r.heartbeat_at) FROM presence p JOIN run r ON r.id = p.run WHERE p.subject = v.id)"
    };
}

/// The visitors of these keys, and those of these ids.
///
/// # Errors
/// What the database says.
pub async fn find(
    connection: &mut Connection,
    keys: &[VisitorKey],
    visitors: &[VisitorId],
    now: Timestamp,
) -> Result<Vec<Known>, sqlx::Error> {
    static FIND: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM visitor v WHERE v.token_hash IN ({blobs $1}) \
         UNION SELECT ",
        columns!(),
        " FROM visitor v WHERE v.id IN ({ids $2})"
    ));
    let keys = blobs(keys.iter().map(|key| key.as_slice()));
    let visitors = ids(visitors.iter().map(|id| id.0));
    let binds = [Bind::Text(&keys), Bind::Text(&visitors)];
    connection
        .rows(&FIND, &binds)
        .await?
        .iter()
        .map(|row| from_row(row, now))
        .collect()
}

/// Writes visitors, new or changed.
///
/// # Errors
/// What the database says.
pub async fn save(connection: &mut Connection, visitors: &[&Known]) -> Result<(), sqlx::Error> {
    static SAVE: Statement = Statement::new(
        "INSERT INTO visitor (id, site_id, token_hash, name, job_title, email, phone, crm_status, page_url, \
         page_title, page_referrer, user_agent, language, seen_at, created_at) \
         {rows $1 id id blob text text text text text text text text text text int int} \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, job_title = excluded.job_title, \
         email = excluded.email, phone = excluded.phone, crm_status = excluded.crm_status, \
         page_url = excluded.page_url, page_title = excluded.page_title, \
         page_referrer = excluded.page_referrer, user_agent = excluded.user_agent, \
         language = excluded.language, seen_at = excluded.seen_at",
    );
    if visitors.is_empty() {
        return Ok(());
    }
    let mut sorted: Vec<_> = visitors.to_vec();
    sorted.sort_by_key(|known| known.visitor.id);
    let rows: Vec<_> = sorted
        .into_iter()
        .map(|known| {
            let Visitor {
                id,
                profile,
                page,
                user_agent,
                language,
                created_at,
                // Has a statement of its own: what a page view writes must not undo it.
                blocked: _,
            } = &known.visitor;
            json!([
                id.0.simple().to_string(),
                known.site.0.simple().to_string(),
                hex::encode(known.key),
                profile.name.as_deref(),
                profile.job_title.as_deref(),
                profile.email.as_deref(),
                profile.phone.as_deref(),
                profile.crm_status.as_deref(),
                page.url,
                page.title,
                page.referrer,
                user_agent,
                language,
                known.seen_at.0,
                created_at.0,
            ])
        })
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    connection
        .execute(&SAVE, &[Bind::Text(&rows)])
        .await
        .map(drop)
}

/// Refuses a visitor from now on, or no longer.
///
/// # Errors
/// What the database says.
pub async fn set_blocked(
    connection: &mut Connection,
    visitor: VisitorId,
    since: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    static BLOCK: Statement =
        Statement::new("UPDATE visitor SET blocked_at = COALESCE(blocked_at, $2) WHERE id = $1");
    static UNBLOCK: Statement =
        Statement::new("UPDATE visitor SET blocked_at = NULL WHERE id = $1");
    match since {
        Some(since) => {
            connection
                .execute(&BLOCK, &[visitor.0.into(), since.0.into()])
                .await
        }
        None => connection.execute(&UNBLOCK, &[visitor.0.into()]).await,
    }
    .map(drop)
}

fn text<T: TryFrom<String, Error = TextError>>(
    row: &Row,
    column: usize,
) -> Result<Option<T>, sqlx::Error> {
    let value: Option<String> = row.get(column)?;
    value
        .map(T::try_from)
        .transpose()
        .map_err(|_| unreadable("text"))
}

fn from_row(row: &Row, now: Timestamp) -> Result<Known, sqlx::Error> {
    let key: Vec<u8> = row.get(2)?;
    let heartbeat = row.get::<Option<i64>>(16)?.map(Timestamp);
    let seen_at = Timestamp(row.get(13)?);
    Ok(Known {
        visitor: Visitor {
            id: VisitorId(row.get(0)?),
            profile: Profile {
                name: text::<Field>(row, 3)?,
                job_title: text::<Field>(row, 4)?,
                email: text::<Email>(row, 5)?,
                phone: text::<Field>(row, 6)?,
                crm_status: text::<Field>(row, 7)?,
            },
            page: Page {
                url: row.get(8)?,
                title: row.get(9)?,
                referrer: row.get(10)?,
            },
            user_agent: row.get(11)?,
            language: row.get(12)?,
            blocked: row.get::<Option<i64>>(15)?.is_some(),
            created_at: Timestamp(row.get(14)?),
        },
        site: SiteId(row.get(1)?),
        key: key.try_into().map_err(|_| unreadable("token"))?,
        connected: heartbeat.is_some_and(|at| at > now - super::run::LEASE),
        seen_at: heartbeat.map_or(seen_at, |at| at.max(seen_at)),
    })
}
