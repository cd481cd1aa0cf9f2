//! Photos of agents, for inbox and chat. A name holds the hash of its content, so each is kept for
//! ever.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use domain::Refusal;
use http::{HeaderValue, header};

use crate::{node::Node, problem::Problem};

/// `GET /photos/{name}`.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let photo = node.casella.photo(&name).await?.ok_or(Refusal::NotFound)?;
    let mut response = Response::new(Body::from(photo.bytes));
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, photo.kind);
    set(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    // Whatever somebody got through as a picture, it may do nothing when opened by its address.
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox; frame-ancestors 'none'",
    );
    Ok(response)
}
