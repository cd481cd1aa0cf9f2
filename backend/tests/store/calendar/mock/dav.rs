//! A CalDAV server with two calendars, `A` and `B`, that can be told to refuse.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub const USER: &str = "maya";
pub const PASSWORD: &str = "s3cret";
const NONCE: &str = "abc, \\\"def";

/// What the server holds, and what it is told to do.
#[derive(Default)]
pub struct Held {
    /// Events by path.
    pub items: BTreeMap<String, String>,
    /// Writes to paths that have this in them are answered by this.
    pub refuses: Option<(String, u16)>,
    /// Paths that were removed by hand and cannot be used again: 400.
    pub bin: BTreeSet<String>,
    /// Reading this calendar is answered by this.
    pub unreadable: Option<(String, u16)>,
    /// Takes no password as it is.
    pub digest: bool,
    /// How often calendars were read.
    pub reports: usize,
}

pub struct Dav {
    pub port: u16,
    held: Arc<Mutex<Held>>,
}

impl Dav {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            held: Arc::default(),
        };
        let held = Arc::clone(&server.held);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&held)));
            }
        });
        server
    }

    pub fn calendar(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/maya/{name}/", self.port)
    }

    pub fn with<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        act(&mut self.held.lock().unwrap())
    }

    pub fn put(&self, calendar: &str, name: &str, text: &str) {
        let path = format!("/maya/{calendar}/{name}.ics");
        self.with(|held| held.items.insert(path, text.to_owned()));
    }
}

async fn serve(mut stream: TcpStream, held: Arc<Mutex<Held>>) {
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
    let header = |wanted: &str| {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
        let found = lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let mut first = head.split(' ');
    let (method, path) = (first.next().unwrap(), first.next().unwrap());
    let length: usize = header("content-length").parse().unwrap_or(0);
    let mut body = bytes.split_off(head_ends + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let body = String::from_utf8(body).unwrap();
    let (status, answer) = {
        let mut held = held.lock().unwrap();
        if held.digest && !proves(&header("authorization"), method, path) {
            (401, String::new())
        } else {
            let new = header("if-none-match") == "*";
            answer(&mut held, method, path, &header("depth"), new, &body)
        }
    };
    let wants = match status {
        401 => format!(
            "www-authenticate: Digest realm=\"cal\", nonce=\"{NONCE}\", algorithm=SHA-256, qop=\"auth\"\r\n"
        ),
        _ => String::new(),
    };
    let answer = format!(
        "HTTP/1.1 {status} Said\r\n{wants}content-length: {}\r\n\r\n{answer}",
        answer.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// RFC 7616, 3.4.1.
fn proves(authorization: &str, method: &str, path: &str) -> bool {
    let field = |name: &str| {
        let (_, rest) = authorization.split_once(&format!("{name}="))?;
        let value = rest.strip_prefix('"').map_or_else(
            || rest.split(',').next(),
            |rest| {
                rest.split("\",")
                    .next()
                    .map(|value| value.trim_end_matches('"'))
            },
        );
        value.map(str::to_owned)
    };
    let hash = |text: String| {
        let bytes = Sha256::digest(text);
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let who = hash(format!("{USER}:cal:{PASSWORD}"));
    let what = hash(format!("{method}:{path}"));
    let (Some(nc), Some(cnonce), Some(response)) =
        (field("nc"), field("cnonce"), field("response"))
    else {
        return false;
    };
    let nonce = NONCE.replace('\\', "");
    response == hash(format!("{who}:{nonce}:{nc}:{cnonce}:auth:{what}"))
}

fn answer(
    held: &mut Held,
    method: &str,
    path: &str,
    depth: &str,
    new: bool,
    body: &str,
) -> (u16, String) {
    let refused = held
        .refuses
        .as_ref()
        .filter(|(part, _)| path.contains(part.as_str()))
        .map(|(_, status)| *status);
    match (method, path) {
        ("PROPFIND", "/maya/") if depth == "0" => (
            207,
            listed(&[(
                "/maya/".to_owned(),
                "<d:resourcetype><d:collection/></d:resourcetype>\
             <c:calendar-home-set><d:href>/maya/</d:href></c:calendar-home-set>\
             <c:calendar-user-address-set><d:href>/maya/</d:href>\
             <d:href>mailto:m@example.org</d:href></c:calendar-user-address-set>"
                    .to_owned(),
            )]),
        ),
        ("PROPFIND", "/maya/") => {
            let calendars = ["A", "B"].map(|name| {
                let kind = "<d:resourcetype><c:calendar/></d:resourcetype>";
                let name_of = format!("{kind}<d:displayname>{name}</d:displayname>");
                (format!("/maya/{name}/"), name_of)
            });
            (207, listed(&calendars))
        }
        ("PROPFIND", item) => match held.items.contains_key(item) {
            true => (
                207,
                listed(&[(item.to_owned(), "<d:getetag>\"1\"</d:getetag>".to_owned())]),
            ),
            false => (404, String::new()),
        },
        ("REPORT", calendar) => {
            held.reports += 1;
            if let Some((_, status)) = held
                .unreadable
                .as_ref()
                .filter(|(which, _)| which == calendar)
            {
                return (*status, String::new());
            }
            let all: Vec<(String, String)> = held
                .items
                .iter()
                .filter(|(path, _)| path.starts_with(calendar))
                .map(|(path, text)| {
                    let data = format!("<c:calendar-data><![CDATA[{text}]]></c:calendar-data>");
                    (path.clone(), data)
                })
                .collect();
            (207, listed(&all))
        }
        ("PUT", item) => match refused {
            Some(status) => (status, String::new()),
            None if held.bin.contains(item) => (400, String::new()),
            None if new && held.items.contains_key(item) => (412, String::new()),
            None if !new && !held.items.contains_key(item) => (412, String::new()),
            None => {
                held.items.insert(item.to_owned(), body.to_owned());
                (201, String::new())
            }
        },
        ("DELETE", item) => match refused {
            Some(status) => (status, String::new()),
            None if held.items.remove(item).is_some() => (204, String::new()),
            None => (404, String::new()),
        },
        asked => panic!("{asked:?}"),
    }
}

fn listed(all: &[(String, String)]) -> String {
    let responses: String = all
        .iter()
        .map(|(path, properties)| {
            format!(
                "<d:response><d:href>{path}</d:href><d:propstat><d:prop>{properties}</d:prop>\
                 <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            )
        })
        .collect();
    format!(
        "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{responses}</d:multistatus>"
    )
}
