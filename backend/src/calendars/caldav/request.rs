//! Requests to a CalDAV server.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use domain::bound::Bound;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use super::{
    super::{Trouble, unexpected},
    digest::{self, Digest},
    xml::{self, Element, Space},
};
use crate::{
    outgoing::{Ask, Guard, OutgoingError},
    random,
};

/// How long one request may take.
const WITHIN: Duration = Duration::from_secs(20);

/// How large an answer may be, in bytes.
const MOST: usize = 16 * 1024 * 1024;

/// How often a request is sent on to another address.
const REDIRECTS: usize = 5;

/// A server, and who asks it.
pub struct Dav {
    guard: Guard,
    basic: HeaderValue,
    user: String,
    password: String,
    /// What a server wants that takes no basic authentication.
    digest: Mutex<Option<Digest>>,
    /// How many bytes may still be taken.
    left: AtomicUsize,
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    /// Where it came from, after redirections.
    pub from: Url,
    pub tag: Option<String>,
    pub body: String,
}

impl Dav {
    /// With a user's password; none for a name or password that no header can carry.
    pub fn new(guard: &Guard, user: &str, password: &str) -> Option<Self> {
        let basic = format!("Basic {}", BASE64.encode(format!("{user}:{password}")));
        let mut authorization = HeaderValue::try_from(basic).ok()?;
        authorization.set_sensitive(true);
        Some(Self {
            guard: guard.clone(),
            basic: authorization,
            user: user.to_owned(),
            password: password.to_owned(),
            digest: Mutex::new(None),
            left: AtomicUsize::new(Bound::CalendarBytes.amount()),
        })
    }

    /// What lets in: as the server last said that it wants it.
    fn authorization(&self, method: &Method, at: &Url) -> Option<HeaderValue> {
        let mut digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(digest) = digest.as_mut() else {
            return Some(self.basic.clone());
        };
        let path = match at.query() {
            Some(query) => format!("{}?{query}", at.path()),
            None => at.path().to_owned(),
        };
        let nonce = u128::from_le_bytes(random());
        let answer = digest.answer(&self.user, &self.password, method.as_str(), &path, nonce);
        let mut answer = HeaderValue::try_from(answer).ok()?;
        answer.set_sensitive(true);
        Some(answer)
    }

    /// What is wrong with what was sent, from the answer that lets nobody in; nothing if it is only
    /// to be said in another way.
    fn refused(&self, headers: &HeaderMap, asked_anew: bool) -> Result<(), Trouble> {
        let offered = headers.get_all(header::WWW_AUTHENTICATE);
        let offered: Vec<&str> = offered
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let mut known = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        match (known.is_some(), Digest::read(&offered)) {
            // The number that it gave before has only grown old.
            (true, Some(fresh)) if fresh.stale && !asked_anew => *known = Some(fresh),
            (true, _) => return Err(Trouble::Refused),
            (false, _) if digest::takes_basic(&offered) => return Err(Trouble::Refused),
            (false, Some(fresh)) => *known = Some(fresh),
            (false, None) => return Err(Trouble::SignIn),
        }
        Ok(())
    }

    /// Asks for properties of what is at an address, and with `depth` 1 of what lies in it.
    pub async fn propfind(
        &self,
        at: &Url,
        depth: &'static str,
        properties: &str,
    ) -> Result<(Url, Vec<Response>), Trouble> {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <d:propfind xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">\
             <d:prop>{properties}</d:prop></d:propfind>"
        );
        self.multistatus("PROPFIND", at, depth, body).await
    }

    /// A request that is answered by a list (RFC 4918, 13).
    pub async fn multistatus(
        &self,
        method: &str,
        at: &Url,
        depth: &'static str,
        body: String,
    ) -> Result<(Url, Vec<Response>), Trouble> {
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Trouble::Unreachable("no such method".to_owned(), None))?;
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/xml; charset=utf-8"),
            ),
            (
                HeaderName::from_static("depth"),
                HeaderValue::from_static(depth),
            ),
        ];
        let reply = self.send(method, at, &headers, body).await?;
        match reply.status {
            StatusCode::MULTI_STATUS => {}
            StatusCode::METHOD_NOT_ALLOWED => return Err(Trouble::Gone),
            status => return Err(unexpected(status)),
        }
        let root = xml::parse(&reply.body)
            .filter(|root| root.space == Space::Dav && root.name == "multistatus")
            .ok_or_else(|| Trouble::Unreachable("the answer is no CalDAV".to_owned(), None))?;
        let responses = root
            .children
            .into_iter()
            .filter(|child| child.space == Space::Dav && child.name == "response")
            .filter_map(|response| Response::read(response, &reply.from))
            .collect();
        Ok((reply.from, responses))
    }

    /// Sends a request, on to where it is redirected. A refusal is an error, every other status is
    /// for the caller to read.
    ///
    /// Redirections are followed with the password, since the address of one's calendars often is
    /// another than the one that is typed; only from https to https, and on one server.
    pub async fn send(
        &self,
        method: Method,
        at: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: String,
    ) -> Result<Reply, Trouble> {
        let mut at = at.clone();
        let mut asked_anew = false;
        for _ in 0..=REDIRECTS {
            let most = MOST.min(self.left.load(Ordering::Relaxed));
            let mut all: HeaderMap = headers.iter().cloned().collect();
            let authorization = self.authorization(&method, &at).ok_or(Trouble::Refused)?;
            all.insert(header::AUTHORIZATION, authorization);
            let user_agent = HeaderValue::from_static("Casella");
            all.insert(header::USER_AGENT, user_agent);
            let ask = Ask {
                method: method.clone(),
                address: at.as_str(),
                headers: all,
                body: body.clone().into_bytes(),
                within: WITHIN,
                most,
            };
            let answer = self.guard.ask(ask).await.map_err(Trouble::from)?;
            let took = answer.body.as_ref().map_or(most, bytes::Bytes::len);
            self.left.fetch_sub(took, Ordering::Relaxed);
            let text = |name| {
                let value: &HeaderValue = answer.headers.get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            match answer.status {
                status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                    let to = text(header::LOCATION).and_then(|to| at.join(&to).ok());
                    let to = to.ok_or_else(|| unexpected(status))?;
                    at = redirected(&at, to).ok_or(Trouble::Address(
                        "the server redirects to another one without TLS",
                    ))?;
                }
                StatusCode::UNAUTHORIZED => {
                    self.refused(&answer.headers, asked_anew)?;
                    asked_anew = true;
                }
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    let after = text(header::RETRY_AFTER).and_then(|after| after.parse().ok());
                    let why = format!("the server answered {}", answer.status);
                    return Err(Trouble::Unreachable(why, after.map(Duration::from_secs)));
                }
                status => {
                    let body = answer.body.as_deref();
                    let body = body.ok_or(Trouble::TooLarge("the answer is too large"))?;
                    return Ok(Reply {
                        status,
                        tag: text(header::ETAG),
                        from: at,
                        body: String::from_utf8_lossy(body).into_owned(),
                    });
                }
            }
        }
        Err(Trouble::Unreachable(
            "the server redirects in a circle".to_owned(),
            None,
        ))
    }
}

