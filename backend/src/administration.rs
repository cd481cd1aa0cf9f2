//! What administrators do: agents and sites.

use domain::{
    AgentId, Language, Refusal, SiteId,
    agent::{Agent, CHAT_LIMITS, Role},
    site::{
        BLOCKED_DOMAINS, FALLBACK_CHARS, GREETING_CHARS, INACTIVITY_SECONDS, OFFER_SECONDS, Site,
        SiteKey, SiteSettings,
    },
    text::{Email, Field},
};

use crate::{
    Casella, Error, random,
    store::{self, sql::is_taken},
    writer::{Origin, Task},
};

/// What an administrator says of a new agent.
#[derive(Clone, Debug)]
pub struct NewAgent {
    pub name: Field,
    pub email: Email,
    pub password: String,
    pub role: Role,
}

/// What an administrator changes of an agent; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct AgentChanges {
    pub name: Option<Field>,
    pub email: Option<Email>,
    pub role: Option<Role>,
    pub language: Option<Option<Language>>,
    pub chat_limit: Option<u8>,
    pub disabled: Option<bool>,
}

pub(crate) fn taken(error: sqlx::Error) -> Error {
    if is_taken(&error) {
        Refusal::NotNow.into()
    } else {
        error.into()
    }
}

impl Casella {
    /// All agents, by name.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn agents(&self) -> Result<Vec<Agent>, Error> {
        let mut connection = self.store.reader().await?;
        Ok(store::agent::all(&mut connection).await?)
    }

    /// An agent by email, in any case.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn agent_by_email(&self, email: &Email) -> Result<Option<Agent>, Error> {
        let mut connection = self.store.reader().await?;
        Ok(store::agent::by_email(&mut connection, email)
            .await?
            .map(|(agent, _)| agent))
    }

    /// Adds an agent.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] if the email is taken; [`Refusal::Empty`] or [`Refusal::TooLarge`] for
    /// a password outside 8 to 200 characters.
    pub async fn add_agent(&self, new: NewAgent) -> Result<Agent, Error> {
        let hash = self.passwords.hash(&new.password).await?;
        let agent = new.agent(self.clock.now());
        let mut connection = self.store.writer().await?;
        store::agent::add(&mut connection, &agent, &hash, self.clock.now())
            .await
            .map_err(taken)?;
        drop(connection);
        self.directory.refresh(&self.store).await?;
        Ok(agent)
    }

    /// Changes an agent. Disabling and another role end the agent's sessions; a disabled agent's
    /// offers pass on and chats go to `Unanswered`, by this node at once, else by any within 2 s.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotNow`] if the email is taken; [`Refusal::Malformed`]
    /// for a limit of chats outside 1 to 10.
    pub async fn set_agent(&self, id: AgentId, changes: AgentChanges) -> Result<Agent, Error> {
        let mut connection = self.store.writer().await?;
        let mut agent = store::agent::by_id(&mut connection, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let before = agent.clone();
        agent.name = changes.name.unwrap_or(agent.name);
        agent.email = changes.email.unwrap_or(agent.email);
        agent.role = changes.role.unwrap_or(agent.role);
        agent.language = changes.language.unwrap_or(agent.language);
        agent.chat_limit = changes.chat_limit.unwrap_or(agent.chat_limit);
        agent.disabled = changes.disabled.unwrap_or(agent.disabled);
        if !CHAT_LIMITS.contains(&agent.chat_limit) {
            return Err(Refusal::Malformed.into());
        }
        store::agent::set(&mut connection, &agent)
            .await
            .map_err(taken)?;
        let sessions_end = agent.disabled || agent.role != before.role;
        if sessions_end {
            store::session::end_of_agent(&mut connection, id).await?;
        }
        drop(connection);
        self.directory.refresh(&self.store).await?;
        if sessions_end && self.run > 0 {
            self.hub.close_agent(id);
            self.writer
                .perform(Origin::Node, Task::SignedOut(id))
                .await?;
        }
        Ok(agent)
    }

    /// Replaces a password and ends the agent's sessions.
    ///
    /// # Errors
    /// As [`Casella::add_agent`] for the password; [`Refusal::NotFound`].
    pub async fn set_password(&self, id: AgentId, password: &str) -> Result<(), Error> {
        let hash = self.passwords.hash(password).await?;
        let mut connection = self.store.writer().await?;
        store::agent::by_id(&mut connection, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        store::agent::set_password(&mut connection, id, &hash).await?;
        store::session::end_of_agent(&mut connection, id).await?;
        Ok(())
    }

    /// A site by its public key; at most 2 s behind a change.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn site(&self, key: &SiteKey) -> Result<Option<Site>, Error> {
        if let Some(site) = self.directory.get().site_by_key(key) {
            return Ok(Some(site.clone()));
        }
        if self.run > 0 {
            // A running node's directory is refreshed regularly; unknown keys are not worth a query.
            return Ok(None);
        }
        Ok(self
            .sites()
            .await?
            .into_iter()
            .find(|site| site.key == *key))
    }

    /// All sites, by key.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sites(&self) -> Result<Vec<Site>, Error> {
        let mut connection = self.store.reader().await?;
        Ok(store::site::all(&mut connection).await?)
    }

    /// Adds a site, which shares its people with no other.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] if the key is taken; [`Refusal::Malformed`] for settings out of range.
    pub async fn add_site(
        &self,
        key: SiteKey,
        name: String,
        settings: SiteSettings,
    ) -> Result<Site, Error> {
        check(&settings)?;
        let site = Site {
            id: SiteId::new(self.clock.now(), random()),
            key,
            name,
            realm: None,
            settings,
        };
        let mut connection = self.store.writer().await?;
        store::site::add(&mut connection, &site, self.clock.now())
            .await
            .map_err(taken)?;
        drop(connection);
        self.directory.refresh(&self.store).await?;
        Ok(site)
    }

    /// Replaces a site's name, realm and settings.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown site; [`Refusal::Malformed`] for settings out of range.
    pub async fn set_site(&self, site: Site) -> Result<(), Error> {
        check(&site.settings)?;
        let mut connection = self.store.writer().await?;
        if !store::site::set(&mut connection, &site).await? {
            return Err(Refusal::NotFound.into());
        }
        drop(connection);
        self.directory.refresh(&self.store).await?;
        Ok(())
    }
}

fn check(settings: &SiteSettings) -> Result<(), Refusal> {
    let in_range = OFFER_SECONDS.contains(&settings.offer_seconds)
        && INACTIVITY_SECONDS.contains(&settings.inactivity_seconds)
        && settings.greeting.longest() <= GREETING_CHARS
        && settings.fallback.longest() <= FALLBACK_CHARS
        && settings.blocked_domains.len() <= BLOCKED_DOMAINS;
    if in_range {
        Ok(())
    } else {
        Err(Refusal::Malformed)
    }
}
