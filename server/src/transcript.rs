//! The transcript file of an ended conversation.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use backend::SignedIn;
use domain::{ConversationId, Language, Refusal};
use http::{HeaderValue, header};
use serde::Deserialize;

use crate::{node::Node, problem::Problem};

/// What stands after the `?`.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    zone: Option<String>,
    lang: Option<String>,
}

/// `GET /transcripts/{conversation}.txt?zone=Europe/Rome&lang=en`.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Extension(who): Extension<SignedIn>,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id: ConversationId = file
        .strip_suffix(".txt")
        .and_then(|id| id.parse().ok())
        .ok_or(Refusal::NotFound)?;
    let zone = wanted.zone.as_deref().unwrap_or("UTC");
    let language = wanted.lang.as_deref().and_then(|tag| tag.parse().ok());
    let language = language.or(who.agent.language).unwrap_or(Language::English);
    let transcript = node.casella.transcript(&who, id, zone, language).await?;
    // Read as it is taken: a reader who takes it slowly holds one piece.
    let pieces = futures::stream::try_unfold(transcript, |mut transcript| async {
        let piece = transcript.next().await?;
        Ok::<_, backend::Error>(piece.map(|piece| (piece, transcript)))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let answer = response.headers_mut();
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"chat-{id}.txt\"")) {
        answer.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
