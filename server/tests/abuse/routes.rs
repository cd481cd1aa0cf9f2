//! Requests to every route, by everybody, well-formed and spoiled.

use domain::{
    FileId,
    file::{AgentUpload, VisitorUpload},
    frame::visitor::VisitorToken,
    frame::{POLL_FRAMES, PollRequest, encode, visitor::VisitorRequest},
};
use http::Method;
use server::route::{Route, table};

use crate::{
    app::{SITE, SITE_ORIGIN, site_key},
    calls,
    frames::Mind,
};

/// A request.
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub body: Vec<u8>,
    pub kind: Option<&'static str>,
    /// Of the page that sends it; none: of Casella's own.
    pub origin: Option<&'static str>,
}

/// As it may stand in an address, however odd it is.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// A part of an address: mostly the right one.
fn part(mind: &mut Mind, right: &str) -> String {
    match mind.random.below(4) {
        0 => {
            let mut text = mind.random.text();
            // Longer addresses no client sends.
            text.truncate(text.floor_char_boundary(4_000));
            escaped(&text)
        }
        1 => {
            let spoilt = mind.random.spoil(right.as_bytes().to_vec());
            let mut text = String::from_utf8_lossy(&spoilt).into_owned();
            text.truncate(text.floor_char_boundary(4_000));
            if mind.random.once_in(4) {
                "%FF%00".to_owned()
            } else {
                escaped(&text)
            }
        }
        _ => right.to_owned(),
    }
}

fn link(mind: &mut Mind) -> String {
    let right = match mind.links.is_empty() {
        true => "x".to_owned(),
        false => mind.random.one(&mind.links).clone(),
    };
    part(mind, &right)
}

/// A few fields of a form or of what stands behind `?`.
fn fields(mind: &mut Mind) -> String {
    let mut fields = Vec::new();
    for name in ["lang", "zone", "from", "slot", "todo", "email", "id", "act"] {
        if mind.random.once_in(2) {
            continue;
        }
        let value = match name {
            "slot" | "from" if !mind.random.once_in(4) => (mind.slot().0.0 / 1_000_000).to_string(),
            "id" if !mind.random.once_in(4) => mind.id().to_string(),
            "act" if !mind.random.once_in(4) => {
                (*mind.random.one(&["yes", "cancel", "book", "move"])).to_owned()
            }
            "todo" if !mind.random.once_in(4) => {
                (*mind.random.one(&["move", "cancel", "book"])).to_owned()
            }
            "email" => mind.random.email(),
            "zone" => mind.random.zone(),
            _ => mind.random.text(),
        };
        fields.push(format!("{name}={}", escaped(&value)));
    }
    let mut fields = fields.join("&");
    // Behind what is cut only a field is broken.
    fields.truncate(6_000);
    fields
}

