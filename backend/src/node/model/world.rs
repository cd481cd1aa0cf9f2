//! The product as it runs in a walk: nodes on one store, clients connected to them, one clock that
//! stands still between steps, and the reference beside it all.

mod command;
mod settle;
mod step;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use domain::{
    CommandId, ConversationId, SessionId, Timestamp,
    frame::agent::Position,
    inbox::{ListPage, Tab},
    visitor::Page,
};
use tempfile::TempDir;
use tokio::sync::{Mutex, Notify, OnceCell, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    cast::{self, Cast},
    check,
    client::{AgentClient, VisitorClient, same_message, same_note},
    reference::{Person, Place, Reference},
};
use crate::{
    Casella, Clock, Settings, SignedIn,
    directory::SharedDirectory,
    files::Files,
    live::{event::Event, hub::Hub, nodes::Delivery},
    meeting::Addresses,
    random,
    store::{self, Connection, Store, kept::Kept},
    writer::{Context, Done, Origin, Task, Writer},
};

/// Which agents and visitors the tabs belong to.
const AGENT_TABS: [Place; 9] = [0, 1, 2, 3, 4, 5, 1, 3, 5];
const VISITOR_TABS: [Place; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 0, 1];

/// How many nodes there are.
const NODES: usize = 2;

/// How long after its last connection a client counts as gone, as at a real node.
const FLAP: i64 = 5_000_000;

/// A node whose own tasks are done by hand.
pub struct Node {
    pub casella: Arc<Casella>,
    pub run: i64,
    delivery: Delivery,
    events: mpsc::UnboundedReceiver<Vec<(Position, Event)>>,
    /// When the lease was renewed.
    renewed: i64,
    /// Whether other nodes' events wait to be delivered.
    pub behind: bool,
}

/// A client whose last connection to a node closed a moment ago.
struct Leaving {
    who: Person,
    node: usize,
    run: i64,
    at: i64,
}

/// A command that was sent.
#[derive(Clone)]
struct Sent {
    client: usize,
    id: CommandId,
    what: command::What,
}