/// Where a redirection leads, if it may be followed: without TLS only to the same server. One that
/// stands behind a proxy may not know of its TLS; then what it means lies there, with TLS.
fn redirected(from: &Url, mut to: Url) -> Option<Url> {
    if from.scheme() == "https" && to.scheme() == "http" && from.host() == to.host() {
        to.set_scheme("https").ok()?;
        to.set_port(from.port()).ok()?;
    }
    let fine = to.origin() == from.origin() || (from.scheme() == "https" && to.scheme() == "https");
    fine.then_some(to)
}

impl From<OutgoingError> for Trouble {
    fn from(error: OutgoingError) -> Self {
        match error {
            OutgoingError::Address(what) => Self::Address(what),
            OutgoingError::Port => Self::Port,
            OutgoingError::Failed(why) => Self::Unreachable(why, None),
        }
    }
}

/// What a list says of one thing.
pub struct Response {
    pub at: Url,
    /// The server left something out, for want of room (RFC 4918, 11.5).
    pub cut: bool,
    /// The properties that were found.
    found: Vec<Element>,
}

impl Response {
    fn read(response: Element, base: &Url) -> Option<Self> {
        let at = base.join(response.href()?).ok()?;
        let code = |status: &Element| status.text.split(' ').nth(1).map(str::to_owned);
        let cut = response
            .child(Space::Dav, "status")
            .and_then(code)
            .as_deref()
            == Some("507");
        let mut found = Vec::new();
        for part in response.children {
            if part.space != Space::Dav || part.name != "propstat" {
                continue;
            }
            let status = part.child(Space::Dav, "status");
            // Where there is none, there is nothing wrong.
            let fine = status.is_none_or(|status| code(status).as_deref() == Some("200"));
            if fine {
                let properties = part
                    .children
                    .into_iter()
                    .filter(|child| child.space == Space::Dav && child.name == "prop");
                found.extend(properties.flat_map(|prop| prop.children));
            }
        }
        Some(Self { at, cut, found })
    }

    /// A property.
    pub fn get(&self, space: Space, name: &str) -> Option<&Element> {
        self.found
            .iter()
            .find(|element| element.space == space && element.name == name)
    }

    /// The address in a property.
    pub fn address(&self, space: Space, name: &str) -> Option<Url> {
        self.at.join(self.get(space, name)?.href()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirection_to_the_same_host_without_tls_is_followed_with_it() {
        let leads = |from: &str, to: &str| {
            let to = redirected(&Url::parse(from).unwrap(), Url::parse(to).unwrap());
            to.map(String::from)
        };
        let from = "https://cloud.example.com/.well-known/caldav";
        for (from, to, wanted) in [
            (
                from,
                "http://cloud.example.com/dav/",
                Some("https://cloud.example.com/dav/"),
            ),
            (
                from,
                "http://cloud.example.com:8080/dav/",
                Some("https://cloud.example.com/dav/"),
            ),
            (
                "https://a.example:8443/",
                "http://a.example/dav",
                Some("https://a.example:8443/dav"),
            ),
            (
                from,
                "https://dav.example.org/",
                Some("https://dav.example.org/"),
            ),
            (from, "http://dav.example.com/", None),
            (
                "http://10.0.0.5:8080/",
                "http://10.0.0.5:8080/dav",
                Some("http://10.0.0.5:8080/dav"),
            ),
            ("http://10.0.0.5:8080/", "http://10.0.0.5/dav", None),
            ("http://10.0.0.5:8080/", "https://dav.example.org/", None),
        ] {
            assert_eq!(leads(from, to).as_deref(), wanted, "{from} {to}");
        }
    }
}
