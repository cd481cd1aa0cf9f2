//! The team of agents: put into the database, connected, and watched for banners.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::frame::agent::{AgentEvent, AgentRequest, Change, Cursor};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::{Connection, PgConnection};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{CONNECT_AT_ONCE, NODES, promise::Offered};
use crate::{
    identity,
    socket::{Endpoint, Socket, Whence},
    stage::Stage,
};

type AgentSocket = Socket<AgentRequest, AgentEvent>;

/// A day, in microseconds: nobody's switch changes by itself during a run.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Puts agents of one team into the database, signed in and with the switch on, and gives their
/// sessions' cookies in the team's order. By hand: signing so many in would take minutes, all of
/// them spent on hashing passwords.
pub async fn add(stage: &Stage, count: usize, limit: usize) -> Result<Vec<String>> {
    let mut database = PgConnection::connect(&stage.settings.database_url).await?;
    let (count, limit) = (i64::try_from(count)?, i64::try_from(limit)?);
    let now = identity::now().0;
    sqlx::query(
        "INSERT INTO agent (id, name, email, role, chat_limit, available, disabled, password_hash, \
         seen_at, created_at, over, over_until, change_at) \
         SELECT gen_random_uuid(), 'Agent ' || n, 'agent' || n || '@example.com', 'agent', $2, 1, 0, '-', \
         0, $3, 1, $4, $4 FROM generate_series(1, $1) n",
    )
    .bind(count)
    .bind(limit)
    .bind(now)
    .bind(now + DAY)
    .execute(&mut database)
    .await?;
    sqlx::query("INSERT INTO team (id, name, created_at) VALUES (gen_random_uuid(), 'All', $1)")
        .bind(now)
        .execute(&mut database)
        .await?;
    // Not in the order of ids, which is that of everyone.
    sqlx::query(
        "INSERT INTO team_member (team_id, agent_id, place) \
         SELECT t.id, a.id, row_number() OVER (ORDER BY md5(a.id::text)) FROM team t, agent a",
    )
    .execute(&mut database)
    .await?;
    sqlx::query(
        "INSERT INTO session (id, token_hash, agent_id, created_at, used_at) \
         SELECT gen_random_uuid(), sha256(sha256(convert_to(id::text, 'UTF8'))), id, $1, $1 FROM agent",
    )
    .bind(now)
    .execute(&mut database)
    .await?;
    let tokens: Vec<(String,)> = sqlx::query_as(
        "SELECT encode(sha256(convert_to(agent_id::text, 'UTF8')), 'hex') FROM team_member ORDER BY place",
    )
    .fetch_all(&mut database)
    .await?;
    database.close().await?;
    let site = stage.site.as_str();
    let set = [
        "site",
        "set",
        site,
        "--team",
        "All",
        "--offer-seconds",
        "600",
    ];
    stage.settings.administer(&set, "").await?;
    Ok(tokens
        .into_iter()
        .map(|(token,)| format!("casella={token}"))
        .collect())
}

/// Agents who are connected, half to each node, and answer nothing. They leave when dropped.
pub struct Team {
    tasks: Vec<JoinHandle<Result<()>>>,
    banners: mpsc::UnboundedReceiver<Offered>,
}

impl Drop for Team {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Team {
    /// Connects all of them.
    pub async fn gather(stage: &Stage, cookies: Vec<String>) -> Result<Self> {
        let addresses = stage.addresses();
        let (tell, banners) = mpsc::unbounded_channel();
        let tasks = stream::iter(cookies.into_iter().enumerate())
            .map(async |(place, cookie)| {
                let address = addresses.get(place % NODES).context("there is no node")?;
                let socket = connect(address, cookie).await?;
                anyhow::Ok(tokio::spawn(watch(place, socket, tell.clone())))
            })
            .buffer_unordered(CONNECT_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self { tasks, banners })
    }

    /// At least `count` banners, or for none what comes within `patience`.
    pub async fn offers(&mut self, count: usize, patience: Duration) -> Result<Vec<Offered>> {
        let mut offers: Vec<Offered> = Vec::new();
        let until = Instant::now() + patience;
        loop {
            if count > 0 && offers.len() >= count {
                return Ok(offers);
            }
            let left = until.saturating_duration_since(Instant::now());
            match timeout(left, self.banners.recv()).await {
                Ok(Some(offer)) => offers.push(offer),
                Ok(None) => bail!("the agents' connections broke"),
                Err(_) if count == 0 => return Ok(offers),
                Err(_) => bail!("only {} of {count} banners came", offers.len()),
            }
        }
    }
}

async fn connect(address: &str, cookie: String) -> Result<AgentSocket> {
    let mut socket = AgentSocket::connect(&Endpoint {
        address: address.to_owned(),
        server: address.to_owned(),
        path: "/ws/agent",
        cookie: Some(cookie),
        whence: Whence::default(),
    })
    .await?;
    let cursor = Cursor::default();
    socket.send(&AgentRequest::Hello { cursor }).await?;
    loop {
        match socket.next().await? {
            AgentEvent::Welcome { availability, .. }
            | AgentEvent::Resynchronise { availability, .. } => {
                if !availability.available {
                    bail!("an agent whose switch is on is not available");
                }
                return Ok(socket);
            }
            _ => {}
        }
    }
}

async fn watch(
    place: usize,
    mut socket: AgentSocket,
    tell: mpsc::UnboundedSender<Offered>,
) -> Result<()> {
    let mut shown = Vec::new();
    loop {
        match socket.next().await? {
            AgentEvent::Changes { changes, .. } => {
                let at = Instant::now();
                for change in changes {
                    // An offer that changes is told again; the banner is there already.
                    if let Change::Offered(offer) = change
                        && !shown.contains(&offer.conversation)
                    {
                        shown.push(offer.conversation);
                        // Nobody listens any more at the end of the run.
                        let _ = tell.send(Offered {
                            place,
                            conversation: offer.conversation,
                            expires_at: offer.expires_at,
                            at,
                        });
                    }
                }
            }
            AgentEvent::Ping => socket.send(&AgentRequest::Pong).await?,
            _ => {}
        }
    }
}
