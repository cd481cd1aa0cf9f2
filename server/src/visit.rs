//! A page view of a visitor with a conversation, told by the loader.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::{Refusal, visitor::Page};
use hex::FromHex;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use crate::{loader, node::Node, origin, problem::Problem, request::Client};

/// Where the loader tells it, from the pages of companies.
pub const PATH: &str = "/w/{key}/visit";

/// The largest body: an address of 2,000 bytes, escaped, and the rest.
pub const BODY_BYTES: usize = 16 * 1024;

/// What the loader says.
#[derive(Debug, Deserialize)]
struct Visit {
    /// The visitor's token, 64 hexadecimal digits.
    token: String,
    /// Who the site's server says that it is.
    identity: Option<String>,
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    referrer: String,
}

/// `POST /w/{key}/visit`: JSON, sent as `text/plain` so that browsers ask no permission first.
/// Answers with the number of unread messages.
pub async fn tell(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let site = loader::site(&node, &key).await?;
    origin::of(&headers)
        .filter(|origin| site.settings.origins.contains(origin))
        .ok_or_else(|| {
            Problem::new(
                StatusCode::FORBIDDEN,
                "This page may not carry the chat: add its origin to the site",
            )
        })?;
    let visit: Visit = serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)?;
    let token = FromHex::from_hex(&visit.token).map_err(|_| Refusal::Malformed)?;
    let page = Page::new(&visit.url, &visit.title, &visit.referrer);
    let identity = visit.identity.as_deref();
    let from = client.address.into();
    let unread = node
        .casella
        .visit(&site.key, &token, identity, page, from)
        .await?;

    Ok(Json(json!({ "unread": unread })).into_response())
}

/// Whose page calls, if `route` is the one that the pages of companies call.
pub fn caller(route: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    if route != PATH {
        return None;
    }
    let origin = origin::of(headers)?;
    HeaderValue::from_str(origin.as_str()).ok()
}

/// Lets the calling page read an answer, whatever it is: a refusal says what is wrong, and holds nothing
/// that its reader does not know. Who may have the number of unread messages was looked at before.
pub fn may_be_read(answer: &mut HeaderMap, caller: HeaderValue) {
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, caller);
    answer.append(header::VARY, HeaderValue::from_static("origin"));
    answer.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
}
