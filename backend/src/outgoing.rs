//! Requests to addresses that somebody typed: the one guard that all of them pass.
//!
//! The name is resolved here, every address is looked at, and the connection goes to the address
//! that was looked at: a name that points elsewhere a moment later leads nowhere.

pub mod dial;
mod public;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

pub use public::is_public;

/// The ports of hosts that the configuration does not name. With any port, who types addresses
/// could find out what else is open on a host.
const PORTS: [u16; 2] = [443, 8443];

/// How long a whole request of [`Guard::post`] may take.
const LIMIT: Duration = Duration::from_secs(10);

/// How much of its answer is read, in bytes.
const ANSWER: usize = 64 * 1024;

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// It never will be.
    #[error("{0}")]
    Address(&'static str),
    /// It never will be: the port may not be asked.
    #[error("only the ports 443 and 8443 may be reached; allow_outgoing can name others")]
    Port,
    /// It may be, later.
    #[error("{0}")]
    Failed(String),
}

impl OutgoingError {
    fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

const NO_ADDRESS: OutgoingError =
    OutgoingError::Address("expected an address like https://host/path");

/// A request.
pub struct Ask<'a> {
    pub method: Method,
    pub address: &'a str,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// How long it may take, to the last byte of the answer.
    pub within: Duration,
    /// How many bytes of an answer are read.
    pub most: usize,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// None if it was longer than allowed, or cut off.
    pub body: Option<Bytes>,
}

/// Sends requests to public addresses, and to the hosts that the configuration names.
#[derive(Clone)]
pub struct Guard {
    /// `host:port`, in lower case.
    allowed: Arc<[String]>,
    /// Whether any port may be reached.
    any_port: bool,
    tls: TlsConnector,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    host: String,
    port: u16,
    tls: bool,
    /// Named by the configuration.
    allowed: bool,
}

impl Guard {
    /// With hosts (`host:port`) that may be reached wherever they are, also without TLS.
    pub fn new(allowed: &[String]) -> Self {
        Self {
            allowed: allowed.iter().map(|host| host.to_lowercase()).collect(),
            any_port: false,
            tls: tls(),
        }
    }

    /// The same for addresses that were typed before only some ports could be.
    pub fn any_port(&self) -> Self {
        Self {
            any_port: true,
            ..self.clone()
        }
    }

    /// Whether a request may be sent there, as far as the address itself tells.
    ///
    /// # Errors
    /// [`OutgoingError::Address`] says what was expected.
    pub fn check(&self, address: &str) -> Result<(), OutgoingError> {
        let uri: Uri = address.parse().map_err(|_| NO_ADDRESS)?;
        let target = self.target(&uri)?;
        match ip_of(&target.host) {
            Some(ip) if !target.allowed && !is_public(ip) => Err(NOT_PUBLIC),
            _ => Ok(()),
        }
    }

    fn target(&self, uri: &Uri) -> Result<Target, OutgoingError> {
        let authority = uri.authority().ok_or(NO_ADDRESS)?;
        if authority.as_str().contains('@') {
            return Err(NO_ADDRESS);
        }
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(NO_ADDRESS),
        };
        let host = authority.host().to_lowercase();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let allowed = self.allowed.contains(&format!("{host}:{port}"));
        if !tls && !allowed {
            return Err(OutgoingError::Address("expected an https address"));
        }
        if !(allowed || self.any_port || PORTS.contains(&port)) {
            return Err(OutgoingError::Port);
        }
        Ok(Target {
            host,
            port,
            tls,
            allowed,
        })
    }

    /// Posts a body and waits at most 10 s for the answer. Redirections are not followed.
    ///
    /// # Errors
    /// [`OutgoingError`] if no answer came.
    pub async fn post(
        &self,
        address: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, OutgoingError> {
        self.ask(Ask {
            method: Method::POST,
            address,
            headers,
            body,
            within: LIMIT,
            most: ANSWER,
        })
        .await
    }

    /// Sends a request and waits for the answer. Redirections are not followed.
    ///
    /// # Errors
    /// [`OutgoingError`] if no answer came.
    pub async fn ask(&self, ask: Ask<'_>) -> Result<Answer, OutgoingError> {
        let uri: Uri = ask.address.parse().map_err(|_| NO_ADDRESS)?;
        let target = self.target(&uri)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(ask.method)
            .uri(path)
            .body(Full::new(Bytes::from(ask.body)))
            .map_err(|_| NO_ADDRESS)?;
        *request.headers_mut() = ask.headers;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let host = host.parse().map_err(|_| NO_ADDRESS)?;
        request.headers_mut().insert(header::HOST, host);
        timeout(ask.within, self.exchange(&target, request, ask.most))
            .await
            .map_err(|_| {
                OutgoingError::Failed(format!("no answer in {} s", ask.within.as_secs()))
            })?
    }

    async fn exchange(
        &self,
        target: &Target,
        request: Request<Full<Bytes>>,
        most: usize,
    ) -> Result<Answer, OutgoingError> {
        let stream = connect(target).await?;
        if !target.tls {
            return send(stream, request, most).await;
        }
        let name = target.host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(|_| NO_ADDRESS)?;
        let stream = self.tls.connect(name, stream).await;
        send(stream.map_err(OutgoingError::failed)?, request, most).await
    }
}

