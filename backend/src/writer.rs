//! Group commit: one writer a node takes what waits at a moment, decides it together, commits
//! once, and only then answers.
//!
//! [`batch`] reads the rows concerned, [`commit`] writes what became of them; [`visitor`],
//! [`activity`], [`agent`], [`offer`], [`meeting`], [`availability`] and [`watch`] decide, each in
//! memory and by the rules of `domain`. A refused task leaves nothing behind. If the store refuses a batch, each task is tried alone, so that one bad task harms no
//! other.

mod activity;
mod agent;
mod availability;
mod batch;
mod commit;
mod file;
mod mail;
mod meeting;
mod offer;
mod visitor;
mod wants;
mod watch;
mod working;

use std::{sync::Arc, time::Instant};

use domain::{
    AgentId, CardId, CommandId, ConversationId, Refusal, SiteId, Timestamp,
    frame::{
        agent::{self as agent_frame, AgentCommand, Position},
        visitor::{self as visitor_frame, VisitorCommand},
    },
    message::Seq,
    permission::Viewer,
    visitor::Page,
};
use tokio::sync::{Mutex, mpsc};

use crate::{
    Clock,
    directory::SharedDirectory,
    identity::Vouched,
    live::event::Event,
    meeting::Addresses,
    roster::Turn,
    store::{self, Connection, Store, event, kept::Kept, visitor::VisitorKey},
};
use batch::{Batch, Ground};
use wants::Wants;

pub use mail::Standing;
pub use meeting::{By, Deed};

/// How many tasks one commit takes at most. When many ask for a chat at once, what a commit costs
/// anyway (the reading of a thousand agents, one sync) is shared by more.
const BATCH: usize = 512;

/// How many tasks may wait for the writer; senders wait beyond that.
const QUEUE: usize = 4_096;

/// How often a task that the store refused is tried again alone.
const TRIES: u32 = 4;

/// What the writer can be asked to do.
#[derive(Clone, Debug)]
pub enum Task {
    Visitor {
        who: VisitorSelf,
        id: CommandId,
        command: VisitorCommand,
    },
    Agent {
        who: Viewer,
        id: CommandId,
        command: AgentCommand,
    },
    VisitorRead {
        key: VisitorKey,
        conversation: ConversationId,
        up_to: Seq,
    },
    AgentRead {
        who: Viewer,
        conversation: ConversationId,
        up_to: Seq,
    },
    VisitorPage {
        key: VisitorKey,
        page: Page,
        /// With the first frame of a connection: the browser's time zone. A connection that comes
        /// back to the same page is no view of it.
        zone: Option<Arc<str>>,
    },
    /// A visitor is connected for whom the site's server vouches.
    Vouched {
        key: VisitorKey,
        vouched: Arc<Vouched>,
    },
    /// A visitor's first connection to this node came, or the last went at `at`.
    VisitorPresence {
        key: VisitorKey,
        connected: bool,
        at: Timestamp,
    },
    /// The same of an agent.
    AgentPresence {
        agent: AgentId,
        connected: bool,
        at: Timestamp,
    },
    /// The agent's sessions with connections to this node have ended.
    SignedOut(AgentId),
    /// The agent's schedule was replaced, or what it says changes by now.
    Availability(AgentId),
    /// An agent's calendar elsewhere cannot be reached, or can again: told to the agent's tabs.
    CalendarTrouble { agent: AgentId, trouble: bool },
    /// A deadline of the conversation may have passed.
    Watch(ConversationId),
    /// Something is to become of a meeting, by a link or an agent. Answered as the visitor's
    /// commands are.
    Meeting { by: By, id: CommandId, deed: Deed },
    /// Nobody is to book by a card any more.
    WithdrawCard { who: Viewer, card: CardId },
}

/// What a visitor's connection knows of its visitor.
#[derive(Clone, Debug)]
pub struct VisitorSelf {
    pub key: VisitorKey,
    pub site: SiteId,
    pub language: &'static str,
    pub user_agent: Arc<str>,
    /// The browser's time zone; empty if unknown.
    pub zone: Arc<str>,
    pub page: Page,
    /// For whom the site's server vouches.
    pub vouched: Option<Arc<Vouched>>,
}

/// What a task led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    Visitor(visitor_frame::Answer),
    Agent(agent_frame::Answer),
    /// A task without an answer.
    Silently,
}

