//! A running Casella with a fresh database.

use std::{path::Path, sync::Arc, time::Duration};

use backend::{Casella, Clock, NewAgent};
use domain::{
    agent::Role,
    site::{Origin, SiteKey, SiteSettings},
    text::{Email, Field},
};
use reqwest::redirect::Policy;
use server::{
    config::{Config, Flags, Settings, Times},
    serve::{self, Running},
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

/// The password of all agents.
pub const PASSWORD: &str = "correct horse";

/// The site that carries the chat, and the origin of its pages.
pub const SITE: &str = "shop";
pub const SITE_ORIGIN: &str = "https://shop.example";

/// Whatever should happen soon has not happened after this.
pub const SOON: Duration = Duration::from_secs(20);

/// Makes a test on each database from a story.
macro_rules! stories {
    ($($(#[$doc:meta])* async fn $name:ident($app:ident: TestApp) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every story needs all")]
            use super::*;

            #[allow(unused_mut, reason = "not every story restarts")]
            async fn story(mut $app: crate::app::TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                story(crate::app::TestApp::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(app) = crate::app::TestApp::on_postgres().await {
                    story(app).await;
                }
            }
        }
    )*};
}

/// A node, its database, and the folder of both.
pub struct TestApp {
    running: Option<Running>,
    pub database_url: String,
    /// Settings beside the database, by flag.
    settings: Vec<(&'static str, String)>,
    times: Times,
    folder: Arc<TempDir>,
    pub clock: Clock,
}

impl TestApp {
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("casella.db").display());
        Self::on(folder, url, &[]).await
    }

    /// None where no PostgreSQL is named.
    pub async fn on_postgres() -> Option<Self> {
        Self::on_postgres_with(&[]).await
    }

    /// With settings of one's own.
    pub async fn on_postgres_with(settings: &[(&'static str, &str)]) -> Option<Self> {
        let server = std::env::var("CASELLA_TEST_POSTGRES_URL").ok()?;
        let (server, _) = server.rsplit_once('/').unwrap();
        let mut connection = PgConnection::connect(&format!("{server}/postgres"))
            .await
            .unwrap();
        let name = format!("web_{:032x}", u128::from_be_bytes(backend::random()));
        let create = format!("CREATE DATABASE {name}");
        connection
            .execute(sqlx::AssertSqlSafe(create))
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        Some(Self::on(folder, format!("{server}/{name}"), settings).await)
    }

    /// With settings of one's own, on SQLite.
    pub async fn with(settings: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("casella.db").display());
        Self::on(folder, url, settings).await
    }

    /// Restarts with another time between pings.
    pub async fn ping_every(&mut self, time: Duration) {
        self.times.ping_every = time;
        self.restart().await;
    }

    /// Restarts with other times.
    pub async fn times(&mut self, change: impl FnOnce(&mut Times)) {
        change(&mut self.times);
        self.restart().await;
    }

    /// What the measures say.
    pub fn measures(&self) -> String {
        self.running.as_ref().unwrap().node.measures.render()
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.running.as_ref().unwrap().node.connections.open()
    }

    /// Where the measures are by themselves.
    pub fn measures_at(&self) -> String {
        let address = self.running.as_ref().unwrap().measures.unwrap();
        format!("http://{address}/metrics")
    }

    /// The folder of the database and of what browsers load (`site`).
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn on(folder: TempDir, url: String, settings: &[(&'static str, &str)]) -> Self {
        write_assets(&folder.path().join("site"));
        let settings = settings
            .iter()
            .map(|(flag, value)| (*flag, (*value).to_owned()));
        let mut app = Self {
            running: None,
            database_url: url,
            settings: settings.collect(),
            times: Times::default(),
            folder: Arc::new(folder),
            clock: Clock::default(),
        };
        app.start().await;
        let settings = SiteSettings {
            origins: vec![SITE_ORIGIN.parse::<Origin>().unwrap()],
            ..SiteSettings::default()
        };
        let name = "The Shop".to_owned();
        app.casella()
            .add_site(site_key(), name, settings)
            .await
            .unwrap();
        app
    }

    /// Another node on the same database.
    pub async fn another_node(&self) -> Self {
        let mut other = Self {
            running: None,
            database_url: self.database_url.clone(),
            settings: self.settings.clone(),
            times: self.times,
            folder: Arc::clone(&self.folder),
            clock: self.clock.clone(),
        };
        other.start().await;
        other
    }

    async fn start(&mut self) {
        let file: String = self
            .settings
            .iter()
            .map(|(flag, value)| format!("{} = \"{value}\"\n", flag.replace('-', "_")))
            .collect();
        let folder = self.folder.path();
        let variable = |name: &str| match name {
            "CASELLA_DATABASE_URL" => Some(self.database_url.clone()),
            "CASELLA_DATA_DIR" => Some(folder.display().to_string()),
            "CASELLA_ASSETS" => Some(folder.join("site").display().to_string()),
            "CASELLA_LISTEN" => Some("127.0.0.1:0".to_owned()),
            _ => None,
        };
        let settings = Settings::from_layers(&Flags::default(), variable, &file).unwrap();
        let mut config = Config::parse(&settings).unwrap();
        config.times = self.times;
        let running = serve::start(config, self.clock.clone(), false).await;
        self.running = Some(running.unwrap());
    }

    /// Stops in order, as at SIGTERM.
    pub async fn stop(&mut self) {
        self.running.take().unwrap().stop().await;
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    pub fn casella(&self) -> &Arc<Casella> {
        &self.running.as_ref().unwrap().node.casella
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.running.as_ref().unwrap().address.to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// The origin of the node's own pages.
    pub fn origin(&self) -> String {
        self.url("")
    }

    /// A browser without redirects.
    pub fn browser() -> reqwest::Client {
        let builder = reqwest::Client::builder();
        let builder = builder.redirect(Policy::none()).cookie_store(true);
        builder.build().unwrap()
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        Self::browser().get(self.url(path)).send().await.unwrap()
    }

    /// An agent named so, who can sign in.
    pub async fn add_agent(&self, name: &str) -> domain::agent::Agent {
        let new = NewAgent {
            name: Field::try_from(name.to_owned()).unwrap(),
            email: email_of(name),
            password: PASSWORD.to_owned(),
            role: Role::Agent,
        };
        self.casella().add_agent(new).await.unwrap()
    }
}

pub fn email_of(name: &str) -> Email {
    let email = format!("{}@example.com", name.to_lowercase());
    Email::try_from(email).unwrap()
}

pub fn site_key() -> SiteKey {
    SITE.parse().unwrap()
}

/// Stand-ins for what the browser build makes.
fn write_assets(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let files = [
        ("inbox.js", "inbox-0000000000a1.js", "// inbox"),
        ("inbox.wasm", "inbox-0000000000a2.wasm", "wasm"),
        ("office.js", "office-0000000000a4.js", "// office"),
        ("office.wasm", "office-0000000000a5.wasm", "wasm"),
        ("inbox.css", "inbox-0000000000a3.css", "/* inbox */"),
        ("office.css", "office-0000000000a6.css", "/* office */"),
        ("chat.js", "chat-0000000000b1.js", "// chat"),
        ("chat.wasm", "chat-0000000000b2.wasm", "wasm"),
        ("chat.css", "chat-0000000000b3.css", "/* chat */"),
        ("meeting.css", "meeting-0000000000c1.css", "/* meeting */"),
        ("loader.js", "loader.js", "start(__CASELLA_SITE__);"),
        ("worker.js", "worker.js", "// worker"),
    ];
    let mut manifest = serde_json::Map::new();
    for (plain, name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
        manifest.insert(plain.to_owned(), name.into());
    }
    std::fs::write(folder.join("chat-0000000000b1.js.br"), "as brotli").unwrap();
    std::fs::write(folder.join("chat-0000000000b1.js.gz"), "as gzip").unwrap();
    let manifest = serde_json::Value::Object(manifest).to_string();
    std::fs::write(folder.join("manifest.json"), manifest).unwrap();
}
