//! Who is signed in.

mod known;

use std::time::Duration;

use domain::{
    AgentId, Refusal, SessionId,
    agent::{Agent, CHAT_LIMIT_DEFAULT, Role},
    bound::Bound,
    permission::Viewer,
    text::{Email, Field},
};
use hex::FromHex;
use sha2::{Digest, Sha256};

use crate::{
    Casella, Error, NewAgent, bound, random, setup,
    store::{self, guess::GuessKey, session::NOTED},
    writer::{Origin, Task},
};
pub(crate) use known::{KnownBrowsers, own_guess_key};

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

/// What is known of the browser in which somebody signs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// What it says of itself, to tell one's devices apart; it is cut to 300 characters.
    pub user_agent: &'a str,
    /// What [`Casella::know_browser`] gave it.
    pub known: Option<&'a str>,
    /// Who is signed in there.
    pub session: Option<&'a SignedIn>,
}

impl<'a> From<&'a str> for Browser<'a> {
    fn from(user_agent: &'a str) -> Self {
        Self {
            user_agent,
            ..Self::default()
        }
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
        let hash = self.passwords.hash(password).await?;
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

    /// Signs in with a new session. The one that the browser had until then ends.
    ///
    /// Whoever guesses is slowed: tries of one email count together, whether there is such an agent
    /// or not, and from the sixth on they wait for longer and longer. A browser in which this agent
    /// has signed in before counts for itself, so that nobody is kept out by what others guess.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] when email or password are wrong or the agent is disabled; which of
    /// these is not told, nor to be told from what it costs. [`Refusal::TooMany`].
    pub async fn sign_in<'a>(
        &self,
        email: &str,
        password: &str,
        browser: impl Into<Browser<'a>>,
    ) -> Result<(SessionToken, SignedIn), Error> {
        let (email, browser) = (email.trim(), browser.into());
        let (mut agent, mut hash) = self.who_may_sign_in(email).await?;
        let known = browser.known.unwrap_or_default();
        let key = self
            .known_browsers
            .guess_key(agent.as_ref(), email, known, self.clock.now());
        if !self.wait_to_guess(&key).await?.is_zero() {
            // They may be disabled meanwhile, or have another password.
            (agent, hash) = self.who_may_sign_in(email).await?;
        }
        let right = self.passwords.verify(password, hash).await?;
        let Some(agent) = agent.filter(|_| right) else {
            metrics::counter!("casella_sign_ins_refused_total").increment(1);
            return Err(Refusal::Forbidden.into());
        };
        let mut connection = self.store.writer().await?;
        store::guess::clear(&mut connection, &key).await?;
        drop(connection);
        let signed_in = self.begin_session(agent, browser.user_agent).await?;
        if let Some(before) = browser.session {
            self.end_replaced(before, &signed_in.1).await?;
        }
        Ok(signed_in)
    }

    /// Ends the session that a browser had before. Its tabs connect again with the new one; only if
    /// somebody else has signed in there is the one from before out of reach.
    async fn end_replaced(&self, before: &SignedIn, now: &SignedIn) -> Result<(), Error> {
        if before.agent.id != now.agent.id {
            return self.sign_out(before).await;
        }
        let mut connection = self.store.writer().await?;
        store::session::end(&mut connection, before.session).await?;
        drop(connection);
        self.hub.close_sessions(|session| session == before.session);
        Ok(())
    }

    /// What the browser of somebody who has signed in keeps, to be known again; together with what it
    /// kept before.
    pub fn know_browser(&self, who: &SignedIn, before: Option<&str>) -> String {
        let now = self.clock.now();
        self.known_browsers
            .add(who.agent.id, before.unwrap_or_default(), now)
    }

    /// How many hashes of passwords this node has computed.
    pub fn passwords_hashed(&self) -> u64 {
        self.passwords.computed()
    }

    /// Counts a try of a password, and waits until it may be looked at.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] if it would have to wait too long.
    pub(crate) async fn wait_to_guess(&self, key: &GuessKey) -> Result<Duration, Error> {
        let mut connection = self.store.writer().await?;
        let wait = store::guess::take(&mut connection, key, self.clock.now()).await?;
        drop(connection);
        let wait = wait.ok_or_else(|| bound::met(Bound::AccountGuesses))?;
        tokio::time::sleep(wait).await;
        Ok(wait)
    }

    /// An agent by email, with the hash of the password; none if they are disabled.
    async fn who_may_sign_in(&self, email: &str) -> Result<(Option<Agent>, Option<String>), Error> {
        let mut connection = self.store.reader().await?;
        let found = store::agent::by_email(&mut connection, email).await?;
        Ok(found.filter(|(agent, _)| !agent.disabled).unzip())
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

    /// The session of a cookie; none if it is unknown, was not used for 30 days, began 90 days ago
    /// (and no chat is active), or its agent is disabled.
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
