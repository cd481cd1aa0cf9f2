//! Visitors.

use domain::{
    SiteId, Timestamp, VisitorId,
    text::{Email, Field, Label, TextError},
    visitor::{Attribute, Held, Page, Profile, Visitor},
};

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Row, Statement, ids},
};

/// The hash by which a visitor's browser is known on one site.
pub type VisitorKey = [u8; 32];

/// A visitor with what the product needs besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub visitor: Visitor,
    pub site: SiteId,
    pub key: VisitorKey,
    /// The fields that what is typed no longer changes.
    pub held: Held,
    /// Who the site's server vouches for: visitors of one identity and realm are one person.
    pub identity: Option<String>,
    /// Connected to any live node.
    pub connected: bool,
    /// The last sign of life of a visitor who is not connected.
    pub seen_at: Timestamp,
    /// Not stored before.
    pub new: bool,
}

macro_rules! columns {
    () => {
        "v.id, v.site_id, v.token_hash, v.name, v.job_title, v.email, v.phone, v.crm_status, v.page_url, \
         v.page_title, v.page_referrer, v.user_agent, v.language, v.seen_at, v.created_at, \
         v.blocked_at, v.held, v.zone, v.attributes, v.identity, \
         (SELECT MAX(r.heartbeat_at) FROM presence p JOIN run r ON r.id = p.run WHERE p.subject = v.id)"
    };
}

/// The visitor of a key. A statement of its own, whose plan PostgreSQL keeps: every opened chat asks.
///
/// # Errors
/// What the database says.
pub async fn of_key(
    connection: &mut Connection,
    key: &VisitorKey,
    now: Timestamp,
) -> Result<Option<Known>, sqlx::Error> {
    static OF_KEY: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM visitor v WHERE v.token_hash = $1"
    ));
    one(connection, &OF_KEY, Bind::Bytes(key), now).await
}

/// A visitor by id.
///
/// # Errors
/// What the database says.
pub async fn of_id(
    connection: &mut Connection,
    id: VisitorId,
    now: Timestamp,
) -> Result<Option<Known>, sqlx::Error> {
    static OF_ID: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM visitor v WHERE v.id = $1"
    ));
    one(connection, &OF_ID, id.0.into(), now).await
}

async fn one(
    connection: &mut Connection,
    statement: &'static Statement,
    by: Bind<'_>,
    now: Timestamp,
) -> Result<Option<Known>, sqlx::Error> {
    let row = connection.row(statement, &[by]).await?;
    row.map(|row| from_row(&row, now)).transpose()
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
    static OF_KEYS: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM visitor v WHERE v.token_hash IN ({blobs $1})"
    ));
    static FIND: Statement = Statement::new(concat!(
        "SELECT ",
        columns!(),
        " FROM visitor v WHERE v.token_hash IN ({blobs $1}) \
         UNION SELECT ",
        columns!(),
        " FROM visitor v WHERE v.id IN ({ids $2})"
    ));
    if keys.is_empty() && visitors.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = keys.iter().map(|key| key.as_slice()).collect();
    let visitors = ids(visitors.iter().map(|id| id.0));
    let rows = if visitors.is_empty() {
        connection.rows(&OF_KEYS, &[Bind::Blobs(&keys)]).await?
    } else {
        let binds = [Bind::Blobs(&keys), Bind::Ids(&visitors)];
        connection.rows(&FIND, &binds).await?
    };
    rows.iter().map(|row| from_row(row, now)).collect()
}

macro_rules! written {
    () => {
        "INSERT INTO visitor (id, site_id, token_hash, name, job_title, email, phone, crm_status, page_url, \
         page_title, page_referrer, user_agent, language, seen_at, created_at, held, zone, attributes, identity) \
         {columns id id blob text text text text text text text text text text int int int text text text}"
    };
}

/// Writes visitors, new or changed.
///
/// # Errors
/// What the database says.
pub async fn save(connection: &mut Connection, visitors: &[&Known]) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(written!());
    static SAVE: Statement = Statement::new(concat!(
        written!(),
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, job_title = excluded.job_title, \
         email = excluded.email, phone = excluded.phone, crm_status = excluded.crm_status, \
         page_url = excluded.page_url, page_title = excluded.page_title, \
         page_referrer = excluded.page_referrer, user_agent = excluded.user_agent, \
         language = excluded.language, seen_at = excluded.seen_at, held = excluded.held, \
         zone = excluded.zone, attributes = excluded.attributes, identity = excluded.identity"
    ));
    let (new, changed): (Vec<_>, Vec<_>) = visitors.iter().partition(|known| known.new);
    write(connection, &SAVE, changed).await?;
    write(connection, &ADD, new).await
}

