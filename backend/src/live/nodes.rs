//! Keeping nodes in step, and handing committed events to this node's connections in order.
//!
//! With PostgreSQL, every node reads the events of all other runs. After each own commit they are
//! read once more before anything is delivered: whatever the commit built upon is visible then.
//! While they are read, no own commit is on its way: whatever others built upon is at hand as well.
//! So no connection of this node ever sees an effect before its cause.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use domain::{
    AgentId, ConversationId,
    frame::agent::{Cursor, Position},
    message::Seq,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::{Mutex, Notify, mpsc},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    event::Event,
    hub::{Hub, Signal},
};
use crate::{
    push::Push,
    store::{self, Store, kept::Kept},
};

/// How often other nodes' events are looked for, if no bell rings.
const POLL: Duration = Duration::from_secs(2);

/// How often the bell rings at most: 20 times a second.
const RING: Duration = Duration::from_millis(50);

/// How long to wait before other nodes' events are read again after an error.
const AGAIN: Duration = Duration::from_millis(200);

/// The channel of the bell.
const CHANNEL: &str = "casella";

/// The largest payload of a notification (PostgreSQL: less than 8,000 bytes).
const PAYLOAD: usize = 7_900;

/// How many events of other nodes are read at once: more than a commit ever has.
const CHUNK: i64 = 2_000;

/// Hands events to the hub, in order.
pub struct Delivery {
    pub store: Store,
    /// Reads other runs' events.
    pub kept: Kept,
    pub hub: Arc<Hub>,
    /// This run.
    pub run: i64,
    /// Where this node stands in other runs' events.
    pub cursor: Cursor,
    /// The writer holds it from before a commit until its events are handed over.
    pub handing_over: Arc<Mutex<()>>,
    /// Rung when other nodes may have committed something.
    pub bell: Arc<Notify>,
    /// Told after own commits, for the other nodes' bells.
    pub committed: Arc<Notify>,
    /// Told what this run has committed; none when opened for the command line.
    pub push: Option<Push>,
}

impl Delivery {
    /// Delivers until the writer is gone.
    pub async fn run(mut self, mut own: mpsc::UnboundedReceiver<Vec<(Position, Event)>>) {
        let shared = matches!(self.store, Store::Postgres(_));
        if !shared {
            while let Some(events) = own.recv().await {
                self.hear(&events);
                self.hub.deliver(events);
            }
            return;
        }
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let events = tokio::select! {
                events = own.recv() => match events {
                    Some(events) => {
                        self.committed.notify_one();
                        events
                    }
                    None => return,
                },
                () = self.kept.until_closed() => continue,
                () = self.bell.notified() => Vec::new(),
                _ = poll.tick() => Vec::new(),
            };
            self.catch_up(events, &mut own).await;
        }
    }

    /// Delivers what this run has committed, `events` and what waits behind them, and what other
    /// runs had until then.
    pub async fn catch_up(
        &mut self,
        mut events: Vec<(Position, Event)>,
        own: &mut mpsc::UnboundedReceiver<Vec<(Position, Event)>>,
    ) {
        let mut others = Vec::new();
        let handing_over = Arc::clone(&self.handing_over);
        loop {
            // Almost all of it while the writer may go on; it waits for the rest alone.
            let mut read = self.others(&mut others).await;
            let nothing_on_its_way = handing_over.lock().await;
            if read.is_ok() {
                read = self.others(&mut others).await;
            }
            match read {
                Ok(()) => {
                    while let Ok(more) = own.try_recv() {
                        self.committed.notify_one();
                        events.extend(more);
                    }
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot read what other nodes committed; trying again");
                }
            }
            drop(nothing_on_its_way);
            tokio::time::sleep(AGAIN).await;
        }
        self.hear(&events);
        let mut events = in_causal_order(events, others);
        self.settle_switches(&mut events).await;
        self.hub.deliver(events);
    }

    /// Which of two nodes turned an agent's switch last, their events do not say: both then tell
    /// what is stored, which is no older than either.
    async fn settle_switches(&self, events: &mut [(Position, Event)]) {
        let mut turned: Vec<(AgentId, i64)> = events
            .iter()
            .filter_map(|(position, event)| match event {
                Event::Availability { agent, .. } => Some((*agent, position.run)),
                _ => None,
            })
            .collect();
        turned.sort_unstable();
        turned.dedup();
        let twice: Vec<AgentId> = turned
            .iter()
            .zip(turned.iter().skip(1))
            .filter(|((agent, _), (next, _))| agent == next)
            .map(|((agent, _), _)| *agent)
            .collect();
        if twice.is_empty() {
            return;
        }
        let read = async {
            let mut connection = self.store.reader().await?;
            store::duty::of(&mut connection, twice).await
        };
        let duties = match read.await {
            Ok(duties) => duties,
            Err(error) => {
                tracing::warn!(%error, "which of two nodes turned a switch last cannot be read");
                return;
            }
        };
        for (_, event) in events {
            if let Event::Availability {
                agent,
                availability,
            } = event
                && let Some(duty) = duties.iter().find(|duty| duty.agent == *agent)
            {
                *availability = duty.stored();
            }
        }
    }

    fn hear(&self, events: &[(Position, Event)]) {
        if let Some(push) = &self.push {
            push.hear(events);
        }
    }

    /// Adds the new events of other runs. After an error, what was read is not read again.
    async fn others(&mut self, events: &mut Vec<(Position, Event)>) -> Result<(), sqlx::Error> {
        loop {
            let mut connection = self.kept.reader().await?;
            let stored =
                store::event::after(&mut connection, &self.cursor, Some(self.run), CHUNK).await?;
            self.kept.keep(connection);
            let last = i64::try_from(stored.len()).unwrap_or(CHUNK) < CHUNK;
            for stored in stored {
                self.cursor.advance(stored.position);
                events.push((stored.position, Event::of(&stored)));
            }
            if last {
                return Ok(());
            }
        }
    }
}

