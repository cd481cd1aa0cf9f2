//! How agents stand when something is to be offered: who is there, and how busy.

use std::time::Duration;

use domain::{
    AgentId, Timestamp,
    conversation::life::REACHABLE_GRACE,
    offer::{Candidate, Reach},
};

use super::{
    conversation::count,
    run::LEASE,
    sql::{Connection, Statement},
};

/// How long ago a browser's push service must have taken a notification to count.
pub const PUSH_WORKS: Duration = Duration::from_secs(24 * 60 * 60);

/// How an agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub agent: AgentId,
    pub disabled: bool,
    /// As last computed; not to be relied on from `change_at` on.
    pub available: bool,
    pub change_at: Option<Timestamp>,
    /// The last sign of life; of one who is connected, that of the node.
    pub seen_at: Timestamp,
    /// Connected to a live node.
    pub connected: bool,
    /// Chose to be told by push, and a browser's push service works.
    pub pushed: bool,
    pub reach: Reach,
    /// Active conversations and open offers.
    pub open: u32,
    pub limit: u32,
}

impl Standing {
    /// The agent as one who might be asked.
    pub fn candidate(&self) -> Candidate {
        Candidate {
            agent: self.agent,
            available: self.available && !self.disabled,
            reach: self.reach,
            open: self.open,
            limit: self.limit,
        }
    }
}

/// How all agents stand, also the disabled ones. Everything is counted once for all of them, since
/// a thousand agents are asked for with each request.
///
/// # Errors
/// What the database says.
pub async fn all(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<Vec<Standing>, sqlx::Error> {
    // CROSS JOIN keeps SQLite from walking through the presence of all visitors.
    static ALL: Statement = Statement::new(
        "WITH alive (id, at) AS (SELECT p.subject, MAX(r.heartbeat_at) FROM agent g \
         CROSS JOIN presence p JOIN run r ON r.id = p.run WHERE p.subject = g.id GROUP BY p.subject), \
         held (id) AS (\
         SELECT agent_id FROM conversation WHERE state = 'active' \
         UNION ALL SELECT agent_id FROM conversation WHERE state = 'offered' \
         UNION ALL SELECT transfer_to FROM conversation WHERE transfer_to IS NOT NULL), \
         busy (id, open) AS (SELECT id, COUNT(*) FROM held GROUP BY id), \
         pushed (id) AS (SELECT DISTINCT agent_id FROM push_subscription WHERE worked_at > $1) \
         SELECT a.id, a.disabled, a.available, a.change_at, a.seen_at, a.chat_limit, alive.at, \
         COALESCE(busy.open, 0), a.when_closed * (CASE WHEN pushed.id IS NULL THEN 0 ELSE 1 END) \
         FROM agent a LEFT JOIN alive ON alive.id = a.id LEFT JOIN busy ON busy.id = a.id \
         LEFT JOIN pushed ON pushed.id = a.id",
    );
    let rows = connection
        .rows(&ALL, &[(now - PUSH_WORKS).0.into()])
        .await?;
    rows.iter()
        .map(|row| {
            let heartbeat = row.get::<Option<i64>>(6)?.map(Timestamp);
            let seen_at = Timestamp(row.get(4)?);
            let seen_at = heartbeat.map_or(seen_at, |at| at.max(seen_at));
            let pushed = row.get::<i64>(8)? != 0;
            let reach = if seen_at > now - REACHABLE_GRACE {
                Reach::Connected
            } else if pushed {
                Reach::Push
            } else {
                Reach::Gone
            };
            Ok(Standing {
                agent: AgentId(row.get(0)?),
                disabled: row.get::<i64>(1)? != 0,
                available: row.get::<i64>(2)? != 0,
                change_at: row.get::<Option<i64>>(3)?.map(Timestamp),
                seen_at,
                connected: heartbeat.is_some_and(|at| at > now - LEASE),
                pushed,
                reach,
                open: count(row, 7)?,
                limit: count(row, 5)?,
            })
        })
        .collect()
}

/// Whether an agent is connected, or was until a moment ago.
///
/// # Errors
/// What the database says.
pub async fn connected(
    connection: &mut Connection,
    id: AgentId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    static CONNECTED: Statement = Statement::new(
        "SELECT a.id FROM agent a WHERE a.id = $1 AND (a.seen_at > $2 OR EXISTS (SELECT 1 FROM presence p \
         JOIN run r ON r.id = p.run WHERE p.subject = a.id AND r.heartbeat_at > $2))",
    );
    let binds = [id.0.into(), (now - LEASE).0.into()];
    Ok(connection.row(&CONNECTED, &binds).await?.is_some())
}
