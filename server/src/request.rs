//! What is done for every request: who sends it, its id, its log line, its measure, its limit.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tracing::Instrument;

use crate::{
    body::Progress, config::Config, connection::Connection, forwarded, header as security,
    node::Node, problem::Problem, route, visit,
};

/// The other end of the TCP connection; set by the listener.
#[derive(Clone, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    /// None in tests of handlers.
    pub connection: Option<Arc<Connection>>,
}

/// Who sends a request, and to which address.
#[derive(Clone, Debug)]
pub struct Client {
    /// The address that limits count by.
    pub address: IpAddr,
    /// Whether the browser uses https.
    pub secure: bool,
    /// Host and port that the browser asked for, in lower case.
    pub host: String,
    /// What it came by.
    pub connection: Option<Arc<Connection>>,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The methods that are told apart in measures and logs.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::HEAD,
    Method::OPTIONS,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

impl Client {
    /// Forwarded headers are believed from the configured proxies only.
    pub fn of(headers: &HeaderMap, peer: Peer, config: &Config) -> Self {
        let trusted = |address: IpAddr| config.proxies.iter().any(|known| known.contains(address));
        let from = peer.address.ip().to_canonical();
        Self {
            address: forwarded::client(headers, from, trusted),
            secure: match &config.public_url {
                Some(url) => url.as_str().starts_with("https://"),
                None => trusted(from) && forwarded::is_https(headers),
            },
            host: forwarded::host(headers),
            connection: peer.connection,
        }
    }

    /// The origin under which this client reaches Casella.
    pub fn base(&self, config: &Config) -> String {
        match &config.public_url {
            Some(url) => url.as_str().to_owned(),
            None => format!(
                "{}://{}",
                if self.secure { "https" } else { "http" },
                self.host
            ),
        }
    }
}

/// What stands before every handler: whether the request may be asked at all.
fn look(node: &Node, client: &Client, route: &str) -> Result<(), Problem> {
    node.limits.request(client.address)?;
    if let Some(connection) = &client.connection {
        connection.claim(client.address.into())?;
    }
    // Else anybody could name the address under which pages and scripts send browsers back, or lead
    // a browser here by a name of their own.
    let known = node.config.public_url.is_some() || forwarded::is_loopback(&client.host);
    if known || route::SIGNALS.contains(&route) {
        Ok(())
    } else {
        let detail =
            "Casella does not know this address: set public_url to the one that browsers use";
        Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail))
    }
}

/// The outermost layer: makes [`Client`] known to what follows.
pub async fn receive(State(node): State<Arc<Node>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let peer = request.extensions().get::<Peer>().cloned();
    let peer = peer.unwrap_or(Peer {
        address: SocketAddr::from(([0, 0, 0, 0], 0)),
        connection: None,
    });
    let client = Client::of(request.headers(), peer, &node.config);
    let progress = request.extensions().get::<Arc<Progress>>().cloned();
    let progress = progress.unwrap_or_default();
    let id = u64::from_be_bytes(backend::random());
    let id = format!("{id:016x}");
    // What strangers may choose never becomes a label, nor a secret address a line of the log.
    let method = METHODS.into_iter().find(|known| known == request.method());
    let method = method.as_ref().map_or("other", Method::as_str);
    let method = method.to_owned();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let mark = node.marks.of(request.uri().path());
    let span = tracing::info_span!(
        "request", id, method, route, path = %mark, address = %client.address
    );
    let caller = visit::caller(route, request.headers());

    let looked = look(&node, &client, route);
    let secure = client.secure;
    request.extensions_mut().insert(client);
    let mut response = match looked {
        Ok(()) => {
            let answer = next.run(request).instrument(span.clone());
            let answer = progress.within(node.config.times.request, answer).await;
            match answer {
                _ if progress.was_too_slow() => {
                    let detail = "The request came too slowly: try again";
                    Problem::new(StatusCode::REQUEST_TIMEOUT, detail).into_response()
                }
                Some(answer) => answer,
                None => {
                    let detail = "The request took too long: try again";
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
                }
            }
        }
        Err(problem) => problem.into_response(),
    };

    let status = response.status();
    let took = began.elapsed();
    span.in_scope(|| tracing::info!(status = status.as_u16(), ?took, "answered"));
    let labels = [
        ("method", method),
        ("route", route.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("casella_http_requests_total", &labels).increment(1);
    metrics::histogram!("casella_http_request_seconds").record(took);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if let Some(caller) = caller {
        visit::may_be_read(response.headers_mut(), caller);
    }
    security::add(response.headers_mut(), secure);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Settings};

    fn client(peer: [u8; 4], headers: &[(&'static str, &str)]) -> Client {
        let settings = Settings::from_layers(
            &Flags::default(),
            |name| (name == "CASELLA_PROXIES").then(|| "10.0.0.5, 2001:db8::/64".to_owned()),
            "",
        );
        let config = Config::parse(&settings.unwrap()).unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let peer = Peer {
            address: (peer, 1).into(),
            connection: None,
        };
        Client::of(&headers, peer, &config)
    }

    #[test]
    fn a_proxy_is_believed_and_anybody_else_is_not() {
        let said = [
            ("x-forwarded-for", "6.6.6.6, 1.2.3.4, 2001:db8::9"),
            ("x-forwarded-proto", "https"),
        ];
        let through = client([10, 0, 0, 5], &said);
        assert_eq!(through.address, IpAddr::from([1, 2, 3, 4]));
        assert!(through.secure);
        let direct = client([9, 9, 9, 9], &said);
        assert_eq!(direct.address, IpAddr::from([9, 9, 9, 9]));
        assert!(!direct.secure);
    }
}