/// Puts events of any runs, each run's in order, into an order in which causes come first; clocks
/// of nodes may differ.
pub fn causes_first(events: Vec<(Position, Event)>) -> Vec<(Position, Event)> {
    in_causal_order(Vec::new(), events)
}

/// Merges events of several runs so that each run keeps its order and each conversation's
/// versions rise. Such an order exists, since every change was made upon the one before.
fn in_causal_order(
    own: Vec<(Position, Event)>,
    others: Vec<(Position, Event)>,
) -> Vec<(Position, Event)> {
    if others.is_empty() {
        return own;
    }
    let mut runs: Vec<VecDeque<(Position, Event)>> = vec![own.into()];
    for event in others {
        match runs.iter_mut().find(|run| {
            run.front()
                .is_some_and(|(first, _)| first.run == event.0.run)
        }) {
            Some(run) => run.push_back(event),
            None => runs.push(VecDeque::from([event])),
        }
    }
    // What is still to be delivered of conversations, by version.
    let mut versions = BTreeMap::new();
    for version in runs
        .iter()
        .flatten()
        .filter_map(|(_, event)| version(event))
    {
        // A long change is told by several events of one version.
        *versions.entry(version).or_insert(0_usize) += 1;
    }
    let mut ordered = Vec::new();
    loop {
        runs.retain(|run| !run.is_empty());
        if let [last] = runs.as_mut_slice() {
            ordered.extend(last.drain(..));
            return ordered;
        }
        let free = runs.iter().position(|run| {
            run.front()
                .is_some_and(|(_, head)| is_free(head, &versions))
        });
        let Some(event) = runs
            .get_mut(free.unwrap_or(0))
            .and_then(VecDeque::pop_front)
        else {
            return ordered;
        };
        if let Some(version) = version(&event.1)
            && let Some(left) = versions.get_mut(&version)
        {
            *left = left.saturating_sub(1);
            if *left == 0 {
                versions.remove(&version);
            }
        }
        ordered.push(event);
    }
}

/// The conversation that an event is of, its version, and within a version the last private note.
type Version = (ConversationId, u32, Seq);

