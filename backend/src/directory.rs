//! Sites, agents and teams by id, kept in memory: small, needed by every commit, rarely changed.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::{
    AgentId, SiteId, TeamId, Timestamp,
    agent::Agent,
    frame::visitor::AgentCard,
    site::{Site, SiteKey, Times},
};

use tokio::sync::Mutex;

use crate::store::{self, Store};

/// How long it is remembered whether somebody could take a chat of a site.
const SOMEBODY_KNOWN: Duration = Duration::from_millis(500);

/// A copy of the sites, agents and teams. At most 2 s old; what must be exact is read in the
/// transaction that needs it.
#[derive(Debug, Default)]
pub struct Directory {
    sites: HashMap<SiteId, Site>,
    agents: HashMap<AgentId, Agent>,
    /// In the order in which they are asked.
    members: HashMap<TeamId, Vec<AgentId>>,
    /// Who wants a mail for each request.
    mailed: HashSet<AgentId>,
}

impl Directory {
    /// A site by id.
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(&id)
    }

    /// A site by its public key.
    pub fn site_by_key(&self, key: &SiteKey) -> Option<&Site> {
        self.sites.values().find(|site| site.key == *key)
    }

    /// The times of a site.
    pub fn times(&self, id: SiteId) -> Times {
        self.site(id).map_or_else(
            || domain::site::SiteSettings::default().times(),
            |site| site.settings.times(),
        )
    }

    /// An agent's name.
    pub fn agent_name(&self, id: AgentId) -> Option<&str> {
        self.agent(id).map(|agent| &*agent.name)
    }

    /// An agent by id.
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.get(&id)
    }

    /// A team's members in the order in which they are asked; none if it has none.
    pub fn members(&self, id: TeamId) -> Option<&[AgentId]> {
        self.members.get(&id).map(Vec::as_slice)
    }

    /// All agents.
    pub fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// Whether an agent wants a mail for each request that is held out to them.
    pub fn wants_requests(&self, id: AgentId) -> bool {
        self.mailed.contains(&id)
    }

    /// An agent as visitors see them.
    pub fn card(&self, id: AgentId) -> Option<AgentCard> {
        self.agent(id).map(|agent| AgentCard {
            id,
            name: agent.name.to_string(),
            photo: agent.photo.clone(),
        })
    }
}

/// Whether somebody could take a chat, and when that was looked up.
#[derive(Debug, Default)]
pub struct Somebody(Option<(Timestamp, bool)>);

impl Somebody {
    /// What was looked up a moment ago.
    pub fn known(&self, now: Timestamp) -> Option<bool> {
        let (at, somebody) = self.0?;
        (at <= now && now.since(at) < SOMEBODY_KNOWN).then_some(somebody)
    }

    /// Keeps what was looked up.
    pub fn keep(&mut self, now: Timestamp, somebody: bool) {
        self.0 = Some((now, somebody));
    }
}

/// The current directory, shared by a node's tasks.
#[derive(Default)]
pub struct SharedDirectory {
    current: RwLock<Arc<Directory>>,
    /// Whether somebody could take a chat of a site: every opened chat asks, and a thousand agents
    /// are not counted for each.
    somebody: std::sync::Mutex<HashMap<SiteId, Arc<Mutex<Somebody>>>>,
    /// Held by a refresh, so that one that read earlier cannot put its copy over a newer one.
    refreshing: Mutex<()>,
}

impl SharedDirectory {
    /// The current copy.
    pub fn get(&self) -> Arc<Directory> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether somebody could take a chat of a site. Whoever has to look it up holds the lock while
    /// they do: all who ask meanwhile wait for the one answer.
    pub fn somebody(&self, site: SiteId) -> Arc<Mutex<Somebody>> {
        let mut known = self.somebody.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(site).or_default())
    }

    /// Reads it anew.
    ///
    /// # Errors
    /// What the database says; then the old copy stays.
    pub async fn refresh(&self, store: &Store) -> Result<(), sqlx::Error> {
        let _alone = self.refreshing.lock().await;
        let mut connection = store.reader().await?;
        let sites = store::site::all(&mut connection).await?;
        let agents = store::agent::all(&mut connection).await?;
        let members = store::team::members(&mut connection).await?;
        let mailed = store::mail::who_wants_requests(&mut connection).await?;
        let directory = Directory {
            mailed: mailed.into_iter().collect(),
            sites: sites.into_iter().map(|site| (site.id, site)).collect(),
            agents: agents.into_iter().map(|agent| (agent.id, agent)).collect(),
            members,
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
        self.somebody
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        Ok(())
    }
}
