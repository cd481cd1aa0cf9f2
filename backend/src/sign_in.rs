//! Who is signed in.

use domain::{
    AgentId, Refusal, SessionId,
    agent::{Agent, CHAT_LIMIT_DEFAULT, Role},
    permission::Viewer,
    text::{Email, Field},
};
use hex::FromHex;
use sha2::{Digest, Sha256};

use crate::{
    Casella, Error, NewAgent, password, random, setup,
    store::{self, session::NOTED},
    writer::{Origin, Task},
};

/// An agent whose session is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub agent: Agent,
    pub session: SessionId,
}

impl SignedIn {
    /// The agent with the role that decides what they may see.
    pub fn viewer(&self) -> Viewer {
        Viewer {
            agent: self.agent.id,
            role: self.agent.role,
        }
    }
}

/// The secret of a session, as the cookie carries it; only its hash is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionToken(pub [u8; 32]);

impl SessionToken {
    /// The token in hexadecimal digits, for a cookie.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The token of a cookie; none of what is no token.
    pub fn from_hex(digits: &str) -> Option<Self> {
        FromHex::from_hex(digits).ok().map(Self)
    }

    fn hash(&self) -> [u8; 32] {
        // Random tokens of 256 bits need no slow hash.
        Sha256::digest(self.0).into()
    }
}

impl Casella {
    /// Creates the first agent, an admin, and signs in. `code` is what [`Casella::setup_code`] says.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if there are agents already; [`Refusal::NotFound`] for another code;
    /// [`Refusal::TooMany`] after ten; [`Refusal::Empty`] or [`Refusal::TooLarge`] for a password
    /// outside 8 to 200 characters.
    pub async fn create_first_admin(
        &self,
        code: &str,
        name: Field,
        email: Email,
        password: &str,
        user_agent: &str,
    ) -> Result<(SessionToken, SignedIn), Error> {
        self.check_setup_code(code).await?;
        let hash = password::hash(password).await?;
        let agent = new_agent(self.clock.now(), name, email, Role::Admin);
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        // Locked, so that of two first admins at once only one is made.
        store::turn::lock(&mut connection).await?;
        if store::agent::any(&mut connection).await? {
            connection.rollback().await?;
            return Err(Refusal::Forbidden.into());
        }
        store::agent::add(&mut connection, &agent, &hash, self.clock.now()).await?;
        setup::forget(&mut connection).await?;
        connection.commit().await?;
        drop(connection);
        self.begin_session(agent, user_agent).await
    }

    /// Signs in with a new session. `user_agent` is what the browser says of itself, to tell one's
    /// devices apart; it is cut to 300 characters.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] when email or password are wrong or the agent is disabled; which of
    /// these is not told.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        user_agent: &str,
    ) -> Result<(SessionToken, SignedIn), Error> {
        let mut connection = self.store.reader().await?;
        let found = store::agent::by_email(&mut connection, email.trim()).await?;
        drop(connection);
        let (agent, hash) = found.filter(|(agent, _)| !agent.disabled).unzip();
        let right = password::verify(password, hash).await?;
        match agent.filter(|_| right) {
            Some(agent) => self.begin_session(agent, user_agent).await,
            None => {
                metrics::counter!("casella_sign_ins_refused_total").increment(1);
                Err(Refusal::Forbidden.into())
            }
        }
    }

    async fn begin_session(
        &self,
        agent: Agent,
        user_agent: &str,
    ) -> Result<(SessionToken, SignedIn), Error> {
        self.directory.refresh(&self.store).await?;
        let now = self.clock.now();
        let token = SessionToken(random());
        let session = SessionId::new(now, random());
        let mut connection = self.store.writer().await?;
        let user_agent = readable_user_agent(user_agent);
        let hash = token.hash();
        store::session::add(&mut connection, session, &hash, agent.id, &user_agent, now).await?;
        Ok((token, SignedIn { agent, session }))
    }

    /// The session of a cookie; none if it is unknown, was not used for 30 days, or its agent is
    /// disabled.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn session(&self, token: &SessionToken) -> Result<Option<SignedIn>, Error> {
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let found = store::session::find(&mut connection, &token.hash(), now).await?;
        drop(connection);
        let Some((session, agent, used_at)) = found else {
            return Ok(None);
        };
        if now.since(used_at) > NOTED {
            let mut connection = self.store.writer().await?;
            store::session::note(&mut connection, session, now).await?;
        }
        Ok(Some(SignedIn { agent, session }))
    }

    /// Ends the session and its connections. An agent without another connection is out of reach
    /// at once: open offers pass on, and active chats stand under `Unanswered` as well.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        store::session::end(&mut connection, who.session).await?;
        drop(connection);
        self.hub.close_sessions(|session| session == who.session);
        let agent = who.agent.id;
        if !self.hub.has_agent(agent) {
            self.writer
                .perform(Origin::Agent(agent), Task::SignedOut(agent))
                .await?;
        }
        Ok(())
    }
}

/// What a browser says of itself, cut to 300 characters that can be shown.
pub(crate) fn readable_user_agent(user_agent: &str) -> String {
    user_agent
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect()
}

/// An agent whom nobody has set anything for yet.
pub(crate) fn new_agent(now: domain::Timestamp, name: Field, email: Email, role: Role) -> Agent {
    Agent {
        id: AgentId::new(now, random()),
        name,
        email,
        role,
        language: None,
        chat_limit: CHAT_LIMIT_DEFAULT,
        photo: None,
        disabled: false,
    }
}

impl NewAgent {
    /// The agent of an administrator's words.
    pub(crate) fn agent(self, now: domain::Timestamp) -> Agent {
        new_agent(now, self.name, self.email, self.role)
    }
}