/// Called once with the outcome, after the commit. Must not block.
pub type Reply = Box<dyn FnOnce(Result<Done, Refusal>) + Send>;

struct Job {
    task: Task,
    reply: Reply,
}

/// A transaction that was begun for some tasks.
struct Begun {
    started: Instant,
    connection: Connection,
    /// If it is held.
    turn: Option<Turn>,
    wants: Wants,
}

/// The way to the writer.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

/// What the writer works with.
pub struct Context {
    pub store: Store,
    pub clock: Clock,
    pub directory: Arc<SharedDirectory>,
    /// Makes the addresses of cards and meetings.
    pub addresses: Arc<Addresses>,
    /// The number of this run of the node.
    pub run: i64,
    /// Whether this Casella can send mail: else no letters are enqueued.
    pub mail: bool,
    /// Held from before a commit until its events are handed over, so that who reads other nodes'
    /// events has those that they were built upon.
    pub handing_over: Arc<Mutex<()>>,
    /// Where committed events go, in order.
    pub events: mpsc::UnboundedSender<Vec<(Position, Event)>>,
}

impl Writer {
    /// The way to a writer, and the writer's work, which ends when all handles are gone and what
    /// waited is done.
    pub fn new(context: Context) -> (Self, impl Future<Output = ()> + Send) {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let work = Work {
            kept: Kept::new(context.store.clone()),
            context,
            n: 0,
        };
        (Self { jobs }, work.run(waiting))
    }

    /// Hands over a task, in order, without waiting. When the queue is full, it is refused with
    /// [`Refusal::TooMany`] at once.
    pub fn submit(&self, task: Task, reply: impl FnOnce(Result<Done, Refusal>) + Send + 'static) {
        if let Err(error) = self.jobs.try_send(Job {
            task,
            reply: Box::new(reply),
        }) {
            let refusal = match &error {
                mpsc::error::TrySendError::Full(_) => Refusal::TooMany,
                mpsc::error::TrySendError::Closed(_) => Refusal::Unavailable,
            };
            (error.into_inner().reply)(Err(refusal));
        }
    }

    /// Does a task and waits for its outcome.
    ///
    /// # Errors
    /// Why it was refused.
    pub async fn perform(&self, task: Task) -> Result<Done, Refusal> {
        let (tell, outcome) = tokio::sync::oneshot::channel();
        let reply = move |result| {
            // Nobody listens any more if the caller was cancelled.
            let _ = tell.send(result);
        };
        let job = Job {
            task,
            reply: Box::new(reply),
        };
        self.jobs
            .send(job)
            .await
            .map_err(|_| Refusal::Unavailable)?;
        outcome.await.map_err(|_| Refusal::Unavailable)?
    }
}

/// The writer's task.
struct Work {
    context: Context,
    kept: Kept,
    /// The number of the last event.
    n: i64,
}

