//! The calendar that an agent has elsewhere.

use domain::calendar::{CalendarKind, CalendarSettings, ConnectTrouble};

use super::{Failure, asked::asked};
#[cfg(feature = "ssr")]
use crate::context::RequestContext;

asked! {
    "calendar",
    /// What is connected, and what could be.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_calendar() -> Result<CalendarSettings, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.calendar_settings(context.who()?).await?)
    }
}

asked! {
    "connect-caldav",
    /// Connects a CalDAV account in place of what was connected; the answer is what is wrong with
    /// it, none if nothing is. `address`: of the server, or an email address.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`](domain::Refusal::TooLarge).
    pub async fn connect_caldav(
        address: String,
        user: String,
        password: String,
    ) -> Result<Option<ConnectTrouble>, Failure> {
        let context = RequestContext::current()?;
        let who = context.who()?;
        let connected = context.casella.connect_caldav(who, &address, &user, &password);
        Ok(connected.await?.err())
    }
}

asked! {
    "choose-calendars",
    /// Chooses which calendars make the agent busy, and to which meetings are written; and whether
    /// invitations make busy that are not answered.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) for a calendar that the account does not
    /// have, [`Refusal::Forbidden`](domain::Refusal::Forbidden) for one that cannot be written to.
    pub async fn choose_calendars(
        busy: Vec<String>,
        written: Option<String>,
        unanswered: bool,
    ) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        let who = context.who()?;
        let casella = &context.casella;
        let chosen = casella.choose_calendars(who, &busy, written.as_deref(), unanswered);
        Ok(chosen.await?)
    }
}

asked! {
    "disconnect-calendar",
    /// Forgets the account.
    ///
    /// # Errors
    /// [`Failure`] if it is still known.
    pub async fn disconnect_calendar() -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.disconnect_calendar(context.who()?).await?)
    }
}

asked! {
    "begin-consent",
    /// Where the agent gives consent; the browser comes back to `redirect`.
    ///
    /// # Errors
    /// [`Refusal::NotNow`](domain::Refusal::NotNow) for what the operator has not set up.
    pub async fn begin_consent(kind: CalendarKind, redirect: String) -> Result<String, Failure> {
        let context = RequestContext::current()?;
        let who = context.who()?;
        Ok(context.casella.begin_consent(who, kind, &redirect).await?)
    }
}

asked! {
    "finish-consent",
    /// Connects the account for which the agent gave consent; `code`: none if it was refused. The
    /// answer is what is wrong with it, none if nothing is.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) if the agent was not asked, or long ago.
    pub async fn finish_consent(
        state: String,
        code: Option<String>,
        redirect: String,
    ) -> Result<Option<ConnectTrouble>, Failure> {
        let context = RequestContext::current()?;
        let who = context.who()?;
        let finished = context.casella.finish_consent(who, &state, code.as_deref(), &redirect);
        Ok(finished.await?.err())
    }
}

asked! {
    "renew-feed",
    /// Gives the private feed of one's meetings another address, or its first; the answer is its
    /// path.
    ///
    /// # Errors
    /// [`Failure`] if it has none then.
    pub async fn renew_feed() -> Result<String, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.renew_feed(context.who()?).await?)
    }
}

asked! {
    "end-feed",
    /// Ends the feed.
    ///
    /// # Errors
    /// [`Failure`] if it is still there.
    pub async fn end_feed() -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.end_feed(context.who()?).await?)
    }
}
