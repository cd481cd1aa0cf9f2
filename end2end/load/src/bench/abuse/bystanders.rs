//! Ordinary people beside an abuse: visitors who chat, and visitors who come.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use domain::{
    CommandId,
    frame::visitor::{VisitorCommand, VisitorEvent, VisitorRequest},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{Target, raw};
use crate::{
    bench::{
        chats::{self, ActiveChat, Agents},
        percentile,
    },
    identity,
    socket::Whence,
};

/// How many of them chat.
pub const CHATS: u8 = 20;

/// The mean pause between two messages of one of them.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a new visitor comes.
const NEWCOMER: Duration = Duration::from_secs(1);

/// How long anything of theirs may take before they count as cut off.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of them.
#[derive(Default)]
struct Seen {
    /// Messages that no agent has yet, with the moment they were sent at.
    waiting: Mutex<HashMap<CommandId, Instant>>,
    /// How long messages took to an agent, in milliseconds.
    took: Mutex<Vec<f64>>,
    refused: AtomicU32,
    cut_off: AtomicU32,
    came: AtomicU32,
    /// The first thing that went wrong, in words.
    why: Mutex<Option<String>>,
}

impl Seen {
    fn note(&self, counter: &AtomicU32, why: impl FnOnce() -> String) {
        counter.fetch_add(1, Ordering::Relaxed);
        let mut first = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(why);
    }
}

/// What the bystanders met.
pub struct Report {
    pub p50: f64,
    pub p95: f64,
    pub messages: usize,
    /// Refused, cut off, or kept waiting for longer than ten seconds.
    pub harmed: u32,
    pub came: u32,
    pub why: Option<String>,
}

/// Ordinary people; they leave when this is dropped.
pub struct Bystanders {
    seen: Arc<Seen>,
    tasks: JoinSet<()>,
}

impl Bystanders {
    /// Opens their chats, each from an address of its own.
    ///
    /// # Errors
    /// If a chat does not become active.
    pub async fn gather(target: &Target, agents: Agents) -> Result<Self> {
        let seen = Arc::new(Seen::default());
        let mut tasks = JoinSet::new();
        for n in 1..=CHATS {
            let whence = Whence::at(Ipv4Addr::new(127, 0, 1, n));
            let chat = chats::open_one(&target.address, &target.site, whence)
                .await
                .context("an ordinary chat could not be opened")?;
            tasks.spawn(talk(target.clone(), chat, whence, Arc::clone(&seen)));
        }
        tasks.spawn(arrivals(agents, Arc::clone(&seen)));
        tasks.spawn(newcomers(target.clone(), Arc::clone(&seen)));
        Ok(Self { seen, tasks })
    }

    /// Forgets what was measured before: now it counts.
    pub fn begin(&self) {
        let lock = |took: &Mutex<Vec<f64>>| {
            took.lock().unwrap_or_else(PoisonError::into_inner).clear();
        };
        lock(&self.seen.took);
    }

    /// What they met until now; waits for messages that are on their way.
    pub async fn report(mut self) -> Report {
        let deadline = Instant::now() + PATIENCE;
        let waiting = |before: Instant| {
            let waiting = self.seen.waiting.lock();
            let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            waiting.values().filter(|sent| **sent < before).count()
        };
        let end = Instant::now();
        while waiting(end) > 0 && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
        let lost = waiting(end);
        self.tasks.shutdown().await;
        let seen = &self.seen;
        let took = seen.took.lock().unwrap_or_else(PoisonError::into_inner);
        let mut took = took.clone();
        let harmed = seen.refused.load(Ordering::Relaxed) + seen.cut_off.load(Ordering::Relaxed);
        let why = seen.why.lock().unwrap_or_else(PoisonError::into_inner);
        Report {
            p50: percentile(&mut took, 50),
            p95: percentile(&mut took, 95),
            messages: took.len(),
            harmed: harmed + u32::try_from(lost).unwrap_or(u32::MAX),
            came: seen.came.load(Ordering::Relaxed),
            why: why
                .clone()
                .or_else(|| (lost > 0).then(|| format!("{lost} messages did not arrive"))),
        }
    }
}

async fn arrivals(mut agents: Agents, seen: Arc<Seen>) {
    while let Some((id, at)) = agents.arrivals.recv().await {
        let mut waiting = seen.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sent) = waiting.remove(&id) {
            let mut took = seen.took.lock().unwrap_or_else(PoisonError::into_inner);
            took.push(at.duration_since(sent).as_secs_f64() * 1_000.0);
        }
    }
}

async fn talk(target: Target, mut chat: ActiveChat, whence: Whence, seen: Arc<Seen>) {
    let mut random = fastrand::Rng::new();
    loop {
        if let Err(error) = talk_on(&mut chat, &mut random, &seen).await {
            seen.note(&seen.cut_off, || format!("a chat was cut off: {error:#}"));
        }
        // As the chat in the browser does: it comes back with the same secret.
        loop {
            let again = chats::connect_as(&target.address, &target.site, chat.token, whence);
            match timeout(PATIENCE, again).await {
                Ok(Ok(socket)) => {
                    chat.socket = socket;
                    break;
                }
                Ok(Err(_)) | Err(_) => sleep(Duration::from_millis(200)).await,
            }
        }
    }
}

async fn talk_on(chat: &mut ActiveChat, random: &mut fastrand::Rng, seen: &Seen) -> Result<()> {
    let mut write_at = Instant::now() + PAUSE.mul_f64(random.f64());
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(write_at) => {
                write_at = Instant::now() + PAUSE.mul_f64(0.5 + random.f64());
                let id = identity::command(random);
                let command = VisitorCommand::Message {
                    conversation: chat.conversation,
                    text: "An ordinary question on an ordinary day".to_owned(),
                };
                seen.waiting
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(id, Instant::now());
                chat.socket.send(&VisitorRequest::Command { id, command }).await?;
            }
            event = chat.socket.next() => match event? {
                VisitorEvent::Answer { id, result: Err(refusal) } => {
                    seen.waiting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .remove(&id);
                    seen.note(&seen.refused, || format!("a message was refused: {refusal}"));
                }
                VisitorEvent::Refused(refusal) => {
                    seen.note(&seen.refused, || format!("a frame was refused: {refusal}"));
                }
                VisitorEvent::Ping => chat.socket.send(&VisitorRequest::Pong).await?,
                _ => {}
            },
        }
    }
}

/// New visitors load the chat's script and open the chat, each from an address of its own.
async fn newcomers(target: Target, seen: Arc<Seen>) {
    let mut random = fastrand::Rng::new();
    for n in 0_u16.. {
        let [high, low] = n.to_be_bytes();
        let whence = Whence::at(Ipv4Addr::new(127, 2, high, low.max(1)));
        let coming = async {
            let script = format!("/w/{}.js", target.site);
            let status = raw::get(&target.address, whence, &script).await?;
            anyhow::ensure!(
                status == 200,
                "the chat's script was answered with {status}"
            );
            let token = identity::token(&mut random);
            chats::connect_as(&target.address, &target.site, token, whence).await
        };
        match timeout(PATIENCE, coming).await {
            Ok(Ok(_)) => {
                seen.came.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Err(error)) => {
                seen.note(&seen.refused, || format!("a new visitor: {error:#}"));
            }
            Err(_) => seen.note(&seen.cut_off, || "a new visitor waited for 10 s".to_owned()),
        }
        sleep(NEWCOMER).await;
    }
}
