//! Accounts that are opened by OAuth 2 (RFC 6749), with proof of who asked (RFC 7636).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::{Timestamp, bound::Bound, calendar::CalendarKind};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::{Trouble, unexpected};
use crate::{
    Clock,
    outgoing::{Answer, Ask, Guard},
};

/// How long one request may take.
const WITHIN: Duration = Duration::from_secs(20);

/// How large an answer may be, in bytes.
const MOST: usize = 16 * 1024 * 1024;

/// How long before it ends a token is exchanged for a new one.
const EARLY: Duration = Duration::from_secs(60);

/// How long a token is taken to hold if nothing is said of it.
const HOLDS: u64 = 300;

/// What an operator has registered with Google or Microsoft, and where these are asked.
#[derive(Clone, Debug)]
pub struct OAuthApp {
    pub kind: CalendarKind,
    pub client: String,
    pub secret: String,
    /// Where the agent gives consent.
    pub authorize: String,
    /// Where tokens are had.
    pub token: String,
    /// Where calendars are asked, without a slash at the end.
    pub api: String,
}

impl OAuthApp {
    /// An application that is registered with Google.
    pub fn google(client: String, secret: String) -> Self {
        Self {
            kind: CalendarKind::Google,
            client,
            secret,
            authorize: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            token: "https://oauth2.googleapis.com/token".to_owned(),
            api: "https://www.googleapis.com/calendar/v3".to_owned(),
        }
    }

    /// An application that is registered with Microsoft, for work, school and personal accounts.
    pub fn outlook(client: String, secret: String) -> Self {
        let login = "https://login.microsoftonline.com/common/oauth2/v2.0";
        Self {
            kind: CalendarKind::Outlook,
            client,
            secret,
            authorize: format!("{login}/authorize"),
            token: format!("{login}/token"),
            api: "https://graph.microsoft.com/v1.0".to_owned(),
        }
    }

    /// What is asked for: to see the calendars, and to read and write events.
    fn scope(&self) -> &'static str {
        match self.kind {
            CalendarKind::Outlook => "offline_access User.Read Calendars.ReadWrite",
            _ => {
                "https://www.googleapis.com/auth/calendar.calendarlist.readonly \
                 https://www.googleapis.com/auth/calendar.events"
            }
        }
    }

    /// Where the agent is sent to give consent. `verifier` is proven when the consent comes back
    /// to `redirect`, with `state`.
    pub fn consent(&self, redirect: &str, state: &str, verifier: &str) -> Option<String> {
        let mut url = Url::parse(&self.authorize).ok()?;
        let challenge = BASE64.encode(Sha256::digest(verifier));
        url.query_pairs_mut().extend_pairs([
            ("client_id", self.client.as_str()),
            ("redirect_uri", redirect),
            ("response_type", "code"),
            ("scope", self.scope()),
            ("state", state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        match self.kind {
            // Only so does Google give a token that outlives the hour, each time.
            CalendarKind::Google => url
                .query_pairs_mut()
                .extend_pairs([("access_type", "offline"), ("prompt", "consent")]),
            _ => url
                .query_pairs_mut()
                .append_pair("prompt", "select_account"),
        };
        Some(url.into())
    }
}

/// What opens an account; kept sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tokens {
    access: String,
    refresh: String,
    expires_at: Timestamp,
}

/// An account with its tokens.
pub struct Session {
    guard: Guard,
    clock: Clock,
    pub app: OAuthApp,
    tokens: Tokens,
    renewed: bool,
    /// How many bytes may still be taken.
    left: usize,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    error: Option<String>,
}

impl Session {
    /// With tokens that were kept. None if these are none.
    pub fn new(guard: &Guard, clock: &Clock, app: &OAuthApp, secret: &[u8]) -> Option<Self> {
        Some(Self {
            guard: guard.clone(),
            clock: clock.clone(),
            app: app.clone(),
            tokens: serde_json::from_slice(secret).ok()?,
            renewed: false,
            left: Bound::CalendarBytes.amount(),
        })
    }

    /// The tokens for a consent's code.
    pub async fn exchange(
        guard: &Guard,
        clock: &Clock,
        app: &OAuthApp,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<Vec<u8>, Trouble> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", redirect),
        ];
        let tokens = tokens(guard, clock, app, &fields, None).await?;
        serde_json::to_vec(&tokens).map_err(nonsense)
    }

    /// The tokens, if they are others than before.
    pub fn renewed(&self) -> Option<Vec<u8>> {
        self.renewed
            .then(|| serde_json::to_vec(&self.tokens).ok())
            .flatten()
    }

    async fn refresh(&mut self) -> Result<(), Trouble> {
        let kept = self.tokens.refresh.clone();
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", kept.as_str()),
        ];
        let fresh = tokens(&self.guard, &self.clock, &self.app, &fields, Some(&kept)).await;
        self.tokens = fresh?;
        self.renewed = true;
        Ok(())
    }

    /// Asks the account; a token that has ended is exchanged first. Refusals and limits are
    /// errors, every other status is for the caller to read.
    pub async fn call(
        &mut self,
        method: Method,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), Trouble> {
        if self.clock.now() + EARLY >= self.tokens.expires_at {
            self.refresh().await?;
        }
        let mut answer = self.once(&method, url, headers, body).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            // Ended before its time: once more with another.
            self.refresh().await?;
            answer = self.once(&method, url, headers, body).await?;
        }
        let value: Value = answer
            .body
            .as_deref()
            .map(|body| serde_json::from_slice(body).unwrap_or_default())
            .ok_or(Trouble::TooLarge("the answer is too large"))?;
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(Trouble::Refused),
            // The consent was to less than what is needed for anything.
            StatusCode::FORBIDDEN if says(&value, &["insufficientPermissions"]) => {
                Err(Trouble::Refused)
            }
            status @ StatusCode::FORBIDDEN if !says(&value, &LIMITS) => Err(unexpected(status)),
            status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::FORBIDDEN) => {
                Err(later(status, &answer.headers))
            }
            StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(later(answer.status, &answer.headers)),
            status => Ok((status, value)),
        }
    }

    async fn once(
        &mut self,
        method: &Method,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Option<&Value>,
    ) -> Result<Answer, Trouble> {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name, value.clone());
        }
        let bearer = format!("Bearer {}", self.tokens.access);
        let mut bearer = HeaderValue::try_from(bearer).map_err(nonsense)?;
        bearer.set_sensitive(true);
        all.insert(header::AUTHORIZATION, bearer);
        if body.is_some() {
            let json = HeaderValue::from_static("application/json");
            all.insert(header::CONTENT_TYPE, json);
        }
        let ask = Ask {
            method: method.clone(),
            address: url.as_str(),
            headers: all,
            body: body
                .map(|body| body.to_string().into_bytes())
                .unwrap_or_default(),
            within: WITHIN,
            most: MOST.min(self.left),
        };
        let answer = self.guard.ask(ask).await?;
        let took = answer.body.as_ref().map_or(self.left, bytes::Bytes::len);
        self.left = self.left.saturating_sub(took);
        Ok(answer)
    }
}

