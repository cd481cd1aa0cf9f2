//! Signals for operators: alive, ready, measures.

use std::sync::Arc;

use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};

use crate::{node::Node, problem::Problem};

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the store answers and is migrated, and the node is not stopping.
pub async fn ready(State(node): State<Arc<Node>>) -> Result<&'static str, Problem> {
    if node.stopping.is_cancelled() {
        let detail = "The node is stopping";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    }
    node.casella.ready().await?;
    Ok("ready\n")
}

/// `GET /metrics`, for Prometheus.
pub async fn measures(State(node): State<Arc<Node>>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], node.measures.render())
}
