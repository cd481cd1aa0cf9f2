//! All that a run needs: a database, servers on it, a site, agents who are signed in.

use anyhow::{Context, Result};
use domain::site::SiteKey;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tempfile::TempDir;

use crate::{
    database::Database,
    inbox::Inbox,
    node::{Node, Settings},
    socket::Whence,
};

/// The site of every run.
const SITE: &str = "load";

/// How many sign in at once.
const AT_ONCE: usize = 16;

/// The password of every agent.
const PASSWORD: &str = "load-generator";

/// What a run stands on. Taken down by [`Stage::remove`]; whatever happens, its servers end with it.
pub struct Stage {
    // Dropped before the folder, so that no server writes into a folder that is gone.
    pub nodes: Vec<Node>,
    pub settings: Settings,
    pub site: SiteKey,
    database: Database,
    folder: TempDir,
}

impl Stage {
    /// A stage with its servers started and its agents added.
    ///
    /// # Errors
    /// If anything of it fails; says what.
    pub async fn set(
        settings: Settings,
        database: Database,
        folder: TempDir,
        nodes: usize,
        agents: usize,
    ) -> Result<Self> {
        settings.administer(&["migrate"], "").await?;
        let origin = "http://127.0.0.1";
        let site = ["site", "add", SITE, "--name", "Load", "--origin", origin];
        settings.administer(&site, "").await?;
        for n in 1..=agents {
            let (name, email) = (format!("Agent {n}"), email(n));
            let add = ["agent", "add", &email, "--name", &name, "--password-stdin"];
            settings.administer(&add, PASSWORD).await?;
            let limit = ["agent", "set", &email, "--chat-limit", "10"];
            settings.administer(&limit, "").await?;
        }
        let mut stage = Self {
            nodes: Vec::new(),
            site: SITE.parse().map_err(anyhow::Error::new)?,
            settings,
            database,
            folder,
        };
        stage.start(nodes).await?;
        Ok(stage)
    }

    /// Starts more servers.
    ///
    /// # Errors
    /// If one does not become ready.
    pub async fn start(&mut self, nodes: usize) -> Result<()> {
        for _ in 0..nodes {
            let mut node = Node::new(self.settings.clone())?;
            node.start().await?;
            self.nodes.push(node);
        }
        Ok(())
    }

    /// Host and port of each node.
    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(Node::address).collect()
    }

    /// Signs the first `count` agents in.
    ///
    /// # Errors
    /// If one is refused.
    pub async fn sign_in(&self, count: usize) -> Result<Vec<Inbox>> {
        self.sign_in_from(count, Whence::default()).await
    }

    /// The same for agents who appear as `whence`.
    ///
    /// # Errors
    /// If one is refused.
    pub async fn sign_in_from(&self, count: usize, whence: Whence) -> Result<Vec<Inbox>> {
        let address = self.nodes.first().context("there is no node")?.address();
        let address = address.as_str();
        let sign_ins = (1..=count).map(|n| async move {
            Inbox::sign_in_from(address, &email(n), PASSWORD, whence).await
        });
        // A server hashes as many passwords at once as it has cores, and lets few wait.
        stream::iter(sign_ins).buffered(AT_ONCE).try_collect().await
    }

    /// Ends the servers and removes everything.
    ///
    /// # Errors
    /// If a server had ended by itself, or the database cannot be removed.
    pub async fn remove(mut self) -> Result<()> {
        let mut outcome = Ok(());
        for node in &mut self.nodes {
            outcome = outcome.and(node.kill().await);
        }
        self.database.remove().await?;
        self.folder.close()?;
        outcome
    }
}

fn email(n: usize) -> String {
    format!("agent{n}@example.com")
}
