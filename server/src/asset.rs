//! What browsers load: files whose names hold a hash of their content, so that they are kept for
//! ever. Read from a folder in development, from the binary itself with the feature `embed`.

use std::{borrow::Cow, collections::BTreeMap, path::PathBuf, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use domain::Refusal;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{node::Node, problem::Problem};

/// Maps plain names (`chat.js`) to those with the hash.
const MANIFEST: &str = "manifest.json";

/// What pages and scripts name; without one of them something is broken for whoever opens it.
const NEEDED: [&str; 12] = [
    "chat.css",
    "chat.js",
    "chat.wasm",
    "inbox.css",
    "inbox.js",
    "inbox.wasm",
    "loader.js",
    "meeting.css",
    "office.css",
    "office.js",
    "office.wasm",
    "worker.js",
];

/// Hexadecimal digits of the hash in a name.
const HASH_DIGITS: usize = 12;

/// Where the files are.
#[derive(Clone, Debug)]
pub struct Assets {
    #[cfg_attr(feature = "embed", expect(dead_code, reason = "the files lie inside"))]
    folder: PathBuf,
}

/// The names of the files by their plain names.
#[derive(Debug)]
pub struct Manifest(BTreeMap<String, String>);

#[cfg(feature = "embed")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../target/site"]
struct Inside;

impl Assets {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// A file by its name in the folder. Names come from clients too.
    async fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        if name.starts_with('.') || !name.bytes().all(plain) {
            return None;
        }
        #[cfg(feature = "embed")]
        return Inside::get(name).map(|file| file.data);
        #[cfg(not(feature = "embed"))]
        return tokio::fs::read(self.folder.join(name))
            .await
            .ok()
            .map(Cow::Owned);
    }

    async fn is_there(&self, name: &str) -> bool {
        #[cfg(feature = "embed")]
        return Inside::get(name).is_some();
        #[cfg(not(feature = "embed"))]
        return tokio::fs::try_exists(self.folder.join(name))
            .await
            .unwrap_or(false);
    }

    /// What to do, if anything is missing that browsers load.
    pub async fn missing(&self) -> Option<String> {
        let Ok(manifest) = self.manifest().await else {
            return Some(NOT_BUILT.to_owned());
        };
        for plain in NEEDED {
            let there = match manifest.0.get(plain) {
                Some(name) => self.is_there(name).await,
                None => false,
            };
            if !there {
                return Some(format!("{NOT_BUILT}. {plain} is missing"));
            }
        }
        None
    }

    /// Today's names: a rebuild in development changes them while the server runs.
    ///
    /// # Errors
    /// 503 while the files are not built.
    pub async fn manifest(&self) -> Result<Manifest, Problem> {
        let bytes = self.read(MANIFEST).await;
        let names = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        names.map(Manifest).ok_or_else(not_built)
    }

    /// The text of a file that is not served as it is.
    ///
    /// # Errors
    /// 503 while the files are not built.
    pub async fn text(&self, plain: &str) -> Result<String, Problem> {
        let manifest = self.manifest().await?;
        let name = manifest.0.get(plain).ok_or_else(not_built)?;
        let bytes = self.read(name).await.ok_or_else(not_built)?;
        String::from_utf8(bytes.into_owned()).map_err(|_| not_built())
    }
}

impl Manifest {
    /// The address of a file by its plain name.
    ///
    /// # Errors
    /// 503 if it is not built.
    pub fn address(&self, plain: &str) -> Result<String, Problem> {
        let name = self.0.get(plain).ok_or_else(not_built)?;
        Ok(format!("/assets/{name}"))
    }
}

const NOT_BUILT: &str = "The files for browsers are not built: run `cargo xtask assets`, or set `assets` to their folder";

fn not_built() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT)
}

/// `GET /assets/{file}`.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = kind(&name)
        .filter(|_| is_hashed(&name))
        .ok_or(Refusal::NotFound)?;
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut found = None;
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if found.is_none() && accepts(accepted, encoding) {
            let compressed = node.assets.read(&format!("{name}.{ending}")).await;
            found = compressed.map(|bytes| (bytes, Some(encoding)));
        }
    }
    let (bytes, encoding) = match found {
        Some(found) => found,
        None => {
            let bytes = node.assets.read(&name).await;
            (bytes.ok_or(Refusal::NotFound)?, None)
        }
    };
    let mut response = Response::new(match bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    });
    let answer = response.headers_mut();
    let mut set = |name, value| answer.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, kind);
    set(header::VARY, "accept-encoding");
    set(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    Ok(response)
}

/// The media type of a file that is served; none for any other.
fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        _ => None,
    }
}

/// Whether a name holds a hash, so that its content never changes.
fn is_hashed(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    hash.len() == HASH_DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether `Accept-Encoding` names an encoding without refusing it.
pub fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(is_hashed("chat-0123456789ab.js"));
        for name in [
            "loader.js",
            "manifest.json",
            "chat-0123.js",
            "chat-0123456789xy.js",
        ] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn an_encoding_is_used_only_if_it_is_accepted() {
        assert!(accepts("gzip, deflate, br;q=0.9", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("", "br"));
    }

    #[tokio::test]
    async fn a_name_does_not_lead_out_of_the_folder() {
        let assets = Assets::new(PathBuf::from("src"));
        for name in ["../Cargo.toml", "/etc/passwd", "..", ".", "a/b"] {
            assert!(assets.read(name).await.is_none(), "{name}");
        }
    }
}
