//! Browsers that take notifications while the inbox is closed.

use domain::{AgentId, ConversationId, Timestamp, settings::PushSubscription};
use sha2::{Digest, Sha256};

use super::{
    run::LEASE,
    sql::{Bind, Connection, Statement, ids},
};

/// How many browsers of one agent are kept: the ones that subscribed last.
const BROWSERS: i64 = 20;

/// The key of a subscription: a hash of the push service's address for the browser.
pub type SubscriptionId = [u8; 32];

/// The key of an address.
pub fn id(endpoint: &str) -> SubscriptionId {
    Sha256::digest(endpoint).into()
}

/// Keeps a browser's subscription. It is the agent's who signed in there last; one that changed
/// hands or keys has not worked yet.
///
/// # Errors
/// What the database says.
pub async fn put(
    connection: &mut Connection,
    agent: AgentId,
    subscription: &PushSubscription,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static PUT: Statement = Statement::new(
        "INSERT INTO push_subscription (id, agent_id, endpoint, p256dh, auth, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET agent_id = excluded.agent_id, \
         p256dh = excluded.p256dh, auth = excluded.auth, created_at = excluded.created_at, \
         worked_at = CASE WHEN push_subscription.agent_id = excluded.agent_id \
         AND push_subscription.p256dh = excluded.p256dh AND push_subscription.auth = excluded.auth \
         THEN push_subscription.worked_at END",
    );
    static SURPLUS: Statement = Statement::new(
        "DELETE FROM push_subscription WHERE agent_id = $1 AND id NOT IN (SELECT id FROM push_subscription \
         WHERE agent_id = $1 ORDER BY created_at DESC, id LIMIT $2)",
    );
    let key = id(&subscription.endpoint);
    let binds = [
        Bind::Bytes(&key),
        agent.0.into(),
        Bind::Text(&subscription.endpoint),
        Bind::Text(&subscription.p256dh),
        Bind::Text(&subscription.auth),
        now.0.into(),
    ];
    connection.execute(&PUT, &binds).await?;
    connection
        .execute(&SURPLUS, &[agent.0.into(), BROWSERS.into()])
        .await
        .map(drop)
}

/// The subscriptions of those of these agents who want offers while the inbox is closed.
///
/// # Errors
/// What the database says.
pub async fn of_agents(
    connection: &mut Connection,
    agents: &[AgentId],
) -> Result<Vec<(AgentId, PushSubscription)>, sqlx::Error> {
    static OF_AGENTS: Statement = Statement::new(
        "SELECT s.agent_id, s.endpoint, s.p256dh, s.auth FROM push_subscription s \
         JOIN agent a ON a.id = s.agent_id \
         WHERE s.agent_id IN ({ids $1}) AND a.when_closed = 1 AND a.disabled = 0",
    );
    let agents = ids(agents.iter().map(|id| id.0));
    let rows = connection.rows(&OF_AGENTS, &[Bind::Ids(&agents)]).await?;
    rows.iter()
        .map(|row| {
            let subscription = PushSubscription {
                endpoint: row.get(1)?,
                p256dh: row.get(2)?,
                auth: row.get(3)?,
            };
            Ok((AgentId(row.get(0)?), subscription))
        })
        .collect()
}

/// Whether a conversation is still held out to an agent, and whether they have a connection.
///
/// # Errors
/// What the database says.
pub async fn is_awaited(
    connection: &mut Connection,
    conversation: ConversationId,
    agent: AgentId,
    now: Timestamp,
) -> Result<Awaited, sqlx::Error> {
    static AWAITED: Statement = Statement::new(
        "SELECT (SELECT COUNT(*) FROM conversation c WHERE c.id = $1 AND \
         ((c.state = 'offered' AND c.agent_id = $2) OR c.transfer_to = $2)), \
         (SELECT COUNT(*) FROM presence p JOIN run r ON r.id = p.run WHERE p.subject = $2 AND r.heartbeat_at > $3)",
    );
    let binds = [
        conversation.0.into(),
        agent.0.into(),
        (now - LEASE).0.into(),
    ];
    let Some(row) = connection.row(&AWAITED, &binds).await? else {
        return Ok(Awaited::Gone);
    };
    Ok(match (row.get::<i64>(0)?, row.get::<i64>(1)?) {
        (0, _) => Awaited::Gone,
        (_, 0) => Awaited::Away,
        _ => Awaited::Connected,
    })
}

/// What a look at an offer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// It is no longer held out to the agent.
    Gone,
    /// The agent has it before them.
    Connected,
    /// The agent has no connection.
    Away,
}

/// Notes that the push service took one.
///
/// # Errors
/// What the database says.
pub async fn worked(
    connection: &mut Connection,
    endpoint: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static WORKED: Statement =
        Statement::new("UPDATE push_subscription SET worked_at = $2 WHERE id = $1");
    let key = id(endpoint);
    connection
        .execute(&WORKED, &[Bind::Bytes(&key), now.0.into()])
        .await
        .map(drop)
}

/// Notes that the push service refused one: the agent is not reachable by it.
///
/// # Errors
/// What the database says.
pub async fn failed(connection: &mut Connection, endpoint: &str) -> Result<(), sqlx::Error> {
    static FAILED: Statement =
        Statement::new("UPDATE push_subscription SET worked_at = NULL WHERE id = $1");
    let key = id(endpoint);
    connection
        .execute(&FAILED, &[Bind::Bytes(&key)])
        .await
        .map(drop)
}

/// Removes a subscription, whoever's it is: its push service knows it no more.
///
/// # Errors
/// What the database says.
pub async fn remove(connection: &mut Connection, endpoint: &str) -> Result<(), sqlx::Error> {
    static REMOVE: Statement = Statement::new("DELETE FROM push_subscription WHERE id = $1");
    let key = id(endpoint);
    connection
        .execute(&REMOVE, &[Bind::Bytes(&key)])
        .await
        .map(drop)
}

/// Removes an agent's subscription.
///
/// # Errors
/// What the database says.
pub async fn remove_of(
    connection: &mut Connection,
    agent: AgentId,
    endpoint: &str,
) -> Result<(), sqlx::Error> {
    static REMOVE: Statement =
        Statement::new("DELETE FROM push_subscription WHERE id = $1 AND agent_id = $2");
    let key = id(endpoint);
    connection
        .execute(&REMOVE, &[Bind::Bytes(&key), agent.0.into()])
        .await
        .map(drop)
}

/// Removes all subscriptions of an agent.
///
/// # Errors
/// What the database says.
pub async fn remove_all_of(connection: &mut Connection, agent: AgentId) -> Result<(), sqlx::Error> {
    static REMOVE: Statement = Statement::new("DELETE FROM push_subscription WHERE agent_id = $1");
    connection
        .execute(&REMOVE, &[agent.0.into()])
        .await
        .map(drop)
}
