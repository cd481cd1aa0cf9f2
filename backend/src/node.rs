//! A node: its start, what it does by itself, and its end.

mod fall;
mod lock;
#[cfg(test)]
mod model;
mod notice;
mod thread;

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use domain::{AgentId, Refusal, Timestamp, bound::Bound, frame::agent::Cursor};
use tokio::{
    sync::{Mutex, Notify, OnceCell, Semaphore, mpsc},
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use {fall::Part, thread::alone};

use crate::{
    Casella, Clock, Error, Settings, StartError,
    bound::{Buckets, Source},
    calendars,
    directory::SharedDirectory,
    files::Files,
    live::{
        hub::Hub,
        nodes::{Bell, Delivery},
    },
    meeting::Addresses,
    outgoing::Guard,
    password::Passwords,
    push::{self, Push},
    secret::Secrets,
    setup,
    sign_in::KnownBrowsers,
    store::{self, Store, kept::Kept, visitor::VisitorKey},
    writer::{Context, Origin, Task, Writer},
};

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(500);

/// How many conversations one look takes.
const DUE: i64 = 500;

/// How long after a client's last connection it counts as gone: a reload is no absence.
const FLAP: Duration = Duration::from_secs(5);

/// How often what is kept for a time only is cleared away.
const CLEARING: Duration = Duration::from_secs(60);

/// How often PostgreSQL sorts new words into its index.
const SETTLING: Duration = Duration::from_secs(1);

/// How long runs are remembered, in which a client might still be.
const RUNS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long it is known whether the node is ready, and how long finding out may take.
const READY_KEPT: Duration = Duration::from_secs(1);
const READY_LIMIT: Duration = Duration::from_secs(5);

/// How many signals to other nodes may wait.
const SIGNALS: usize = 256;

impl Casella {
    /// Opens the database and migrates it without running a node: for the command line.
    ///
    /// # Errors
    /// [`StartError`] names the setting and what was expected.
    pub async fn open(settings: Settings, clock: Clock) -> Result<Arc<Self>, StartError> {
        let store = Store::open(&settings.database_url).await?;
        store.migrate().await?;
        // The command line gives nobody an address.
        let addresses = Addresses::new(crate::random::<32>().to_vec());
        let known = KnownBrowsers::new(crate::random());
        Self::assemble(store, clock, 0, settings, (addresses, known), None, None).await
    }

    /// Opens the database, applies missing migrations, registers this run of the node, moves the
    /// deadlines if no node ran, and starts the node's tasks.
    ///
    /// # Errors
    /// [`StartError`] names the setting and what was expected.
    pub async fn start(settings: Settings, clock: Clock) -> Result<Arc<Self>, StartError> {
        let store = Store::open(&settings.database_url).await?;
        let lock = store.file().map(|file| lock::take(&file)).transpose()?;
        notice::exposed(&store);
        store.migrate().await?;
        let secrets = Secrets::open(&store, &settings).await?;
        let (push, calls) = Push::open(&secrets, &settings).await?;
        let addresses = Addresses::of(&secrets).await?;
        let known = KnownBrowsers::of(&secrets).await?;
        let mut connection = store.writer().await.map_err(StartError::Open)?;
        let run = store::run::start(&mut connection, clock.now(), lock.is_some())
            .await
            .map_err(StartError::Open)?;
        notice::sites_joined(&mut connection).await?;
        drop(connection);
        let own = Some((secrets, push.clone()));
        let signers = (addresses, known);
        let node = Self::assemble(store, clock, run, settings, signers, own, lock).await?;
        let caller = push::Worker {
            push,
            store: node.store.clone(),
            clock: node.clock.clone(),
            directory: Arc::clone(&node.directory),
            hub: Arc::clone(&node.hub),
            tasks: node.tasks.clone(),
            stop: node.stop.clone(),
        };
        node.part("push", caller.run(calls));
        if let Some(calendars) = &node.calendars {
            node.part("calendars", Arc::clone(calendars).run());
        }
        node.part("deadlines", Arc::clone(&node).watch_deadlines());
        node.part("directory", Arc::clone(&node).keep_current());
        node.part("clearing", Arc::clone(&node).clear_away());
        node.part("mail", Arc::clone(&node).send_mail());
        if matches!(node.store, Store::Postgres(_)) {
            node.part("search", Arc::clone(&node).settle_search());
        }
        node.tasks.close();
        Ok(node)
    }

    /// Begins work that lasts as long as the node.
    fn part(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(Part::new(name, &self.fallen).run(work));
    }

    async fn assemble(
        store: Store,
        clock: Clock,
        run: i64,
        settings: Settings,
        // What signs addresses, and the tokens of known browsers.
        (addresses, known_browsers): (Addresses, KnownBrowsers),
        // A node's; the command line has neither.
        own: Option<(Secrets, Push)>,
        lock: Option<File>,
    ) -> Result<Arc<Self>, StartError> {
        let (secrets, push) = own.unzip();
        let addresses = Arc::new(addresses);
        let directory = Arc::new(SharedDirectory::default());
        directory.refresh(&store).await.map_err(StartError::Open)?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let fallen = CancellationToken::new();
        let (bell, committed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let hub = match &store {
            Store::Postgres(pool) if run > 0 => {
                let (signals, waiting) = mpsc::channel(SIGNALS);
                let hub = Arc::new(Hub::new(Some(signals)));
                let work = Bell {
                    run,
                    hub: Arc::clone(&hub),
                    heard: Arc::clone(&bell),
                    committed: Arc::clone(&committed),
                    stop: stop.clone(),
                };
                let server = pool.connect_options().as_ref().clone();
                alone("bell", work.work(server, waiting), &fallen).map_err(StartError::Thread)?;
                hub
            }
            _ => Arc::new(Hub::new(None)),
        };
        let mut connection = store.reader().await.map_err(StartError::Open)?;
        let cursor = if run > 0 {
            store::event::end(&mut connection)
                .await
                .map_err(StartError::Open)?
        } else {
            Cursor::default()
        };
        drop(connection);
        let (events, committed_events) = mpsc::unbounded_channel();
        let handing_over = Arc::default();
        let delivery = Delivery {
            store: store.clone(),
            kept: Kept::new(store.clone()),
            hub: Arc::clone(&hub),
            run,
            cursor,
            handing_over: Arc::clone(&handing_over),
            bell,
            committed,
            push: push.clone(),
        };
        alone("delivery", delivery.run(committed_events), &fallen).map_err(StartError::Thread)?;
        let context = Context {
            store: store.clone(),
            clock: clock.clone(),
            directory: Arc::clone(&directory),
            addresses: Arc::clone(&addresses),
            run,
            mail: settings.mail.is_some(),
            handing_over,
            events,
        };
        let (writer, writing) = Writer::new(context);
        alone("writer", writing, &fallen).map_err(StartError::Thread)?;
        let calendars = secrets.as_ref().map(|secrets| {
            Arc::new(calendars::Worker {
                store: store.clone(),
                clock: clock.clone(),
                guard: Guard::new(&settings.allow_outgoing),
                secrets: secrets.clone(),
                writer: writer.clone(),
                apps: settings.calendar_apps.clone(),
                bell: Arc::default(),
                places: Semaphore::new(calendars::AT_ONCE),
                turns: calendars::Turns::default(),
                connects: Buckets::new(Bound::CalendarConnects),
                connecting: calendars::Turns::default(),
                tasks: tasks.clone(),
                stop: stop.clone(),
            })
        });
        Ok(Arc::new(Self {
            store,
            clock,
            directory,
            addresses,
            bookings: Buckets::new(Bound::AddressBookings),
            hub,
            writer,
            run,
            renewed_at: AtomicI64::new(0),
            push,
            calendars,
            passwords: Passwords::default(),
            known_browsers,
            setup_tries: setup::tries(),
            files: Files::new(&settings.data_dir),
            settings,
            secrets: OnceCell::new_with(secrets),
            stop,
            tasks,
            fallen,
            readiness: Mutex::new(None),
            lock: Mutex::new(lock),
        }))
    }

    /// The secrets of the database.
    ///
    /// # Errors
    /// [`Error::Internal`] if the key cannot be had.
    pub(crate) async fn secrets(&self) -> Result<&Secrets, Error> {
        let open = || Secrets::open(&self.store, &self.settings);
        let opened = self.secrets.get_or_try_init(open).await;
        opened.map_err(|error| Error::Internal(error.to_string()))
    }

    /// Ends connections with [`crate::Closed::Resume`], finishes what was taken, gives up the
    /// lease. The database is closed then.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.hub.close_all();
        self.tasks.wait().await;
        if self.run > 0 {
            let stopped = async {
                let mut connection = self.store.writer().await?;
                store::run::stop(&mut connection, self.run, self.clock.now()).await
            };
            if let Err(error) = stopped.await {
                tracing::warn!(%error, "the lease could not be given up; it runs out by itself");
            }
        }
        self.store.close().await;
        self.lock.lock().await.take();
    }

    /// Whether commands are carried out: one that does nothing goes the way of all others. Known for
    /// a second, so that asking often costs nothing.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] if not.
    pub async fn ready(&self) -> Result<(), Error> {
        // Who comes while somebody asks waits for the same answer.
        let mut known = self.readiness.lock().await;
        let fresh = known.filter(|(at, _)| self.clock.now().since(*at) < READY_KEPT);
        let is_ready = match fresh {
            Some((_, is_ready)) => is_ready,
            None => {
                let asked = self.writer.perform(Origin::Node, Task::Nothing);
                let answered = tokio::time::timeout(READY_LIMIT, asked).await;
                let is_ready = matches!(answered, Ok(Ok(_)));
                *known = Some((self.clock.now(), is_ready));
                is_ready
            }
        };
        if is_ready && !self.fallen.is_cancelled() {
            Ok(())
        } else {
            Err(Refusal::Unavailable.into())
        }
    }

    /// Ends when a part of the node has failed that nothing works without: then the process is to
    /// end, so that whoever watches over it starts it again.
    pub async fn fallen(&self) {
        self.fallen.cancelled().await;
    }

    /// How many agents' and visitors' connections this node has.
    pub fn connections(&self) -> (usize, usize) {
        self.hub.counts()
    }

    /// Notes, a moment later, that a visitor is gone, unless a new connection came meanwhile.
    pub(crate) fn visitor_left(self: &Arc<Self>, key: VisitorKey, from: Source) {
        let (node, at) = (Arc::clone(self), self.clock.now());
        self.after_flap(async move {
            let task = || Task::VisitorPresence {
                key,
                connected: false,
                at,
            };
            let origin = Origin::Address(from);
            // Among too many of that address its turn comes later.
            while !node.hub.has_visitor(&key)
                && node.writer.leave(origin, task()) == Err(Refusal::TooMany)
            {
                tokio::time::sleep(FLAP).await;
            }
        });
    }

    /// The same of an agent.
    pub(crate) fn agent_left(self: &Arc<Self>, agent: AgentId) {
        let (node, at) = (Arc::clone(self), self.clock.now());
        self.after_flap(async move {
            if !node.hub.has_agent(agent) {
                node.writer.submit(
                    Origin::Node,
                    Task::AgentPresence {
                        agent,
                        connected: false,
                        at,
                    },
                    drop,
                );
            }
        });
    }

    fn after_flap(&self, then: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        if stop.is_cancelled() {
            return;
        }
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(FLAP) => then.await,
            }
        });
    }

    /// Renews the lease and looks at deadlines, in this order: after a pause of the whole machine
    /// nobody may count as gone because this node was. For visitors who have gone, with their grace
    /// of a minute, it is enough to look after each renewal.
    async fn watch_deadlines(self: Arc<Self>) {
        self.every(TICK, async |node| {
            let renewed = node.renew().await?;
            let mut tasks = node.due().await?;
            if renewed {
                tasks.extend(node.left().await?);
            }
            for task in tasks {
                node.writer.submit(Origin::Node, task, drop);
            }
            Ok(())
        })
        .await;
    }

    /// Renews the lease when it is time, and tells whether it was.
    async fn renew(&self) -> Result<bool, sqlx::Error> {
        let now = self.clock.now();
        let last = Timestamp(self.renewed_at.load(Ordering::Relaxed));
        if now.since(last) < store::run::RENEWAL {
            return Ok(false);
        }
        let mut connection = self.store.writer().await?;
        store::run::renew(&mut connection, self.run, now).await?;
        self.renewed_at.store(now.0, Ordering::Relaxed);
        Ok(true)
    }

    /// What is due.
    async fn due(&self) -> Result<Vec<Task>, sqlx::Error> {
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let changing = store::duty::due(&mut connection, now, DUE).await?;
        let due = store::presence::due(&mut connection, now, DUE).await?;
        let changing = changing.into_iter().map(Task::Availability);
        Ok(changing.chain(due.into_iter().map(Task::Watch)).collect())
    }

    /// The requests whose visitors are gone.
    async fn left(&self) -> Result<Vec<Task>, sqlx::Error> {
        let mut connection = self.store.reader().await?;
        let left = store::presence::left(&mut connection, self.clock.now(), DUE).await?;
        Ok(left.into_iter().map(Task::Watch).collect())
    }

    /// Keeps the directory current, closes the connections of sessions that have ended, and looks
    /// for chats whose agents are gone.
    async fn keep_current(self: Arc<Self>) {
        self.every(Duration::from_secs(2), async |node| {
            for task in node.current().await? {
                // Who has signed in again meanwhile is there.
                if !matches!(task, Task::SignedOut(agent) if node.hub.has_agent(agent)) {
                    node.writer.submit(Origin::Node, task, drop);
                }
            }
            let (agents, visitors) = node.hub.counts();
            for (kind, count) in [("agent", agents), ("visitor", visitors)] {
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                metrics::gauge!("casella_connections", "kind" => kind).set(f64::from(count));
            }
            Ok(())
        })
        .await;
    }

    /// Reads the directory anew and closes the connections of sessions that have ended; says whose
    /// they were and which chats' agents are gone.
    async fn current(&self) -> Result<Vec<Task>, sqlx::Error> {
        self.directory.refresh(&self.store).await?;
        let mut tasks = Vec::new();
        let sessions = self.hub.sessions();
        let mut connection = self.store.reader().await?;
        if !sessions.is_empty() {
            let valid = store::session::valid(&mut connection, &sessions, self.clock.now()).await?;
            let gone = self
                .hub
                .close_sessions(|session| sessions.contains(&session) && !valid.contains(&session));
            tasks.extend(gone.into_iter().map(Task::SignedOut));
        }
        let now = self.clock.now();
        let forsaken = store::presence::forsaken(&mut connection, now, DUE).await?;
        tasks.extend(forsaken.into_iter().map(Task::Watch));
        Ok(tasks)
    }

    /// Keeps short what the index of PostgreSQL has not sorted in yet.
    async fn settle_search(self: Arc<Self>) {
        self.every(SETTLING, async |node| {
            store::search::settle(&mut node.store.writer().await?).await
        })
        .await;
    }

    async fn clear_away(self: Arc<Self>) {
        self.every(CLEARING, async |node| node.clear().await).await;
    }

    /// Clears away what was kept for long enough.
    async fn clear(&self) -> Result<(), sqlx::Error> {
        let now = self.clock.now();
        let mut connection = self.store.writer().await?;
        store::event::forget(&mut connection, now).await?;
        store::command::forget(&mut connection, now).await?;
        store::session::forget(&mut connection, now).await?;
        store::guess::forget(&mut connection, now).await?;
        store::run::forget(&mut connection, now - RUNS_KEPT).await?;
        drop(connection);
        self.bookings.forget_quiet();
        self.clear_mail(now).await?;
        self.clear_files(now).await
    }

    /// Does something again and again until the node stops; an error is logged and the next time
    /// tries again.
    async fn every(&self, period: Duration, work: impl AsyncFn(&Self) -> Result<(), sqlx::Error>) {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = ticks.tick() => {
                    if let Err(error) = work(self).await {
                        tracing::error!(%error, "the store did not do what the node does regularly");
                    }
                }
            }
        }
    }
}

impl Drop for Casella {
    /// A node that is let go without [`Self::stop`] leaves no thread and no connection behind.
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
