//! Connecting an account by the agent's consent at Google or Microsoft.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::{
    Refusal,
    calendar::{CalendarKind, CalendarState, ConnectTrouble},
};

use super::{OAuthApp, oauth::Session};
use crate::{
    Casella, Error, SignedIn, random,
    store::{self, calendar::Account},
};

/// How long an agent may take to give consent.
const WITHIN: Duration = Duration::from_secs(15 * 60);

/// How long what comes back may be, in bytes.
const LONGEST: usize = 4_096;

impl Casella {
    /// The address to which the agent's browser goes to give consent. It comes back to `redirect`,
    /// which must be registered there, with a code and a state for [`Casella::finish_consent`].
    ///
    /// # Errors
    /// [`Refusal::NotNow`] for a kind that the operator has not set up.
    pub async fn begin_consent(
        &self,
        who: &SignedIn,
        kind: CalendarKind,
        redirect: &str,
    ) -> Result<String, Error> {
        let app = self.calendar_app(kind)?;
        let state = BASE64.encode(random::<32>());
        let verifier = BASE64.encode(random::<32>());
        let address = app.consent(redirect, &state, &verifier);
        let address =
            address.ok_or_else(|| Error::Internal(format!("no address: {}", app.authorize)))?;
        let sealed = self
            .calendar_worker()?
            .secrets
            .seal(&state, verifier.as_bytes())
            .ok_or_else(|| Error::Internal("the verifier was not sealed".to_owned()))?;
        let (agent, now) = (who.agent.id, self.clock.now());
        let mut connection = self.store.writer().await?;
        store::calendar::consent::put(&mut connection, agent, kind, &state, &sealed, now).await?;
        Ok(address)
    }

    /// Connects the account for which the agent gave consent. `code`: none if consent was refused.
    /// `redirect`: as at the beginning.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if this agent was not asked, or more than a quarter of an hour ago;
    /// else as [`Casella::connect_caldav`].
    pub async fn finish_consent(
        &self,
        who: &SignedIn,
        state: &str,
        code: Option<&str>,
        redirect: &str,
    ) -> Result<Result<(), ConnectTrouble>, Error> {
        if state.len() > LONGEST || code.is_some_and(|code| code.len() > LONGEST) {
            return Err(Refusal::TooLarge.into());
        }
        let worker = self.calendar_worker()?;
        let (agent, now) = (who.agent.id, self.clock.now());
        let mut connection = self.store.writer().await?;
        let taken =
            store::calendar::consent::take(&mut connection, agent, state, now - WITHIN).await?;
        drop(connection);
        let (kind, sealed) = taken.ok_or(Refusal::NotFound)?;
        let verifier = worker.secrets.open_value(state, &sealed);
        let verifier = verifier.and_then(|verifier| String::from_utf8(verifier).ok());
        let verifier = verifier.ok_or(Refusal::NotFound)?;
        let app = self.calendar_app(kind)?;
        let Some(code) = code else {
            return Ok(Err(ConnectTrouble::Refused));
        };
        let (guard, clock) = (&worker.guard, &worker.clock);
        let tokens = Session::exchange(guard, clock, app, code, &verifier, redirect).await;
        let tokens = match tokens {
            Ok(tokens) => tokens,
            Err(trouble) => {
                tracing::info!(%agent, error = %trouble, "a consent led to no tokens");
                return Ok(Err(trouble.into()));
            }
        };
        let account = Account {
            agent,
            kind,
            address: String::new(),
            user: String::new(),
            secret: Vec::new(),
            state: CalendarState::Works,
            read_at: None,
            failures: 0,
            due_at: now,
            unanswered: true,
            addresses: None,
            any_port: false,
        };
        self.connect(account, &tokens).await
    }

    fn calendar_app(&self, kind: CalendarKind) -> Result<&OAuthApp, Refusal> {
        let mut apps = self.settings.calendar_apps.iter();
        apps.find(|app| app.kind == kind).ok_or(Refusal::NotNow)
    }
}
