//! The writer's loop: takes what waits, commits it as one, and finds out what of it the store
//! refuses.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::Refusal;

use super::{
    BATCH, Context, Job, NotDone, Outcome, Task,
    batch::{Batch, Ground},
    pace::{Pace, Taken},
    queue::Queue,
    wants::Wants,
};
use crate::{
    live::event::Event,
    roster::Turn,
    store::{self, Connection, Store, event, fault::Fault, kept::Kept},
};

/// After how long what failed in passing is tried again.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(10),
    Duration::from_millis(100),
    Duration::from_millis(500),
];

/// The writer's task.
pub struct Work {
    context: Context,
    queue: Arc<Queue>,
    kept: Kept,
    pace: Pace,
    /// The number of the last event.
    n: i64,
    /// A commit has failed that may have taken effect all the same.
    unsure: bool,
}

/// A transaction that was begun for some tasks.
struct Begun {
    started: Instant,
    connection: Connection,
    /// If it is held.
    turn: Option<Turn>,
    wants: Wants,
}

impl Drop for Work {
    /// However it ends: nobody is to wait for a writer who is gone.
    fn drop(&mut self) {
        self.queue.end();
    }
}

impl Work {
    pub fn new(context: Context, queue: Arc<Queue>) -> Self {
        Self {
            kept: Kept::new(context.store.clone()),
            context,
            queue,
            pace: Pace::default(),
            n: 0,
            unsure: false,
        }
    }

    /// Works until nobody can send any more and what waited is done.
    pub async fn run(mut self) {
        let queue = Arc::clone(&self.queue);
        let mut jobs = Vec::with_capacity(BATCH);
        loop {
            let taken = tokio::select! {
                taken = queue.next(&mut jobs, self.pace.most()) => taken,
                () = self.kept.until_closed() => continue,
            };
            let Some(mut taken) = taken else {
                return;
            };
            let began = Instant::now();
            let outcomes = match self.attempt(&mut jobs, &mut taken).await {
                Ok(outcomes) => outcomes,
                Err(error) => {
                    // Those of one sender together: so one who sends what the store refuses is soon
                    // apart from all others.
                    jobs.sort_by_key(|job| job.origin);
                    let tasks: Vec<&Task> = jobs.iter().map(|job| &job.task).collect();
                    self.settle(&tasks, &error).await
                }
            };
            self.pace.note(jobs.len(), taken, began, Instant::now());
            for (job, outcome) in jobs.drain(..).zip(outcomes) {
                (job.reply)(outcome);
            }
        }
    }

    /// Decides and commits what waits.
    async fn attempt(
        &mut self,
        jobs: &mut Vec<Job>,
        taken: &mut Taken,
    ) -> Result<Vec<Outcome>, sqlx::Error> {
        let wants = Wants::of(jobs.iter().map(|job| &job.task));
        let mut begun = self.begin(wants).await?;
        if begun.turn.is_some() {
            // Another node may have had the turn for long: who came meanwhile need not wait again.
            let before = jobs.len();
            let more = self.queue.fill(jobs, self.pace.most());
            taken.several |= more.several;
            taken.more = more.more;
            for job in jobs.iter().skip(before) {
                begun.wants.add(&job.task);
            }
        }
        let tasks: Vec<&Task> = jobs.iter().map(|job| &job.task).collect();
        self.finish(begun, &tasks).await
    }

    /// What becomes of tasks whose common commit failed. Whatever may pass is tried again as it is;
    /// else the tasks are halved until those are found that the store refuses, which harm no other.
    async fn settle(&mut self, tasks: &[&Task], error: &sqlx::Error) -> Vec<Outcome> {
        let mut outcomes = vec![Err(NotDone::Refused(Refusal::Unavailable)); tasks.len()];
        let mut ranges = Vec::new();
        if self.may_help(error, tasks.len()) {
            tracing::warn!(%error, tasks = tasks.len(), "a commit failed; trying it again");
            ranges.push((0, tasks.len()));
        } else {
            self.take_apart(error, tasks, 0, &mut ranges, &mut outcomes);
        }
        while let Some((from, count)) = ranges.pop() {
            let Some(those) = tasks.get(from..from.saturating_add(count)) else {
                continue;
            };
            match self.persist(those).await {
                Ok(done) => {
                    for (outcome, done) in outcomes.iter_mut().skip(from).zip(done) {
                        *outcome = done;
                    }
                }
                Err(error) => self.take_apart(&error, those, from, &mut ranges, &mut outcomes),
            }
        }
        outcomes
    }