impl Work {
    async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH);
        loop {
            let count = tokio::select! {
                count = waiting.recv_many(&mut jobs, BATCH) => count,
                () = self.kept.until_closed() => continue,
            };
            if count == 0 {
                return;
            }
            let outcomes = match self.attempt(&mut jobs, &mut waiting).await {
                Ok(outcomes) => outcomes,
                Err(error) => {
                    tracing::warn!(%error, tasks = jobs.len(), "a commit failed; trying its tasks one by one");
                    let tasks: Vec<&Task> = jobs.iter().map(|job| &job.task).collect();
                    self.one_by_one(&tasks).await
                }
            };
            for (job, outcome) in jobs.drain(..).zip(outcomes) {
                (job.reply)(outcome);
            }
        }
    }

    /// Decides and commits what waits.
    async fn attempt(
        &mut self,
        jobs: &mut Vec<Job>,
        waiting: &mut mpsc::Receiver<Job>,
    ) -> Result<Vec<Result<Done, Refusal>>, sqlx::Error> {
        let wants = Wants::of(jobs.iter().map(|job| &job.task));
        let mut begun = self.begin(wants).await?;
        if begun.turn.is_some() {
            // Another node may have had the turn for long: who came meanwhile need not wait again.
            let before = jobs.len();
            while jobs.len() < BATCH
                && let Ok(job) = waiting.try_recv()
            {
                jobs.push(job);
            }
            for job in jobs.iter().skip(before) {
                begun.wants.add(&job.task);
            }
        }
        let tasks: Vec<&Task> = jobs.iter().map(|job| &job.task).collect();
        self.finish(begun, &tasks).await
    }

    async fn one_by_one(&mut self, tasks: &[&Task]) -> Vec<Result<Done, Refusal>> {
        let mut outcomes = Vec::with_capacity(tasks.len());
        for task in tasks {
            let mut outcome = Err(Refusal::Unavailable);
            for try_number in 1..=TRIES {
                self.recover().await;
                let attempt = async {
                    let begun = self.begin(Wants::of([*task])).await?;
                    self.finish(begun, &[task]).await
                };
                match attempt.await {
                    Ok(mut done) => {
                        outcome = done.pop().unwrap_or(Err(Refusal::Unavailable));
                        break;
                    }
                    Err(error) => tracing::error!(%error, try_number, "the store refused a task"),
                }
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    /// Begins a transaction, with the turn if it is wanted.
    async fn begin(&mut self, wants: Wants) -> Result<Begun, sqlx::Error> {
        let started = Instant::now();
        let mut connection = self.kept.begin().await?;
        let turn = if wants.pool {
            Some(Turn::take(&mut connection, &self.context.clock).await?)
        } else {
            None
        };
        Ok(Begun {
            started,
            connection,
            turn,
            wants,
        })
    }

    /// Decides and commits a batch. On an error nothing is acknowledged, and nothing was committed
    /// unless the error was that of the commit itself: then repeating is harmless by the tasks' ids.
    async fn finish(
        &mut self,
        begun: Begun,
        tasks: &[&Task],
    ) -> Result<Vec<Result<Done, Refusal>>, sqlx::Error> {
        let Begun {
            started,
            mut connection,
            turn,
            wants,
        } = begun;
        let Self { context, kept, n } = self;
        let directory = context.directory.get();
        // Not before the turn: instants rise from commit to commit, whichever node makes them.
        let now = context.clock.now();
        let ground = Ground {
            directory: &directory,
            addresses: &context.addresses,
            run: context.run,
            now,
        };
        let decided = async {
            let mut batch = Batch::read(&mut connection, ground, turn, wants, tasks).await?;
            batch.post.on = context.mail;
            let outcomes = tasks
                .iter()
                .map(|task| batch.decide(task))
                .collect::<Vec<_>>();
            batch.offer_calendars(&mut connection).await?;
            let written = batch.write(&mut connection, *n).await?;
            Ok::<_, sqlx::Error>((outcomes, written))
        }
        .await;
        let (outcomes, (events, deeds)) = match decided {
            Ok(decided) => decided,
            Err(error) => {
                connection.rollback().await?;
                return Err(error);
            }
        };
        let handing_over = Arc::clone(&context.handing_over);
        let on_its_way = handing_over.lock().await;
        if let Err(error) = connection.commit().await {
            // Committed all the same, perhaps.
            self.recover().await;
            return Err(error);
        }
        kept.keep(connection);
        metrics::histogram!("casella_commit_seconds").record(started.elapsed().as_secs_f64());
        metrics::counter!("casella_commands_total")
            .increment(u64::try_from(tasks.len()).unwrap_or(u64::MAX));
        for deed in deeds {
            let store::audit::Deed {
                agent,
                action,
                subject,
                ..
            } = deed;
            tracing::info!(%agent, action, %subject, "an agent used the power of a role");
        }
        *n = events.last().map_or(*n, |(position, _)| position.n);
        if !events.is_empty() {
            // The receiver goes only when the node stops.
            let _ = context.events.send(events);
        }
        drop(on_its_way);
        Ok(outcomes)
    }

    /// After a commit of unknown outcome: hands out events that were committed after all.
    async fn recover(&mut self) {
        let Self { context, n, .. } = self;
        let stored = async {
            let mut connection = context.store.writer().await?;
            event::of_run_after(&mut connection, context.run, *n).await
        };
        match stored.await {
            Ok(stored) => {
                let events: Vec<_> = stored
                    .into_iter()
                    .filter_map(|stored| {
                        Some((stored.position, postcard::from_bytes(&stored.payload).ok()?))
                    })
                    .collect();
                if let Some((position, _)) = events.last() {
                    *n = position.n;
                    let _ = context.events.send(events);
                }
            }
            Err(error) => tracing::error!(%error, "the store does not answer"),
        }
    }
}
