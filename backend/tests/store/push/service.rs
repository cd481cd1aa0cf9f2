//! A push service: takes what is posted to it, and answers as it is told.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use backend::Clock;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

/// How long anything may take that should happen soon, on a machine that does much else.
pub const SOON: Duration = Duration::from_secs(30);

/// How long nothing may come before it counts as nothing: longer than a first try again.
const QUIET: Duration = Duration::from_secs(4);

/// What to answer at each path, before it is 201 again.
type Answers = Arc<Mutex<HashMap<String, VecDeque<u16>>>>;

pub struct Service {
    port: u16,
    requests: mpsc::UnboundedReceiver<Request>,
    answers: Answers,
}

pub struct Request {
    pub path: String,
    headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Service {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, requests) = mpsc::unbounded_channel();
        let answers = Answers::default();
        let scripted = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &tell, &scripted).await;
            }
        });
        Self {
            port,
            requests,
            answers,
        }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.host())
    }

    pub fn address(&self, browser: &str) -> String {
        format!("{}/{browser}", self.origin())
    }

    /// Answers the next request for a browser with this status.
    pub fn answer(&self, browser: &str, status: u16) {
        let mut answers = self.answers.lock().unwrap();
        let at = answers.entry(format!("/{browser}")).or_default();
        at.push_back(status);
    }

    pub async fn request(&mut self) -> Request {
        let request = timeout(SOON, self.requests.recv()).await;
        request.expect("a request comes soon").unwrap()
    }

    pub async fn nothing_more(&mut self) {
        let more = timeout(QUIET, self.requests.recv()).await;
        assert!(more.is_err(), "nothing more was to come");
    }
}

async fn serve(mut stream: TcpStream, tell: &mpsc::UnboundedSender<Request>, answers: &Answers) {
    let mut bytes = Vec::new();
    let head_ends = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0);
    };
    let head = String::from_utf8(bytes[..head_ends].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap().split(' ').collect();
    assert_eq!(first[0], "POST");
    let headers: HashMap<String, String> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers["content-length"].parse().unwrap();
    let mut body = bytes.split_off(head_ends + 4);
    while body.len() < length {
        assert_ne!(stream.read_buf(&mut body).await.unwrap(), 0);
    }
    let path = first[1].to_owned();
    let scripted = answers
        .lock()
        .unwrap()
        .get_mut(&path)
        .and_then(VecDeque::pop_front);
    let status = scripted.unwrap_or(201);
    let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    // The story may be over.
    let _ = tell.send(Request {
        path,
        headers,
        body,
    });
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        &self.headers[name]
    }

    /// As RFC 8292 asks for it: a token for this service, not expired by the clock, of this key.
    pub fn is_signed_by(&self, key: &str, audience: &str, contact: &str, clock: &Clock) {
        let (_, parts) = self.header("authorization").split_once("vapid t=").unwrap();
        let (token, public) = parts.split_once(", k=").unwrap();
        assert_eq!(public, key);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, BASE64.decode(public).unwrap())
            .verify(signed.as_bytes(), &BASE64.decode(signature).unwrap())
            .unwrap();
        let claims = signed.split_once('.').unwrap().1;
        let claims: Value = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["aud"], audience);
        assert_eq!(claims["sub"], contact);
        let now = i64::try_from(clock.now().unix_millis() / 1_000).unwrap();
        let expires = claims["exp"].as_i64().unwrap() - now;
        assert!((3_600..=24 * 3_600).contains(&expires), "{expires}");
    }
}
