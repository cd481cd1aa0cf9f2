//! Signals for operators: alive, ready, measures.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use domain::Refusal;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::{node::Node, problem::Problem};

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// Where the measures are.
pub const MEASURES: &str = "/metrics";

/// `GET /readyz`: commands are carried out, what browsers load is there, and the node is not
/// stopping.
pub async fn ready(State(node): State<Arc<Node>>) -> Result<&'static str, Problem> {
    if node.stopping.is_cancelled() {
        let detail = "The node is stopping";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    }
    if let Some(missing) = node.assets.missing().await {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, missing));
    }
    node.casella.ready().await?;
    Ok("ready\n")
}

/// `GET /metrics`, for Prometheus, at an address of its own.
pub async fn measures(State(node): State<Arc<Node>>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], node.measures.render())
}

/// The same where everybody comes: for whoever knows the token. Without one it is as if it were not
/// there.
pub async fn measures_by_token(
    State(node): State<Arc<Node>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = node.config.metrics_token.as_ref();
    let token = token.ok_or(Refusal::NotFound)?;
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, given)| given.trim());
    // Of hashes the time of comparing says nothing.
    let same = |given| Sha256::digest(given) == Sha256::digest(token);
    if given.is_some_and(same) {
        return Ok(measures(State(node)).await.into_response());
    }
    let detail = "Expected the token of the setting metrics_token, as Authorization: Bearer";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, detail);
    let mut response = problem.into_response();
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    Ok(response)
}
