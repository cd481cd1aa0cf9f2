//! Mock servers of Google Calendar and Microsoft Graph, after their public documentation, as far
//! as Casella asks them.

pub mod dav;
pub mod google;
pub mod outlook;

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::{Url, form_urlencoded};

/// What such a server holds.
pub trait Api: Send + 'static {
    /// What is answered to who has a valid token.
    fn answer(&mut self, request: &Request) -> Reply;
}

pub struct Request {
    pub method: String,
    pub url: Url,
    pub body: Value,
    prefer: Vec<String>,
}

impl Request {
    /// The parts of the path behind the version, decoded.
    pub fn path(&self) -> Vec<String> {
        let segments = self.url.path_segments().unwrap();
        segments
            .skip(1)
            .map(|part| {
                let text = format!("x={}", part.replace('+', "%2B"));
                let (_, value) = form_urlencoded::parse(text.as_bytes()).next().unwrap();
                value.into_owned()
            })
            .collect()
    }

    pub fn asked(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    pub fn prefers(&self, what: &str) -> bool {
        self.prefer.iter().any(|prefer| prefer == what)
    }
}

pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub retry_after: Option<u32>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            retry_after: None,
        }
    }
}

/// Whom it lets in, and what it is told to do wrong.
#[derive(Default)]
pub struct Control {
    /// Codes of consents, with the challenge and the redirection that they were given for.
    codes: BTreeMap<String, (String, String)>,
    access: HashSet<String>,
    refresh: HashSet<String>,
    /// Each use of a refresh token ends it, and gives another.
    pub rotates: bool,
    count: u32,
    /// How many requests from now on are too many, and how that is said.
    pub limit: Option<(u32, fn() -> Reply)>,
    /// What is written next is written, and its answer lost.
    pub lose: bool,
    /// What was asked, tokens left out.
    pub log: Vec<String>,
}

pub struct Mock<A> {
    pub port: u16,
    pub control: Arc<Mutex<Control>>,
    pub api: Arc<Mutex<A>>,
}

impl<A: Api> Mock<A> {
    pub async fn start(api: A) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mock = Self {
            port: listener.local_addr().unwrap().port(),
            control: Arc::default(),
            api: Arc::new(Mutex::new(api)),
        };
        let (control, api) = (Arc::clone(&mock.control), Arc::clone(&mock.api));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&control), Arc::clone(&api)));
            }
        });
        mock
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a person does who gives consent: the state and code that the browser brings back.
    pub fn consent(&self, address: &str) -> (String, String) {
        let url = Url::parse(address).unwrap();
        let asked = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
        };
        assert_eq!(asked("code_challenge_method"), "S256");
        assert_eq!(asked("client_id"), "casella");
        let mut control = self.control.lock().unwrap();
        control.count += 1;
        let code = format!("code{}", control.count);
        let given = (asked("code_challenge"), asked("redirect_uri"));
        control.codes.insert(code.clone(), given);
        (asked("state"), code)
    }

    /// The hour is over for all access tokens.
    pub fn expire(&self) {
        self.control.lock().unwrap().access.clear();
    }

    /// The person withdraws the consent.
    pub fn revoke(&self) {
        let mut control = self.control.lock().unwrap();
        control.access.clear();
        control.refresh.clear();
    }
}

async fn serve<A: Api>(mut stream: TcpStream, control: Arc<Mutex<Control>>, api: Arc<Mutex<A>>) {
    let mut bytes = Vec::new();
    let head_ends = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let head = String::from_utf8(bytes[..head_ends].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
    };
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(head_ends + 4);
    while body.len() < length {
        assert_ne!(stream.read_buf(&mut body).await.unwrap(), 0);
    }
    let url = Url::parse(&format!("http://mock{}", first[1])).unwrap();
    let reply = if url.path() == "/token" {
        token(&mut control.lock().unwrap(), &body)
    } else {
        let request = Request {
            method: first[0].to_owned(),
            url,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            prefer: headers
                .iter()
                .filter(|(name, _)| name == "prefer")
                .map(|(_, value)| value.clone())
                .collect(),
        };
        let bearer = header("authorization").unwrap_or_default();
        let mut control = control.lock().unwrap();
        control
            .log
            .push(format!("{} {}", request.method, request.url.path()));
        let known = bearer
            .strip_prefix("Bearer ")
            .is_some_and(|token| control.access.contains(token));
        let limited = control.limit.as_mut().filter(|(left, _)| *left > 0);
        if !known {
            Reply::new(401, json!({ "error": { "code": 401 } }))
        } else if let Some((left, say)) = limited {
            *left -= 1;
            say()
        } else {
            let reply = api.lock().unwrap().answer(&request);
            if control.lose && matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
                control.lose = false;
                Reply::new(503, Value::Null)
            } else {
                reply
            }
        }
    };
    let body = match reply.body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let wait = reply
        .retry_after
        .map(|wait| format!("retry-after: {wait}\r\n"))
        .unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 {} Said\r\ncontent-type: application/json\r\n{wait}content-length: {}\r\n\r\n{body}",
        reply.status,
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
}

/// RFC 6749, 4.1.3 and 6, with RFC 7636.
fn token(control: &mut Control, body: &[u8]) -> Reply {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let refused = || Reply::new(400, json!({ "error": "invalid_grant" }));
    if fields["client_id"] != "casella" || fields["client_secret"] != "shh" {
        return Reply::new(401, json!({ "error": "invalid_client" }));
    }
    let first = fields["grant_type"] == "authorization_code";
    if first {
        let Some((challenge, redirect)) = control.codes.remove(&fields["code"]) else {
            return refused();
        };
        let proof = BASE64.encode(Sha256::digest(&fields["code_verifier"]));
        if challenge != proof || redirect != fields["redirect_uri"] {
            return refused();
        }
    } else if !control.refresh.contains(&fields["refresh_token"]) {
        return refused();
    }
    control.count += 1;
    let (access, refresh) = (format!("a{}", control.count), format!("r{}", control.count));
    control.access.insert(access.clone());
    let mut answer = json!({ "access_token": access, "expires_in": 3600, "token_type": "Bearer" });
    if control.rotates && !first {
        control.refresh.remove(&fields["refresh_token"]);
    }
    if control.rotates || first {
        control.refresh.insert(refresh.clone());
        answer["refresh_token"] = refresh.into();
    }
    Reply::new(200, answer)
}
