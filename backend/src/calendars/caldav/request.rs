//! Requests to a CalDAV server.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use super::{
    super::Trouble,
    xml::{self, Element, Space},
};
use crate::outgoing::{Ask, Guard, OutgoingError};

/// How long one request may take.
const WITHIN: Duration = Duration::from_secs(20);

/// How large an answer may be, in bytes.
const MOST: usize = 16 * 1024 * 1024;

/// How often a request is sent on to another address.
const REDIRECTS: usize = 5;

/// A server, and who asks it.
pub struct Dav {
    guard: Guard,
    authorization: HeaderValue,
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
            authorization,
        })
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
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED => {
                return Err(Trouble::Gone);
            }
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
    /// another than the one that is typed; only from https to https, and within one host from http.
    pub async fn send(
        &self,
        method: Method,
        at: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: String,
    ) -> Result<Reply, Trouble> {
        let mut at = at.clone();
        for _ in 0..=REDIRECTS {
            let mut all: HeaderMap = headers.iter().cloned().collect();
            all.insert(header::AUTHORIZATION, self.authorization.clone());
            let user_agent = HeaderValue::from_static("Casella");
            all.insert(header::USER_AGENT, user_agent);
            let ask = Ask {
                method: method.clone(),
                address: at.as_str(),
                headers: all,
                body: body.clone().into_bytes(),
                within: WITHIN,
                most: MOST,
            };
            let answer = self.guard.ask(ask).await.map_err(Trouble::from)?;
            let text = |name| {
                let value: &HeaderValue = answer.headers.get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            match answer.status {
                status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                    let to = text(header::LOCATION).and_then(|to| at.join(&to).ok());
                    let to = to.ok_or_else(|| unexpected(status))?;
                    let same = to.origin() == at.origin();
                    if !(same || (at.scheme() == "https" && to.scheme() == "https")) {
                        return Err(Trouble::Address(
                            "the server redirects to another one without TLS",
                        ));
                    }
                    at = to;
                }
                StatusCode::UNAUTHORIZED => return Err(Trouble::Refused),
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    let after = text(header::RETRY_AFTER).and_then(|after| after.parse().ok());
                    let why = format!("the server answered {}", answer.status);
                    return Err(Trouble::Unreachable(why, after.map(Duration::from_secs)));
                }
                status => {
                    let body = answer.body.as_deref().ok_or_else(|| {
                        Trouble::Unreachable("the answer is too large".to_owned(), None)
                    })?;
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

/// A status that ends what was tried.
pub fn unexpected(status: StatusCode) -> Trouble {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Trouble::Refused,
        status => Trouble::Unreachable(format!("the server answered {status}"), None),
    }
}

impl From<OutgoingError> for Trouble {
    fn from(error: OutgoingError) -> Self {
        match error {
            OutgoingError::Address(what) => Self::Address(what),
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
