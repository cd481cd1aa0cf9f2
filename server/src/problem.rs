//! Refusals over HTTP, as `application/problem+json` (RFC 9457).

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use domain::Refusal;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// The longest text of axum's that is passed on.
const DETAIL_BYTES: usize = 4 * 1024;

/// What a client is told of a request that was not done. Nothing was changed.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    /// A stable word for programs.
    code: String,
    /// What happened and what to do.
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let code = status.canonical_reason().unwrap_or("problem");
        Self {
            status,
            code: code.to_lowercase().replace([' ', '-'], "_"),
            detail: detail.into(),
        }
    }
}

/// The HTTP meaning of each refusal.
pub fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Forbidden | Refusal::Blocked => StatusCode::FORBIDDEN,
        Refusal::Empty | Refusal::Required | Refusal::EmailNotTaken => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::TooLarge | Refusal::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Malformed => StatusCode::BAD_REQUEST,
        Refusal::NoLongerWaiting
        | Refusal::Ended
        | Refusal::AlreadyOpen
        | Refusal::NotNow
        | Refusal::ShortcutTaken
        | Refusal::Taken
        | Refusal::NoCalendar
        | Refusal::Full => StatusCode::CONFLICT,
        Refusal::TooMany | Refusal::WaitForAnswer | Refusal::TooManyFiles => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Refusal::SignedOut => StatusCode::UNAUTHORIZED,
        Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            detail: refusal.to_string(),
            ..Self::new(status(refusal), "")
        }
    }
}

impl From<backend::Error> for Problem {
    fn from(error: backend::Error) -> Self {
        if !matches!(error, backend::Error::Refused(_)) {
            tracing::error!(%error, "a request failed");
        }
        error.refusal().into()
    }
}

/// Layer: what axum itself refuses (a body that is too large, a query of a wrong form) as a
/// problem too. Functions and pages word their own.
pub async fn word(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !plain || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let text = axum::body::to_bytes(response.into_body(), DETAIL_BYTES).await;
    let text = text.unwrap_or_default();
    Problem::new(status, String::from_utf8_lossy(&text)).into_response()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        metrics::counter!("casella_problems_total", "code" => self.code.clone()).increment(1);
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