/// Encryption that trusts what browsers trust.
pub fn tls() -> TlsConnector {
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|config| config.with_root_certificates(roots).with_no_client_auth());
    #[expect(
        clippy::expect_used,
        reason = "the provider has the versions that it is asked for; a fixed choice"
    )]
    let config = config.expect("ring speaks TLS 1.2 and 1.3");
    TlsConnector::from(Arc::new(config))
}

const NOT_PUBLIC: OutgoingError =
    OutgoingError::Address("the address is not public; allow_outgoing can name it");

/// Connects to an address of the host that may be reached and answers.
async fn connect(target: &Target) -> Result<TcpStream, OutgoingError> {
    let mut addresses = dial::addresses(&target.host, target.port)
        .await
        .map_err(OutgoingError::failed)?;
    let known = addresses.len();
    addresses.retain(|address: &SocketAddr| target.allowed || is_public(address.ip()));
    if addresses.is_empty() && known > 0 {
        return Err(NOT_PUBLIC);
    }
    dial::dial(addresses).await.map_err(OutgoingError::failed)
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Answer, OutgoingError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(OutgoingError::failed)?;
    // Ends with the sender: nothing is left behind when the caller stops waiting.
    let driver = tokio::spawn(connection);
    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(OutgoingError::failed)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, most).collect().await;
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: body.ok().map(|body| body.to_bytes()),
        })
    }
    .await;
    driver.abort();
    answer
}

/// The address that a host is, if it is no name.
fn ip_of(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_before_anything_is_sent() {
        let guard = Guard::new(&["127.0.0.1:8080".to_owned(), "Push.local:443".to_owned()]);
        for fine in [
            "https://push.example.com/a?b",
            "http://127.0.0.1:8080/",
            "https://push.local/",
            "https://8.8.8.8/",
            "https://8.8.8.8:8443/",
        ] {
            assert!(guard.check(fine).is_ok(), "{fine}");
        }
        for port in [22, 80, 444, 6379] {
            let other = format!("https://push.example.com:{port}/");
            assert!(matches!(guard.check(&other), Err(OutgoingError::Port)));
            assert!(guard.any_port().check(&other).is_ok(), "{other}");
        }
        for wrong in [
            "http://push.example.com/",
            "https://127.0.0.1/",
            "https://127.0.0.1:8081/",
            "https://[::1]/",
            "https://10.0.0.1/",
            "https://a@push.example.com/",
            "ftp://push.example.com/",
            "/push",
            "",
        ] {
            assert!(guard.check(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_name_that_points_to_this_machine_is_not_reached() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("https://localhost:{port}/");
        let guard = Guard::new(&[]).any_port();
        let sent = guard.post(&address, HeaderMap::new(), Vec::new());
        let error = sent.await.unwrap_err();
        assert!(matches!(error, OutgoingError::Address(_)), "{error}");
    }
}
