//! A meeting as a file for calendars.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use backend::SignedIn;
use domain::{Language, MeetingId, Refusal};
use http::{HeaderValue, header};

use crate::{node::Node, problem::Problem, request::Client};

/// `GET /m/{address}/meeting.ics`: for whoever has the meeting's address.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Path(address): Path<String>,
    Extension(client): Extension<Client>,
) -> Result<Response, Problem> {
    let base = client.base(&node.config);
    let file = node.casella.meeting_file(&address, &base).await?;
    Ok(calendar(file))
}

/// `GET /invitations/{meeting}.ics`: for agents.
pub async fn serve_agent(
    State(node): State<Arc<Node>>,
    Extension(who): Extension<SignedIn>,
    Path(file): Path<String>,
    Extension(client): Extension<Client>,
) -> Result<Response, Problem> {
    let meeting: MeetingId = file
        .strip_suffix(".ics")
        .and_then(|id| id.parse().ok())
        .ok_or(Refusal::NotFound)?;
    let base = client.base(&node.config);
    let language = who.agent.language.unwrap_or(Language::English);
    let file = node
        .casella
        .agents_meeting_file(&who, meeting, &base, language)
        .await?;
    Ok(calendar(file))
}

fn calendar(file: String) -> Response {
    let mut response = file.into_response();
    let answer = response.headers_mut();
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/calendar; charset=utf-8"),
    );
    answer.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"meeting.ics\""),
    );
    // It shows the meeting as it is now, to whoever holds a secret address.
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
