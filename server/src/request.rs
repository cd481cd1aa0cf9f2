//! What is done for every request: who sends it, its id, its log line, its measure, its limit.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::frame::POLL_SECONDS;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::time::timeout;
use tracing::Instrument;

use crate::{config::Config, header as security, node::Node, problem::Problem};

/// The other end of the TCP connection; set by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Who sends a request, and to which address.
#[derive(Clone, Debug)]
pub struct Client {
    /// The address that limits count by.
    pub address: IpAddr,
    /// Whether the TCP connection is that of a proxy, which many clients share.
    pub through_proxy: bool,
    /// Whether the browser uses https.
    pub secure: bool,
    /// Host and port that the browser asked for, in lower case.
    pub host: String,
}

/// How long any request may take: longer than a held one of the fallback.
const LIMIT: Duration = Duration::from_secs(POLL_SECONDS + 10);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl Client {
    /// Forwarded headers are believed from the configured proxies only.
    pub fn of(headers: &HeaderMap, peer: Peer, config: &Config) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let trusted = |address: &IpAddr| config.proxies.contains(&address.to_canonical());
        let peer = peer.0.ip();
        let through_proxy = trusted(&peer);
        let forwarded = HeaderName::from_static("x-forwarded-for");
        let address = match text(forwarded) {
            // Each proxy adds at the end: the last one that is no proxy of ours is the client.
            Some(chain) if through_proxy => chain
                .rsplit(',')
                .map_while(|hop| hop.trim().parse().ok())
                .find(|hop| !trusted(hop)),
            _ => None,
        };
        let proto = HeaderName::from_static("x-forwarded-proto");
        let secure = match &config.public_url {
            Some(url) => url.as_str().starts_with("https://"),
            None => through_proxy && text(proto) == Some("https"),
        };
        Self {
            address: address.unwrap_or(peer),
            through_proxy,
            secure,
            host: text(header::HOST).unwrap_or_default().to_ascii_lowercase(),
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

fn too_slow() -> Problem {
    let detail = "The request took too long: try again";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}

/// The outermost layer: makes [`Client`] known to what follows.
pub async fn receive(State(node): State<Arc<Node>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let peer = request.extensions().get::<Peer>().copied();
    let peer = peer.unwrap_or(Peer(SocketAddr::from(([0, 0, 0, 0], 0))));
    let client = Client::of(request.headers(), peer, &node.config);
    let id = u64::from_be_bytes(backend::random());
    let id = format!("{id:016x}");
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request", id, %method, path = request.uri().path(), address = %client.address
    );

    let limited = node.limits.request(client.address);
    let secure = client.secure;
    request.extensions_mut().insert(client);
    let mut response = match limited {
        Ok(()) => {
            let answer = timeout(LIMIT, next.run(request));
            let answer = answer.instrument(span.clone()).await;
            answer.unwrap_or_else(|_| too_slow().into_response())
        }
        Err(refusal) => Problem::from(refusal).into_response(),
    };

    let status = response.status();
    let took = began.elapsed();
    span.in_scope(|| tracing::info!(status = status.as_u16(), ?took, "answered"));
    let labels = [
        ("method", method.to_string()),
        ("route", route),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("casella_http_requests_total", &labels).increment(1);
    metrics::histogram!("casella_http_request_seconds").record(took);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
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
            |name| (name == "CASELLA_PROXIES").then(|| "10.0.0.5".to_owned()),
            "",
        );
        let config = Config::parse(&settings.unwrap()).unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        Client::of(&headers, Peer((peer, 1).into()), &config)
    }

    #[test]
    fn a_proxy_is_believed_and_anybody_else_is_not() {
        let said = [
            ("x-forwarded-for", "6.6.6.6, 1.2.3.4"),
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