fn version(event: &Event) -> Option<Version> {
    match event {
        Event::Conversation(changed) => {
            let head = &changed.conversation;
            Some((head.id, head.version, head.last_note))
        }
        _ => None,
    }
}

/// Whether nothing that is still to be delivered comes before `head` in its conversation.
fn is_free(head: &Event, versions: &BTreeMap<Version, usize>) -> bool {
    version(head).is_none_or(|version| versions.range((version.0, 0, 0)..version).next().is_none())
}

/// The bell between nodes: hears theirs and rings for them, on connections of its own.
pub struct Bell {
    pub run: i64,
    pub hub: Arc<Hub>,
    /// Rung when other nodes may have committed something.
    pub heard: Arc<Notify>,
    /// Told after own commits.
    pub committed: Arc<Notify>,
    pub stop: CancellationToken,
}

impl Bell {
    /// Rings and hears until the node stops.
    pub async fn work(self, server: PgConnectOptions, signals: mpsc::Receiver<Signal>) {
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .connect_lazy_with(server);
        tokio::join!(
            ring(
                pool.clone(),
                self.run,
                self.committed,
                signals,
                self.stop.clone()
            ),
            listen(pool.clone(), self.run, self.hub, self.heard, self.stop),
        );
        pool.close().await;
    }
}

/// Rings the other nodes' bells after own commits, and carries signals to them: at once, then at
/// most 20 times a second. Never inside a change's transaction, since a commit that notifies
/// takes a lock of the whole database server.
async fn ring(
    pool: PgPool,
    run: i64,
    committed: Arc<Notify>,
    mut signals: mpsc::Receiver<Signal>,
    stop: CancellationToken,
) {
    let mut last = Instant::now();
    loop {
        let mut waiting = Vec::new();
        tokio::select! {
            () = stop.cancelled() => return,
            () = committed.notified() => {}
            signal = signals.recv() => match signal {
                Some(signal) => waiting.push(signal),
                None => return,
            },
        }
        sleep_until(last + RING).await;
        last = Instant::now();
        while let Ok(signal) = signals.try_recv() {
            waiting.push(signal);
        }
        let payload = payload(run, waiting);
        let rung = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(payload)
            .execute(&pool)
            .await;
        if let Err(error) = rung {
            tracing::warn!(%error, "the other nodes' bell could not be rung; they look every 2 s");
        }
    }
}

/// The run and as many signals as fit, in hexadecimal postcard; the rest is dropped.
fn payload(run: i64, mut signals: Vec<Signal>) -> String {
    loop {
        let bytes = postcard::to_allocvec(&(run, &signals)).unwrap_or_default();
        if bytes.len() * 2 <= PAYLOAD || signals.is_empty() {
            return hex::encode(&bytes);
        }
        signals.truncate(signals.len() / 2);
    }
}

/// Hears the other nodes' bells. While the connection is away, the poll is the safety net.
async fn listen(pool: PgPool, run: i64, hub: Arc<Hub>, bell: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let heard = async {
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(CHANNEL).await?;
            // What was notified before is not repeated.
            bell.notify_one();
            loop {
                let Some(notice) = listener.try_recv().await? else {
                    bell.notify_one();
                    continue;
                };
                if let Some((from, signals)) = read_payload(notice.payload())
                    && from != run
                {
                    bell.notify_one();
                    for signal in signals {
                        hub.take_signal(&signal);
                    }
                }
            }
        };
        let lost: Result<std::convert::Infallible, sqlx::Error> = tokio::select! {
            () = stop.cancelled() => return,
            lost = heard => lost,
        };
        let Err(error) = lost;
        tracing::warn!(%error, "the bell of the other nodes is not heard; looking every 2 s");
        // Not cancelled: wait a moment before the next try.
        let _ = timeout(Duration::from_secs(1), stop.cancelled()).await;
    }
}

fn read_payload(payload: &str) -> Option<(i64, Vec<Signal>)> {
    postcard::from_bytes(&hex::decode(payload).ok()?).ok()
}
