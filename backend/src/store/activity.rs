//! What visitors did. Chats are not written down here: what began and ended is read from the
//! conversations themselves.

use domain::{
    ConversationId, Timestamp, VisitorId,
    activity::{ActivityKind, HistoryKey, MeetingFact, Rating},
    conversation::Conversation,
    text::{Label, Remark, TextError},
    visitor::ProfileField,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    conversation::{COLUMNS, columns, from_row, unreadable},
    sql::{Bind, Connection, Row, Statement, ids},
};

/// An activity as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub visitor: VisitorId,
    pub key: HistoryKey,
    pub kind: ActivityKind,
}

/// A page view that later ones of the same page may belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub visitor: VisitorId,
    pub url: String,
    pub at: Timestamp,
}

/// Adds activities. Those of chats' begin and end are left out: they are in the conversations.
///
/// # Errors
/// What the database says.
pub async fn add(connection: &mut Connection, activities: &[Stored]) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO activity (visitor_id, at, tie, page, what) {columns id int id text text}",
    );
    let told: Vec<_> = activities
        .iter()
        .filter_map(|activity| {
            let what = What::of(&activity.kind)?;
            Some((activity, serde_json::to_string(&what).unwrap_or_default()))
        })
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = told
        .iter()
        .map(|(activity, what)| {
            let page = match &activity.kind {
                ActivityKind::PageViewed { url, .. } => Some(url.as_str()),
                _ => None,
            };
            [
                Bind::Id(activity.visitor.0),
                Bind::Int(activity.key.at.0),
                Bind::Id(activity.key.tie),
                Bind::OptText(page),
                Bind::Text(what),
            ]
        })
        .collect();
    connection.write(&ADD, &rows).await
}

/// The pages that visitors viewed since an instant.
///
/// # Errors
/// What the database says.
pub async fn views(
    connection: &mut Connection,
    visitors: &[VisitorId],
    since: Timestamp,
) -> Result<Vec<View>, sqlx::Error> {
    static VIEWS: Statement = Statement::new(
        "SELECT visitor_id, page, at FROM activity \
         WHERE visitor_id IN ({ids $1}) AND at >= $2 AND page IS NOT NULL",
    );
    if visitors.is_empty() {
        return Ok(Vec::new());
    }
    let visitors = ids(visitors.iter().map(|id| id.0));
    connection
        .rows(&VIEWS, &[Bind::Ids(&visitors), since.0.into()])
        .await?
        .iter()
        .map(|row| {
            Ok(View {
                visitor: VisitorId(row.get(0)?),
                url: row.get(1)?,
                at: Timestamp(row.get(2)?),
            })
        })
        .collect()
}

/// Those of these visitors whose sites' servers vouched for them since an instant.
///
/// # Errors
/// What the database says.
pub async fn signed_since(
    connection: &mut Connection,
    visitors: &[VisitorId],
    since: Timestamp,
) -> Result<Vec<VisitorId>, sqlx::Error> {
    static SIGNED: Statement = Statement::new(
        "SELECT DISTINCT visitor_id FROM activity \
         WHERE visitor_id IN ({ids $1}) AND at > $2 AND what = $3",
    );
    if visitors.is_empty() {
        return Ok(Vec::new());
    }
    let visitors = ids(visitors.iter().map(|id| id.0));
    let what = serde_json::to_string(&What::Identified { signed: true }).unwrap_or_default();
    let binds = [Bind::Ids(&visitors), since.0.into(), Bind::Text(&what)];
    let rows = connection.rows(&SIGNED, &binds).await?;
    rows.iter().map(|row| Ok(VisitorId(row.get(0)?))).collect()
}

/// At most `limit` activities of a visitor that lie before `before` and not before `since`,
/// newest first.
///
/// # Errors
/// What the database says.
pub async fn before(
    connection: &mut Connection,
    visitor: VisitorId,
    since: Timestamp,
    before: HistoryKey,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    static BEFORE: Statement = Statement::new(
        "SELECT at, tie, what FROM activity WHERE visitor_id = $1 AND at >= $2 \
         AND (at, tie) < ($3, $4) ORDER BY at DESC, tie DESC LIMIT $5",
    );
    let binds = [
        visitor.0.into(),
        since.0.into(),
        before.at.0.into(),
        before.tie.into(),
        limit.into(),
    ];
    connection
        .rows(&BEFORE, &binds)
        .await?
        .iter()
        .map(|row| {
            let what: String = row.get(2)?;
            let what: What = serde_json::from_str(&what).map_err(|_| unreadable("activity"))?;
            Ok(Stored {
                visitor,
                key: HistoryKey {
                    at: Timestamp(row.get(0)?),
                    tie: row.get::<Uuid>(1)?,
                },
                kind: what.kind().map_err(|_| unreadable("activity"))?,
            })
        })
        .collect()
}

/// A conversation, and the name of its agent, or of who had it at the end.
pub type Chat = (Conversation, String);

macro_rules! chats {
    ($where:literal) => {
        concat!(
            "SELECT ", columns!(), ", COALESCE(a.name, '') \
             FROM conversation c LEFT JOIN agent a ON a.id = c.agent_id WHERE c.visitor_id = $1 AND ", $where
        )
    };
}

