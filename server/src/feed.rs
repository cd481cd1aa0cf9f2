//! Private feeds of agents' meetings, for calendars that subscribe to them.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use domain::Refusal;
use http::{HeaderValue, header};

use crate::{node::Node, problem::Problem};

/// `GET /feeds/{address}.ics`.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let address = file.strip_suffix(".ics").ok_or(Refusal::NotFound)?;
    let text = node.casella.feed(address).await?;
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, "text/calendar; charset=utf-8");
    // Only who was given the address may keep it.
    set(header::CACHE_CONTROL, "private, no-cache");
    Ok(response)
}