async fn write(
    connection: &mut Connection,
    statement: &'static Statement,
    mut visitors: Vec<&Known>,
) -> Result<(), sqlx::Error> {
    if visitors.is_empty() {
        return Ok(());
    }
    visitors.sort_by_key(|known| known.visitor.id);
    let attributes: Vec<String> = visitors
        .iter()
        .map(|known| serde_json::to_string(&pairs(&known.visitor.attributes)).unwrap_or_default())
        .collect();
    let rows: Vec<_> = visitors
        .into_iter()
        .zip(&attributes)
        .map(|(known, attributes)| {
            let Visitor {
                id,
                profile,
                page,
                user_agent,
                language,
                zone,
                attributes: _,
                signed: _,
                created_at,
                // Has a statement of its own: what a page view writes must not undo it.
                blocked: _,
            } = &known.visitor;
            [
                Bind::Id(id.0),
                Bind::Id(known.site.0),
                Bind::Bytes(&known.key),
                Bind::OptText(profile.name.as_deref()),
                Bind::OptText(profile.job_title.as_deref()),
                Bind::OptText(profile.email.as_deref()),
                Bind::OptText(profile.phone.as_deref()),
                Bind::OptText(profile.crm_status.as_deref()),
                Bind::Text(&page.url),
                Bind::Text(&page.title),
                Bind::Text(&page.referrer),
                Bind::Text(user_agent),
                Bind::Text(language),
                Bind::Int(known.seen_at.0),
                Bind::Int(created_at.0),
                Bind::Int(known.held.0.into()),
                Bind::Text(zone),
                Bind::Text(attributes),
                Bind::OptText(known.identity.as_deref()),
            ]
        })
        .collect();
    connection.write(statement, &rows).await
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

/// The visitors who are the same person as this one by what their sites' servers vouch for, this
/// one first. Only sites of one realm mean the same person by the same `sub`.
///
/// # Errors
/// What the database says.
pub async fn same_person(
    connection: &mut Connection,
    visitor: VisitorId,
) -> Result<Vec<VisitorId>, sqlx::Error> {
    static SAME: Statement = Statement::new(
        "SELECT o.id FROM visitor v JOIN site s ON s.id = v.site_id \
         JOIN visitor o ON o.identity = v.identity JOIN site t ON t.id = o.site_id \
         WHERE v.id = $1 AND o.id <> $1 AND (t.id = s.id OR t.realm = s.realm) ORDER BY o.id",
    );
    let others = connection.rows(&SAME, &[visitor.0.into()]).await?;
    let mut all = vec![visitor];
    for row in &others {
        all.push(VisitorId(row.get(0)?));
    }
    Ok(all)
}

fn pairs(attributes: &[Attribute]) -> Vec<(&str, &str)> {
    attributes
        .iter()
        .map(|attribute| (&*attribute.name, &*attribute.value))
        .collect()
}

fn attributes(row: &Row, column: usize) -> Result<Vec<Attribute>, sqlx::Error> {
    let stored: String = row.get(column)?;
    let pairs: Vec<(String, String)> =
        serde_json::from_str(&stored).map_err(|_| unreadable("attribute"))?;
    pairs
        .into_iter()
        .map(|(name, value)| {
            Ok(Attribute {
                name: name.try_into()?,
                value: value.try_into()?,
            })
        })
        .collect::<Result<_, TextError>>()
        .map_err(|_| unreadable("attribute"))
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
    let heartbeat = row.get::<Option<i64>>(20)?.map(Timestamp);
    let seen_at = Timestamp(row.get(13)?);
    let identity: Option<String> = row.get(19)?;
    Ok(Known {
        visitor: Visitor {
            id: VisitorId(row.get(0)?),
            profile: Profile {
                name: text::<Field>(row, 3)?,
                job_title: text::<Field>(row, 4)?,
                email: text::<Email>(row, 5)?,
                phone: text::<Field>(row, 6)?,
                crm_status: text::<Label>(row, 7)?,
            },
            page: Page {
                url: row.get(8)?,
                title: row.get(9)?,
                referrer: row.get(10)?,
            },
            user_agent: row.get(11)?,
            language: row.get(12)?,
            zone: row.get(17)?,
            attributes: attributes(row, 18)?,
            signed: identity.is_some(),
            blocked: row.get::<Option<i64>>(15)?.is_some(),
            created_at: Timestamp(row.get(14)?),
        },
        site: SiteId(row.get(1)?),
        key: key.try_into().map_err(|_| unreadable("token"))?,
        held: Held(u8::try_from(row.get::<i64>(16)?).map_err(|_| unreadable("held"))?),
        identity,
        connected: heartbeat.is_some_and(|at| at > now - super::run::LEASE),
        seen_at: heartbeat.map_or(seen_at, |at| at.max(seen_at)),
        new: false,
    })
}
