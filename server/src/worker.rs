//! The inbox's service worker. Its address is fixed and at the top, since both decide what it is
//! and what it may do.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{node::Node, problem::Problem};

/// `GET /worker.js`. Never from a cache: a browser looks whether there is a newer one.
pub async fn serve(State(node): State<Arc<Node>>) -> Result<Response, Problem> {
    let script = node.assets.text("worker.js").await?;
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, script).into_response())
}