pub struct World {
    folder: TempDir,
    pub store: Store,
    pub clock: Clock,
    pub cast: Cast,
    pub reference: Reference,
    pub nodes: Vec<Option<Node>>,
    pub agents: Vec<AgentClient>,
    pub visitors: Vec<VisitorClient>,
    /// The conversations in the order of their creation.
    pub order: Vec<ConversationId>,
    /// How many of them were there when the commands of a commit were sent.
    known: usize,
    leaving: Vec<Leaving>,
    sent: Vec<Sent>,
    commands: u128,
    steps: usize,
    sessions: HashMap<SessionId, Place>,
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir_in(memory()).unwrap();
        let url = format!("sqlite:{}", folder.path().join("casella.db").display());
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Clock::standing(cast::BEGIN);
        clock.advance(Duration::from_secs(1));
        let (cast, mut reference) = cast::build(&store).await;
        reference.now = clock.now().0;
        let visitors = VISITOR_TABS.into_iter().map(|visitor| VisitorClient {
            visitor,
            site: cast.sites[reference.visitors[visitor].site],
            token: [u8::try_from(visitor).unwrap() + 1; 32],
            on: None,
            chats: Default::default(),
            has: Default::default(),
        });
        let mut world = Self {
            folder,
            visitors: visitors.collect(),
            agents: AGENT_TABS.into_iter().map(AgentClient::new).collect(),
            nodes: (0..NODES).map(|_| None).collect(),
            order: Vec::new(),
            known: 0,
            leaving: Vec::new(),
            sent: Vec::new(),
            commands: 1,
            steps: 0,
            sessions: HashMap::new(),
            store,
            clock,
            cast,
            reference,
        };
        for node in 0..NODES {
            world.start(node, false).await.unwrap();
        }
        world
    }

    async fn reader(&self) -> Result<Connection, String> {
        self.store.reader().await.map_err(|error| error.to_string())
    }

    fn node(&mut self, node: usize) -> Option<&mut Node> {
        self.nodes.get_mut(node)?.as_mut()
    }

    /// Starts a node as [`Casella::start`] does, without what would run by itself.
    async fn start(&mut self, place: usize, alone: bool) -> Result<(), String> {
        if self.nodes[place].is_some() {
            return Ok(());
        }
        let alone = alone && self.nodes.iter().all(Option::is_none);
        let now = self.clock.now();
        let failed = |error: sqlx::Error| error.to_string();
        let mut connection = self.store.writer().await.map_err(failed)?;
        let run = store::run::start(&mut connection, now, alone)
            .await
            .map_err(failed)?;
        let cursor = store::event::end(&mut connection).await.map_err(failed)?;
        drop(connection);
        self.reference.starts(run, alone);
        let directory = Arc::new(SharedDirectory::default());
        directory.refresh(&self.store).await.map_err(failed)?;
        let hub = Arc::new(Hub::new(None));
        let (events, committed) = mpsc::unbounded_channel();
        let handing_over = Arc::default();
        let addresses = Arc::new(Addresses::new(vec![7; 32]));
        let (writer, work) = Writer::new(Context {
            store: self.store.clone(),
            clock: self.clock.clone(),
            directory: Arc::clone(&directory),
            run,
            mail: false,
            handing_over: Arc::clone(&handing_over),
            addresses: Arc::clone(&addresses),
            events,
        });
        // Not on a thread of its own: what is handed over without a wait in between is one commit.
        tokio::spawn(work);
        let stop = CancellationToken::new();
        // Nothing waits for real time: who is gone is told by hand.
        stop.cancel();
        let casella = Arc::new(Casella {
            bookings: crate::bound::Buckets::new(domain::bound::Bound::AddressBookings),
            store: self.store.clone(),
            clock: self.clock.clone(),
            directory,
            hub: Arc::clone(&hub),
            writer,
            addresses,
            run,
            renewed_at: AtomicI64::new(now.0),
            push: None,
            passwords: crate::Passwords::default(),
            known_browsers: crate::KnownBrowsers::new([0; 32]),
            setup_tries: crate::setup::tries(),
            files: Files::new(self.folder.path()),
            settings: Settings {
                database_url: String::new(),
                secret_key: None,
                data_dir: self.folder.path().to_owned(),
                allow_outgoing: Vec::new(),
                mail: None,
                setup_code: None,
                contact: None,
                calendar_apps: Vec::new(),
            },
            calendars: None,
            secrets: OnceCell::new(),
            stop,
            tasks: TaskTracker::new(),
            fallen: CancellationToken::new(),
            readiness: Mutex::new(None),
            lock: Mutex::new(None),
        });
        self.nodes[place] = Some(Node {
            casella,
            run,
            delivery: Delivery {
                store: self.store.clone(),
                kept: Kept::new(self.store.clone()),
                hub,
                run,
                cursor,
                handing_over,
                bell: Arc::new(Notify::new()),
                committed: Arc::new(Notify::new()),
                push: None,
            },
            events: committed,
            renewed: now.0,
            behind: false,
        });
        Ok(())
    }

    /// Does a task at a node, and waits for it.
    async fn perform(
        &mut self,
        node: usize,
        task: Task,
    ) -> Result<Result<Done, domain::Refusal>, String> {
        let Some(node) = self.node(node) else {
            return Err("a task for a node that is down".into());
        };
        Ok(node.casella.writer.perform(Origin::Node, task).await)
    }

    /// Waits until a node has done all that was handed to it.
    async fn rest(&mut self, node: usize) -> Result<(), String> {
        let nobody = Task::VisitorPage {
            key: [0; 32],
            page: Page::default(),
            zone: None,
        };
        self.perform(node, nobody).await.map(drop)
    }

    /// Delivers a node's own events, and before them what other nodes had until then.
    async fn catch_up(&mut self, place: usize) {
        if let Some(node) = self.node(place) {
            node.delivery.catch_up(Vec::new(), &mut node.events).await;
            node.behind = false;
        }
    }

    /// What a step at a node committed is delivered there, and at most times everywhere.
    async fn deliver(&mut self, at: usize) -> Result<(), String> {
        let mut connection = self.reader().await?;
        check::stored(&mut connection, &self.cast, &self.reference).await?;
        drop(connection);
        // What came late may have been right when it was committed.
        let strict: Vec<bool> = self
            .nodes
            .iter()
            .map(|node| node.as_ref().is_some_and(|node| !node.behind))
            .collect();
        self.catch_up(at).await;
        for other in 0..NODES {
            if other != at {
                if self.steps.is_multiple_of(5) {
                    if let Some(node) = self.node(other) {
                        node.behind = true;
                    }
                } else {
                    self.catch_up(other).await;
                }
            }
        }
        let agents = &self.cast.agents;
        for client in &mut self.agents {
            let strict = client.on.as_ref().is_some_and(|line| strict[line.node]);
            client.drain(&self.reference, agents, strict)?;
        }
        for client in &mut self.visitors {
            client.drain(&self.reference, agents)?;
        }
        Ok(())
    }

    fn is_current(&self, node: usize) -> bool {
        self.nodes[node].as_ref().is_some_and(|node| !node.behind)
    }

    /// Tabs that were told to read everything anew do so.
    async fn resynchronise(&mut self) -> Result<(), String> {
        for at in 0..self.agents.len() {
            let node = self.agents[at].on.as_ref().map(|line| line.node);
            if let Some(node) = node.filter(|_| self.agents[at].lost) {
                let Some(casella) = self.node(node).map(|node| Arc::clone(&node.casella)) else {
                    continue;
                };
                self.load(at, &casella, false).await?;
            }
        }
        Ok(())
    }

    /// Reads what an inbox starts from. `whole`: also from where it goes on.
    async fn load(&mut self, at: usize, casella: &Casella, whole: bool) -> Result<(), String> {
        let failed = |error: crate::Error| error.to_string();
        let client = &mut self.agents[at];
        let Some(who) = client.session.clone() else {
            return Ok(());
        };
        client.forget();
        client.lost = false;
        let mut connection = casella
            .store
            .reader()
            .await
            .map_err(|error| error.to_string())?;
        let cursor = store::event::end(&mut connection).await;
        if whole {
            client.cursor = cursor.map_err(|error| error.to_string())?;
        }
        let agent = who.agent.id;
        let availability = casella.availability(&mut connection, agent).await;
        let offers = casella.offers(&mut connection, agent).await;
        drop(connection);
        let (availability, offers) = (availability.map_err(failed)?, offers.map_err(failed)?);
        client.availability = availability;
        client.offers = offers
            .into_iter()
            .map(|one| (one.conversation, one))
            .collect();
        for tab in [Tab::All, Tab::Unanswered, Tab::Everyone] {
            if tab == Tab::Everyone && who.agent.role == domain::agent::Role::Agent {
                continue;
            }
            let ListPage { rows, .. } = casella.list(&who, tab, None).await.map_err(failed)?;
            for row in rows {
                let id = row.id;
                if row.own && self.reference.open.contains(&id) {
                    let opened = casella.open_conversation(&who, id).await.map_err(failed)?;
                    let last = opened.messages.last().map_or(0, |message| message.seq);
                    client.has.insert(id, (1, last));
                    client.notes.insert(id, opened.notes.len());
                }
                client.rows.insert(id, row);
            }
        }
        Ok(())
    }

    /// Opens what a tab's agent has got, as the inbox does: it is told the head, and reads the
    /// text.
    async fn open_own(&mut self, at: usize) -> Result<(), String> {
        let node = self.agents[at].on.as_ref().map(|line| line.node);
        let Some(casella) = node.and_then(|node| Some(Arc::clone(&self.node(node)?.casella)))
        else {
            return Ok(());
        };
        let client = &self.agents[at];
        let Some(who) = client.session.clone() else {
            return Ok(());
        };
        let open = &self.reference.open;
        let unread = |id: &ConversationId| client.has.get(id).is_none_or(|(first, _)| *first > 1);
        let own = client.rows.values().filter(|row| row.own);
        let unread: Vec<_> = own
            .map(|row| row.id)
            .filter(|id| open.contains(id) && unread(id))
            .collect();
        for id in unread {
            let opened = casella.open_conversation(&who, id).await;
            let opened = opened.map_err(|error| error.to_string())?;
            for message in &opened.messages {
                same_message(&self.reference, &self.cast.agents, id, message)?;
            }
            for note in &opened.notes {
                same_note(&self.reference, &self.cast.agents, id, note)?;
            }
            let last = opened.messages.last().map_or(0, |message| message.seq);
            let client = &mut self.agents[at];
            let (_, told) = client.has.get(&id).copied().unwrap_or_default();
            if last > 0 {
                client.has.insert(id, (1, last.max(told)));
            }
            client.notes.insert(id, opened.notes.len());
        }
        Ok(())
    }

    /// Signs a tab's agent in.
    async fn sign_in(&mut self, at: usize) -> Result<(), String> {
        let place = self.agents[at].agent;
        if self.reference.agents[place].disabled {
            return Ok(());
        }
        let failed = |error: sqlx::Error| error.to_string();
        let id = self.cast.agents[place];
        let session = SessionId::new(self.clock.now(), random());
        let mut connection = self.store.writer().await.map_err(failed)?;
        let secret: [u8; 32] = random();
        store::session::add(
            &mut connection,
            session,
            &secret,
            id,
            "Test",
            self.clock.now(),
        )
        .await
        .map_err(failed)?;
        let agent = store::agent::by_id(&mut connection, id)
            .await
            .map_err(failed)?
            .ok_or("an agent is gone")?;
        self.sessions.insert(session, place);
        self.agents[at].session = Some(SignedIn { agent, session });
        Ok(())
    }

    /// Compares everything that can be seen.
    async fn compare(&mut self) -> Result<(), String> {
        let ended = self.reference.ended.clone();
        for client in &mut self.agents {
            client.owed.extend(&ended);
        }
        for (agent, id, notice) in std::mem::take(&mut self.reference.notices) {
            for client in self
                .agents
                .iter_mut()
                .filter(|client| client.agent == agent)
            {
                client.owed_notices.push((id, notice.clone()));
            }
        }
        if self.steps.is_multiple_of(4) {
            let mut connection = self.reader().await?;
            check::agents(&mut connection, &self.cast, &self.reference).await?;
        }
        for at in 0..self.agents.len() {
            let node = self.agents[at].on.as_ref().map(|line| line.node);
            if node.is_some_and(|node| self.is_current(node)) {
                self.open_own(at).await?;
                check::agent_client(&self.reference, &mut self.agents[at])?;
            }
        }
        for client in &self.visitors {
            let node = client.on.as_ref().map(|line| line.node);
            if node.is_some_and(|node| self.is_current(node)) {
                check::visitor_client(&self.reference, client)?;
            }
        }
        self.reference.ended.clear();
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Where a walk's database is: in memory where the system offers that, since a walk ends nothing
/// by cutting the power.
fn memory() -> std::path::PathBuf {
    let memory = std::path::PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}