/// JSON whose strings hold what only JSON can say: halves of surrogate pairs.
fn json(mind: &mut Mind, token: &VisitorToken) -> Vec<u8> {
    let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
    let string = |mind: &mut Mind| match mind.random.below(4) {
        0 => (*mind.random.one(&[
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            r#""\u0000""#,
            r#""\u2028\u202e""#,
            "null",
            "1e999",
            "{}",
        ]))
        .to_owned(),
        _ => serde_json::Value::from(mind.random.text()).to_string(),
    };
    let (url, title) = (string(mind), string(mind));
    let identity = if mind.random.once_in(5) {
        string(mind)
    } else {
        "null".to_owned()
    };
    format!(r#"{{"token":"{hex}","identity":{identity},"url":{url},"title":{title}}}"#).into_bytes()
}

/// A request to any route; none: not now.
pub fn any(mind: &mut Mind, tokens: &[VisitorToken]) -> Option<Asked> {
    let rows = table();
    let route = mind.random.one(&rows);
    let token = *mind.random.one(tokens);
    let mut asked = of(mind, route, token)?;
    if mind.random.once_in(6) {
        asked.body = mind.random.spoil(asked.body);
    }
    if mind.random.once_in(40) {
        asked.method = mind
            .random
            .one(&[Method::PUT, Method::HEAD, Method::OPTIONS, Method::DELETE])
            .clone();
    }
    if mind.random.once_in(20) {
        asked.kind =
            Some(
                *mind
                    .random
                    .one(&["application/json", "text/html", "multipart/form-data", "é"]),
            );
    }
    Some(asked)
}

fn of(mind: &mut Mind, route: &Route, token: VisitorToken) -> Option<Asked> {
    let mut asked = Asked {
        method: route.method.clone(),
        path: route.path.to_owned(),
        body: Vec::new(),
        kind: None,
        origin: None,
    };
    match route.path {
        "/healthz" | "/readyz" | "/metrics" | "/worker.js" | "/sign-in" | "/setup" | "/" => {}
        // Sockets are clients of their own; this is a request for one that is none.
        "/ws/visitor" | "/ws/agent" => {}
        "/assets/{file}" => asked.path = format!("/assets/{}", part(mind, "chat-0000000000b1.js")),
        "/files/{address}" => {
            let right = match mind.files.is_empty() {
                true => "x".to_owned(),
                false => mind.random.one(&mind.files).clone(),
            };
            asked.path = format!("/files/{}", part(mind, &right));
        }
        "/feeds/{file}" | "/photos/{name}" => {
            let right = format!("{}.ics", "0".repeat(64));
            asked.path = route
                .path
                .replace("{file}", &part(mind, &right))
                .replace("{name}", &part(mind, "x.png"));
        }
        "/w/{key}" | "/w/{key}/frame" | "/preview/{key}" | "/preview/{key}/page" => {
            let key = if route.path == "/w/{key}" {
                "shop.js"
            } else {
                SITE
            };
            let query = fields(mind);
            asked.path = format!("{}?{query}", route.path.replace("{key}", &part(mind, key)));
        }
        "/w/{key}/visit" => {
            asked.path = route.path.replace("{key}", &part(mind, SITE));
            asked.body = json(mind, &token);
            asked.origin = Some(SITE_ORIGIN);
        }
        "/m/{address}" | "/m/{address}/meeting.ics" => {
            let address = link(mind);
            asked.path = route.path.replace("{address}", &address);
            if route.method == Method::POST {
                asked.body = fields(mind).into_bytes();
                asked.kind = Some("application/x-www-form-urlencoded");
            } else {
                asked.path = format!("{}?{}", asked.path, fields(mind));
            }
        }
        "/poll/visitor" => {
            let count = if mind.random.once_in(30) {
                POLL_FRAMES + mind.random.below(3) - 1
            } else {
                mind.random.below(4)
            };
            let mut frames = vec![encode(&VisitorRequest::Hello(mind.hello(token)))];
            for _ in 0..count {
                let frame = encode(&mind.visitor_request(token));
                frames.push(if mind.random.once_in(10) {
                    mind.random.spoil(frame)
                } else {
                    frame
                });
            }
            asked.body = encode(&PollRequest { seen: None, frames });
        }
        "/upload/visitor" => {
            asked.body = encode(&VisitorUpload {
                site: site_key(),
                token,
                identity: None,
                conversation: mind.conversation(),
                file: FileId(mind.id()),
                name: mind.random.text(),
                bytes: mind.random.text().into_bytes(),
            })
        }
        "/api/upload" => {
            asked.body = encode(&AgentUpload {
                conversation: mind.conversation(),
                file: FileId(mind.id()),
                name: mind.random.text(),
                bytes: mind.random.text().into_bytes(),
            })
        }
        "/transcripts/{file}" => {
            let file = format!("{}.txt", mind.conversation());
            asked.path = format!(
                "/transcripts/{}?zone={}&lang=it",
                part(mind, &file),
                escaped(&mind.random.zone())
            );
        }
        "/invitations/{file}" => {
            let file = format!("{}.ics", mind.meeting());
            asked.path = format!("/invitations/{}", part(mind, &file));
        }
        "/{*page}" => {
            let right = match mind.random.below(4) {
                0 => "meetings".to_owned(),
                1 => "all".to_owned(),
                _ => format!("conversations/{}", mind.conversation()),
            };
            asked.path = format!("/{}", part(mind, &right));
        }
        path if path.starts_with("/api/") => asked.body = calls::body(mind, path)?,
        path => panic!("{path} is not tried with spoiled requests: add it here"),
    }
    Some(asked)
}
