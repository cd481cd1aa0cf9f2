//! A node on a fresh database, and people who use it.

mod agent;
mod visitor;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use backend::{
    Casella, Clock, Closed, NewAgent, Outgoing, Settings,
    bound::Source,
    random,
    store::{Store, conversation},
};
use domain::{
    AgentId, CommandId, ConversationId, Timestamp,
    agent::Role,
    conversation::Conversation,
    frame::agent::Cursor,
    message::{Body, Message},
    site::SiteSettings,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::time::timeout;

pub use agent::Agent;
pub use visitor::Visitor;

/// How long anything may take that should happen at once.
const SOON: Duration = Duration::from_secs(10);

/// A database of its own, gone with the value.
pub struct Database {
    pub url: String,
    folder: Option<TempDir>,
}

impl Database {
    /// A node's settings on it, with the key that all nodes of a story share.
    pub fn settings(&self) -> Settings {
        Settings {
            database_url: self.url.clone(),
            secret_key: Some([7; 32]),
            data_dir: self
                .folder
                .as_ref()
                .map_or_else(std::env::temp_dir, |folder| folder.path().to_owned()),
            allow_outgoing: Vec::new(),
            mail: None,
            setup_code: None,
            contact: None,
            calendar_apps: Vec::new(),
        }
    }
}

/// Which databases a story runs on: SQLite, and PostgreSQL where there is one.
pub async fn databases() -> Vec<Database> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("casella.db").display());
    let mut all = vec![Database {
        url,
        folder: Some(folder),
    }];
    all.extend(postgres().await);
    all
}

/// A fresh PostgreSQL database, where there is a server.
pub async fn postgres() -> Option<Database> {
    let server = std::env::var("CASELLA_TEST_POSTGRES_URL").ok()?;
    let name = format!(
        "store_{}",
        CommandId::new(Clock::default().now(), random()).0.simple()
    );
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(Database {
        url: format!("{base}/{name}"),
        folder: None,
    })
}

/// Runs a story on every database.
#[macro_export]
macro_rules! on_every_database {
    ($($(#[$doc:meta])* async fn $name:ident($company:ident: Company) $body:block)*) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            for database in $crate::support::databases().await {
                let $company = $crate::support::Company::start(database).await;
                $body
            }
        }
    )*};
}

/// A clock at 10:00 UTC, so that no midnight ends anything while a story runs.
fn mid_morning() -> Clock {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let clock = Clock::default();
    let ahead = (DAY / 24 * 10 - clock.now().0).rem_euclid(DAY);
    clock.advance(Duration::from_micros(u64::try_from(ahead).unwrap()));
    clock
}

/// A node with a site, and its clock.
pub struct Company {
    pub node: Arc<Casella>,
    pub clock: Clock,
    pub database: Database,
}

impl Company {
    pub async fn start(database: Database) -> Self {
        let settings = database.settings();
        Self::start_with(database, settings).await
    }

    /// With settings of one's own.
    pub async fn start_with(database: Database, settings: Settings) -> Self {
        let clock = mid_morning();
        let node = Casella::start(settings, clock.clone()).await.unwrap();
        node.add_site(
            "demo".parse().unwrap(),
            "Demo".into(),
            SiteSettings::default(),
        )
        .await
        .unwrap();
        Self {
            node,
            clock,
            database,
        }
    }

    /// Another node on the same database, or the same one again after a stop.
    pub async fn another_node(&self) -> Arc<Casella> {
        Casella::start(self.database.settings(), self.clock.clone())
            .await
            .unwrap()
    }

    /// A new agent, signed in, connected and available.
    pub async fn agent(&self, name: &str) -> Agent {
        let mut agent = self.agent_away(name).await;
        agent.switch(true).await;
        agent
    }

    /// A new agent, signed in and connected, with the switch off.
    pub async fn agent_away(&self, name: &str) -> Agent {
        self.colleague(name, Role::Agent).await
    }

    /// The same with a role.
    pub async fn colleague(&self, name: &str, role: Role) -> Agent {
        self.add(name, role).await;
        self.sign_in(&self.node, name).await
    }

    /// Signs an agent in on a node, and connects.
    pub async fn sign_in(&self, node: &Arc<Casella>, name: &str) -> Agent {
        let email = format!("{}@example.com", name.to_lowercase());
        let (_, who) = node
            .sign_in(&email, "correct horse", "Test/1.0")
            .await
            .unwrap();
        Agent::connect(node, who, Cursor::default()).await
    }

    /// A new agent.
    pub async fn add(&self, name: &str, role: Role) -> AgentId {
        let email = format!("{}@example.com", name.to_lowercase());
        let new = NewAgent {
            name: name.to_owned().try_into().unwrap(),
            email: email.clone().try_into().unwrap(),
            password: "correct horse".into(),
            role,
        };
        self.node.add_agent(new).await.unwrap().id
    }

    /// Changes the settings of the site.
    pub async fn set_site(&self, change: impl FnOnce(&mut SiteSettings)) {
        let mut site = self.node.sites().await.unwrap().remove(0);
        change(&mut site.settings);
        self.node.set_site(site).await.unwrap();
    }

    /// A team of these agents, who serve the site.
    pub async fn team(&self, members: &[&Agent]) {
        let team = self
            .node
            .add_team("Sales".to_owned().try_into().unwrap())
            .await
            .unwrap();
        let members = members.iter().map(|agent| agent.who.agent.id).collect();
        self.node.set_team_members(team.id, members).await.unwrap();
        self.set_site(|settings| settings.team = Some(team.id))
            .await;
    }

    /// An account of this domain.
    pub async fn account(&self, domain: &str, owner: &Agent) {
        let name = "Acme".to_owned().try_into().unwrap();
        let owner = owner.who.agent.id;
        self.node
            .add_account(name, domain.parse().unwrap(), owner)
            .await
            .unwrap();
    }

    /// The database beside the node.
    pub async fn store(&self) -> Store {
        Store::open(&self.database.url).await.unwrap()
    }

    /// A conversation as it is stored, also one that is for nobody to see.
    pub async fn head(&self, conversation: ConversationId) -> Conversation {
        let mut connection = self.store().await.reader().await.unwrap();
        let found = conversation::lock(&mut connection, [conversation]).await;
        found.unwrap().remove(0)
    }

    /// A new visitor, connected.
    pub async fn visitor(&self) -> Visitor {
        Visitor::connect(&self.node, random(), Vec::new()).await
    }

    pub fn id(&self) -> CommandId {
        CommandId::new(self.clock.now(), random())
    }
}

/// Where everybody is in these stories.
pub fn here() -> Source {
    IpAddr::from(Ipv4Addr::LOCALHOST).into()
}

fn new_id() -> CommandId {
    CommandId::new(Timestamp(0), random())
}

async fn soon<E>(outgoing: &mut Outgoing<E>) -> Result<E, Closed> {
    timeout(SOON, outgoing.next())
        .await
        .expect("an event comes soon")
}

/// The texts of messages.
pub fn words<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<String> {
    messages
        .into_iter()
        .filter_map(|message| match &message.body {
            Body::Text(text) => Some(text.clone()),
            Body::System(_) | Body::File(_) | Body::Calendar(_) => None,
        })
        .collect()
}