/// The chats of a visitor that an agent once accepted and that ended before `before` and not
/// before `since`, the last first.
///
/// # Errors
/// What the database says.
pub async fn ended(
    connection: &mut Connection,
    visitor: VisitorId,
    since: Timestamp,
    before: HistoryKey,
    limit: i64,
) -> Result<Vec<Chat>, sqlx::Error> {
    static ENDED: Statement = Statement::new(chats!(
        "c.state = 'ended' AND c.accepted_at IS NOT NULL AND c.state_at >= $2 \
         AND (c.state_at, c.id) < ($3, $4) ORDER BY c.state_at DESC, c.id DESC LIMIT $5"
    ));
    chats(connection, &ENDED, visitor, since, before, limit).await
}

/// The chats of a visitor that an agent once accepted and that began in the same span.
///
/// # Errors
/// What the database says.
pub async fn begun(
    connection: &mut Connection,
    visitor: VisitorId,
    since: Timestamp,
    before: HistoryKey,
    limit: i64,
) -> Result<Vec<Chat>, sqlx::Error> {
    static BEGUN: Statement = Statement::new(chats!(
        "c.accepted_at IS NOT NULL AND c.created_at >= $2 AND (c.created_at, c.id) < ($3, $4) \
         ORDER BY c.created_at DESC, c.id DESC LIMIT $5"
    ));
    chats(connection, &BEGUN, visitor, since, before, limit).await
}

async fn chats(
    connection: &mut Connection,
    statement: &'static Statement,
    visitor: VisitorId,
    since: Timestamp,
    before: HistoryKey,
    limit: i64,
) -> Result<Vec<Chat>, sqlx::Error> {
    let binds = [
        visitor.0.into(),
        since.0.into(),
        before.at.0.into(),
        before.tie.into(),
        limit.into(),
    ];
    read(&connection.rows(statement, &binds).await?)
}

/// The visitor's conversation that is not over, if there is one.
///
/// # Errors
/// What the database says.
pub async fn open(
    connection: &mut Connection,
    visitor: VisitorId,
) -> Result<Option<Chat>, sqlx::Error> {
    static OPEN: Statement = Statement::new(chats!("c.state <> 'ended'"));
    let rows = connection.rows(&OPEN, &[visitor.0.into()]).await?;
    Ok(read(&rows)?.pop())
}

fn read(rows: &[Row]) -> Result<Vec<Chat>, sqlx::Error> {
    rows.iter()
        .map(|row| Ok((from_row(row)?, row.get(COLUMNS)?)))
        .collect()
}

/// An activity as it is stored: named fields, so that later releases can add some.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum What {
    PageViewed {
        url: String,
        title: String,
    },
    FormFilled {
        fields: Vec<ProfileField>,
    },
    MessageLeft {
        conversation: ConversationId,
    },
    Identified {
        signed: bool,
    },
    Rated {
        conversation: ConversationId,
        rating: Rating,
        comment: Option<String>,
    },
    Reported {
        name: String,
    },
    MeetingScheduled(MeetingFact),
    MeetingRescheduled(MeetingFact),
    MeetingCancelled(MeetingFact),
}

impl What {
    /// None for what is read from the conversations.
    fn of(kind: &ActivityKind) -> Option<Self> {
        Some(match kind.clone() {
            ActivityKind::PageViewed { url, title } => Self::PageViewed { url, title },
            ActivityKind::FormFilled { fields } => Self::FormFilled { fields },
            ActivityKind::MessageLeft { conversation } => Self::MessageLeft { conversation },
            ActivityKind::Identified { signed } => Self::Identified { signed },
            ActivityKind::Rated {
                conversation,
                rating,
                comment,
            } => Self::Rated {
                conversation,
                rating,
                comment: comment.map(Into::into),
            },
            ActivityKind::Reported { name } => Self::Reported { name: name.into() },
            ActivityKind::MeetingScheduled(fact) => Self::MeetingScheduled(fact),
            ActivityKind::MeetingRescheduled(fact) => Self::MeetingRescheduled(fact),
            ActivityKind::MeetingCancelled(fact) => Self::MeetingCancelled(fact),
            ActivityKind::ChatStarted { .. } | ActivityKind::ChatEnded { .. } => return None,
        })
    }

    fn kind(self) -> Result<ActivityKind, TextError> {
        Ok(match self {
            Self::PageViewed { url, title } => ActivityKind::PageViewed { url, title },
            Self::FormFilled { fields } => ActivityKind::FormFilled { fields },
            Self::MessageLeft { conversation } => ActivityKind::MessageLeft { conversation },
            Self::Identified { signed } => ActivityKind::Identified { signed },
            Self::Rated {
                conversation,
                rating,
                comment,
            } => ActivityKind::Rated {
                conversation,
                rating,
                comment: comment.map(Remark::try_from).transpose()?,
            },
            Self::Reported { name } => ActivityKind::Reported {
                name: Label::try_from(name)?,
            },
            Self::MeetingScheduled(fact) => ActivityKind::MeetingScheduled(fact),
            Self::MeetingRescheduled(fact) => ActivityKind::MeetingRescheduled(fact),
            Self::MeetingCancelled(fact) => ActivityKind::MeetingCancelled(fact),
        })
    }
}
