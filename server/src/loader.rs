//! The script that a site's pages load, with the site's appearance inlined.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Extension,
    body::Body,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use domain::{
    Language, Refusal,
    site::{Scheme, Side, Site, SiteKey},
    texts::{
        Table, Words,
        keys::{ChatText, PageText},
    },
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{asset, node::Node, problem::Problem, request::Client};

/// Stands in the built script for the site's settings.
const PLACE: &str = "__CASELLA_SITE__";

/// What stands after the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    /// `light` or `dark` in place of what the site has set, as in a preview.
    scheme: Option<String>,
}

impl Wanted {
    fn scheme(&self) -> Option<Scheme> {
        self.scheme.as_deref().and_then(|word| word.parse().ok())
    }
}

/// Scripts as small as brotli makes them. That takes milliseconds, too long for each request, and
/// every visitor of a company's website loads one.
#[derive(Default)]
pub struct Loaders(Mutex<HashMap<String, Bytes>>);

impl Loaders {
    /// More scripts than sites: each address under which Casella is reached makes one of its own.
    const MOST: usize = 256;

    /// The script, compressed; `tag` names its content.
    async fn packed(&self, tag: &str, script: String) -> Result<Bytes, Problem> {
        if let Some(packed) = self.known().get(tag) {
            return Ok(packed.clone());
        }
        let packed = tokio::task::spawn_blocking(move || pack(script.as_bytes())).await;
        let packed = match packed {
            Ok(Ok(packed)) => Bytes::from(packed),
            failed => {
                tracing::error!(?failed, "a loader could not be compressed");
                let detail = "Something went wrong. Try again";
                return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail));
            }
        };
        let mut known = self.known();
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(tag.to_owned(), packed.clone());
        Ok(packed)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pack(script: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        // A window of 64 KB holds any loader, and takes little memory.
        lgwin: 16,
        size_hint: script.len(),
        ..BrotliEncoderParams::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*script, &mut packed, &parameters)?;
    Ok(packed)
}

/// The site of a key in an address.
///
/// # Errors
/// 404 if there is none.
pub async fn site(node: &Node, key: &str) -> Result<Site, Problem> {
    let key: SiteKey = key.parse().map_err(|_| Refusal::NotFound)?;
    Ok(node.casella.site(&key).await?.ok_or(Refusal::NotFound)?)
}

/// `GET /w/{key}.js`. Kept for a minute, so that a changed colour is soon seen.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key = file.strip_suffix(".js").ok_or(Refusal::NotFound)?;
    let site = site(&node, key).await?;
    let script = node.assets.text("loader.js").await?;
    let base = client.base(&node.config);
    let settings = for_script(&settings(&site, &base, wanted.scheme()));
    let script = script.replace(PLACE, &settings);

    let digest = Sha256::digest(script.as_bytes());
    let tag: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Weak: the same script is sent in several encodings.
    let tag = format!("W/\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|value| value.to_str().ok()).unwrap_or("");
    let unchanged = known.split(',').any(|known| known.trim() == tag);

    let accepted = headers.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else if asset::accepts(accepted, "br") {
        let mut response = Response::new(Body::from(node.loaders.packed(&tag, script).await?));
        let brotli = HeaderValue::from_static("br");
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, brotli);
        response
    } else {
        Response::new(Body::from(script))
    };
    let answer = response.headers_mut();
    let mut set = |name, value| answer.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, "text/javascript; charset=utf-8");
    set(header::VARY, "accept-encoding");
    set(header::CACHE_CONTROL, "public, max-age=60");
    // Other sites' pages load it, also those that isolate themselves.
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// JSON that may stand in a script, inline or not: no `<` can end it.
pub fn for_script(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// What the script takes from the site, in the order in which it reads it.
fn settings(site: &Site, base: &str, scheme: Option<Scheme>) -> Value {
    let words: Map<String, Value> = Language::ALL
        .into_iter()
        .map(|language| {
            let table = Table(language);
            let words = json!([
                table.word(PageText::OpenChat),
                table.word(PageText::CloseChat),
                table.word(ChatText::Title),
                table.word(PageText::UnreadMessage),
                table.word(PageText::UnreadMessages),
                table.word(PageText::NoAnswer),
            ]);
            (language.tag().to_owned(), words)
        })
        .collect();
    let settings = &site.settings;
    json!([
        site.key.as_str(),
        base,
        settings.colour.to_string(),
        settings.colour.on().to_string(),
        match settings.side {
            Side::Left => "left",
            Side::Right => "right",
        },
        settings.side_pixels,
        settings.bottom_pixels,
        match scheme.unwrap_or(settings.scheme) {
            Scheme::Auto => "light dark",
            fixed => fixed.word(),
        },
        settings.language.map(Language::tag),
        settings.default_language.tag(),
        words,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_settings_can_end_a_script() {
        let text = for_script(&json!({"name": "</script><!--\u{2028}"}));
        assert_eq!(text, r#"{"name":"\u003c/script>\u003c!--\u2028"}"#);
    }
}