/// Asks for tokens. `kept`: the one that lasts, where no other is given (RFC 6749, 6).
async fn tokens(
    guard: &Guard,
    clock: &Clock,
    app: &OAuthApp,
    fields: &[(&str, &str)],
    kept: Option<&str>,
) -> Result<Tokens, Trouble> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("client_id", &app.client)
        .append_pair("client_secret", &app.secret)
        .finish();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let ask = Ask {
        method: Method::POST,
        address: &app.token,
        headers: HeaderMap::from_iter([(header::CONTENT_TYPE, form)]),
        body: body.into_bytes(),
        within: WITHIN,
        most: MOST,
    };
    let now = clock.now();
    let answer = guard.ask(ask).await?;
    let body = answer.body.unwrap_or_default();
    if answer.status == StatusCode::TOO_MANY_REQUESTS || answer.status.is_server_error() {
        return Err(later(answer.status, &answer.headers));
    }
    let said: TokenAnswer = serde_json::from_slice(&body).map_err(nonsense)?;
    match (said.access_token, said.error) {
        (Some(access), None) if answer.status.is_success() => {
            let refresh = said.refresh_token.or_else(|| kept.map(str::to_owned));
            // Consent to less than was asked for.
            let refresh = refresh.ok_or(Trouble::Refused)?;
            let holds = said.expires_in.unwrap_or(HOLDS).min(30 * 24 * 60 * 60);
            Ok(Tokens {
                access,
                refresh,
                expires_at: now + Duration::from_secs(holds),
            })
        }
        // Revoked, expired, or to be confirmed by the person (RFC 6749, 5.2).
        (_, Some(error))
            if matches!(
                error.as_str(),
                "invalid_grant" | "access_denied" | "interaction_required" | "consent_required"
            ) =>
        {
            Err(Trouble::Refused)
        }
        (_, error) => {
            let error = error.unwrap_or_default();
            let status = answer.status;
            let why = format!("no token was given: {status} {error}");
            Err(Trouble::Unreachable(why, None))
        }
    }
}

/// Refusals that only say that one asks too often.
const LIMITS: [&str; 3] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
];

/// Whether a refusal has one of these reasons, as Google says them.
fn says(value: &Value, wanted: &[&str]) -> bool {
    let reasons = value.pointer("/error/errors").and_then(Value::as_array);
    reasons.into_iter().flatten().any(|error| {
        let reason = error.get("reason").and_then(Value::as_str);
        reason.is_some_and(|reason| wanted.contains(&reason))
    })
}

fn later(status: StatusCode, headers: &HeaderMap) -> Trouble {
    let after = headers
        .get(header::RETRY_AFTER)
        .and_then(|after| after.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    Trouble::Unreachable(format!("the server answered {status}"), after)
}

fn nonsense(error: impl std::fmt::Display) -> Trouble {
    Trouble::Unreachable(error.to_string(), None)
}