    /// Whether so many tasks may succeed when they are tried again as they are.
    fn may_help(&self, error: &sqlx::Error, tasks: usize) -> bool {
        match Fault::of(error) {
            Fault::Passing => true,
            // Another node may have been faster. With SQLite there is none.
            Fault::Taken => tasks == 1 && matches!(self.context.store, Store::Postgres(_)),
            Fault::Unfit | Fault::Broken => false,
        }
    }

    /// Halves tasks whose commit failed for good; a single one is refused.
    fn take_apart(
        &self,
        error: &sqlx::Error,
        tasks: &[&Task],
        from: usize,
        ranges: &mut Vec<(usize, usize)>,
        outcomes: &mut [Outcome],
    ) {
        let fault = Fault::of(error);
        if fault == Fault::Passing {
            tracing::error!(%error, tasks = tasks.len(), "the store does not answer");
            return;
        }
        if let [task] = tasks {
            tracing::error!(%error, task = task.kind(), "the store refused a task");
            metrics::counter!(
                "casella_store_refused_total", "task" => task.kind(), "why" => fault.name()
            )
            .increment(1);
            if let Some(outcome) = outcomes.get_mut(from) {
                *outcome = Err(NotDone::ByStore);
            }
            return;
        }
        tracing::warn!(%error, tasks = tasks.len(), "the store refused a commit; halving it");
        let half = tasks.len() / 2;
        // The first half first.
        ranges.push((from + half, tasks.len() - half));
        ranges.push((from, half));
    }

    /// Tries tasks until they are committed or trying again cannot help.
    async fn persist(&mut self, tasks: &[&Task]) -> Result<Vec<Outcome>, sqlx::Error> {
        let mut pauses = AGAIN.into_iter();
        let mut read_anew = false;
        loop {
            let attempt = async {
                let begun = self.begin(Wants::of(tasks.iter().copied())).await?;
                self.finish(begun, tasks).await
            };
            let error = match attempt.await {
                Ok(outcomes) => return Ok(outcomes),
                Err(error) => error,
            };
            match Fault::of(&error) {
                Fault::Passing => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
                Fault::Taken if !read_anew && self.may_help(&error, tasks.len()) => {
                    read_anew = true;
                }
                _ => return Err(error),
            }
        }
    }

    /// Begins a transaction, with the turn if it is wanted.
    async fn begin(&mut self, wants: Wants) -> Result<Begun, sqlx::Error> {
        let started = Instant::now();
        if self.unsure {
            self.recover().await?;
        }
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
    async fn finish(&mut self, begun: Begun, tasks: &[&Task]) -> Result<Vec<Outcome>, sqlx::Error> {
        let Begun {
            started,
            mut connection,
            turn,
            wants,
        } = begun;
        let Self {
            context,
            kept,
            n,
            unsure,
            ..
        } = self;
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
                .map(|task| batch.decide(task).map_err(NotDone::Refused))
                .collect::<Vec<Outcome>>();
            batch.offer_calendars(&mut connection).await?;
            let written = batch.write(&mut connection, *n).await?;
            Ok::<_, sqlx::Error>((outcomes, written))
        }
        .await;
        let (outcomes, (events, deeds)) = match decided {
            Ok(decided) => decided,
            Err(error) => {
                // A connection that cannot do even this is closed.
                let _ = connection.rollback().await;
                return Err(error);
            }
        };
        let handing_over = Arc::clone(&context.handing_over);
        let on_its_way = handing_over.lock().await;
        if let Err(error) = connection.commit().await {
            // Committed all the same, perhaps.
            *unsure = true;
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
    async fn recover(&mut self) -> Result<(), sqlx::Error> {
        let Self { context, n, .. } = self;
        let mut connection = context.store.writer().await?;
        let stored = event::of_run_after(&mut connection, context.run, *n).await?;
        let events: Vec<_> = stored
            .iter()
            .map(|stored| (stored.position, Event::of(stored)))
            .collect();
        if let Some((position, _)) = events.last() {
            *n = position.n;
            let _ = context.events.send(events);
        }
        self.unsure = false;
        Ok(())
    }
}
