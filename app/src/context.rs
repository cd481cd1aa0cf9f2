//! Who asks: what the server tells pages and server functions about a request.

use std::sync::Arc;

use backend::{Casella, SessionToken, SignedIn};
use domain::Refusal;
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE, USER_AGENT},
    request::Parts,
};
use leptos::context::use_context;
use leptos_axum::ResponseOptions;

use crate::api::Failure;

/// How long a browser keeps the session, in seconds: 91 days. When it ends, the server says.
const COOKIE_SECONDS: u32 = 91 * 24 * 60 * 60;

/// How long a browser keeps that somebody has signed in there, in seconds: 90 days.
const KNOWN_SECONDS: u32 = 90 * 24 * 60 * 60;

/// Provided as a Leptos context by the server for every page and server function.
#[derive(Clone)]
pub struct RequestContext {
    pub casella: Arc<Casella>,
    /// The agent whose session the cookie names.
    pub who: Option<SignedIn>,
    /// Whether the browser reached Casella by https.
    pub secure: bool,
}

impl RequestContext {
    /// The context of the request at hand.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] outside a request, as when routes are listed.
    pub fn current() -> Result<Self, Failure> {
        use_context().ok_or(Failure::Refused(Refusal::Unavailable))
    }

    /// The agent who asks.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] without a valid session.
    pub fn who(&self) -> Result<&SignedIn, Failure> {
        self.who
            .as_ref()
            .ok_or(Failure::Refused(Refusal::SignedOut))
    }

    /// What the browser says of itself; empty if it says nothing.
    pub fn user_agent() -> String {
        use_context::<Parts>()
            .and_then(|request| {
                let header = request.headers.get(USER_AGENT)?;
                header.to_str().ok().map(str::to_owned)
            })
            .unwrap_or_default()
    }

    /// The name of the session cookie: `__Host-` binds it to https and this host.
    pub fn cookie_name(secure: bool) -> &'static str {
        if secure { "__Host-casella" } else { "casella" }
    }

    /// The name of the cookie by which a browser is known in which somebody has signed in before.
    fn known_name(secure: bool) -> &'static str {
        if secure {
            "__Host-casella-known"
        } else {
            "casella-known"
        }
    }

    /// What that cookie says.
    pub fn known(&self) -> Option<String> {
        let request = use_context::<Parts>()?;
        cookie(&request.headers, Self::known_name(self.secure)).map(str::to_owned)
    }

    /// Remembers that somebody has signed in there, so that they are not slowed by who guesses.
    pub fn set_known(&self, who: &SignedIn) {
        let value = self.casella.know_browser(who, self.known().as_deref());
        self.set_cookie(Self::known_name(self.secure), &value, KNOWN_SECONDS);
    }

    /// Gives the browser a session.
    pub fn set_session(&self, token: &SessionToken) {
        self.set_cookie(
            Self::cookie_name(self.secure),
            &token.to_hex(),
            COOKIE_SECONDS,
        );
    }

    /// Takes the session from the browser.
    pub fn clear_session(&self) {
        self.set_cookie(Self::cookie_name(self.secure), "", 0);
    }

    fn set_cookie(&self, name: &str, value: &str, seconds: u32) {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let options = use_context::<ResponseOptions>();
        if let (Some(options), Ok(cookie)) = (options, HeaderValue::from_str(&cookie)) {
            options.append_header(SET_COOKIE, cookie);
        }
    }
}

/// The cookie of this name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}
