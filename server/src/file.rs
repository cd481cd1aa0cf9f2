//! Files that people attach: uploading, and serving so that nothing uploaded can run as a page.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Path, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use backend::SignedIn;
use domain::{
    Refusal,
    file::{AgentUpload, FILE_BYTES, FILE_NAME_CHARS, FileCard, VisitorUpload},
    frame::{PROTOCOL, PROTOCOL_OLDEST, decode, encode_as, protocol_of},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::{node::Node, problem};

/// The largest body of an upload: a file, and what is said of it.
pub const BODY_BYTES: usize = FILE_BYTES + 32 * 1024;

/// `POST /api/upload`.
pub async fn upload_by_agent(
    State(node): State<Arc<Node>>,
    Extension(who): Extension<SignedIn>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let protocol = protocol(&body);
    let upload = async {
        let upload: AgentUpload = read(body)?;
        node.casella.upload_by_agent(&who, upload).await
    };
    answer(upload.await, protocol)
}

/// `POST /upload/visitor`.
pub async fn upload_by_visitor(
    State(node): State<Arc<Node>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let protocol = protocol(&body);
    let upload = async {
        let upload: VisitorUpload = read(body)?;
        node.casella.upload_by_visitor(upload).await
    };
    answer(upload.await, protocol)
}

fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Refusal> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::FileTooLarge,
        _ => Refusal::Malformed,
    })?;
    Ok(decode(&body)?)
}

/// The protocol that an uploading page speaks; the oldest where that cannot be told.
fn protocol(body: &Result<Bytes, BytesRejection>) -> u8 {
    match body.as_ref().map(|body| protocol_of(body)) {
        Ok(protocol @ PROTOCOL_OLDEST..=PROTOCOL) => protocol,
        Ok(_) | Err(_) => PROTOCOL_OLDEST,
    }
}

/// The answer as a frame, with the status that it would have as a problem.
fn answer(result: Result<FileCard, backend::Error>, protocol: u8) -> Response {
    let status = match &result {
        Ok(_) => StatusCode::OK,
        Err(error) => {
            if !matches!(error, backend::Error::Refused(_)) {
                tracing::error!(%error, "an upload failed");
            }
            problem::status(error.refusal())
        }
    };
    let result = result.map_err(|error| error.refusal().said_in(protocol));
    let frame = encode_as(protocol, &result);
    let mut response = (status, frame).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    response
}

/// `GET /files/{address}`.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Path(address): Path<String>,
) -> Result<Response, problem::Problem> {
    let file = node.casella.file(&address).await?;
    let file = file.ok_or(Refusal::NotFound)?;
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, file.kind.media_type());
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox; frame-ancestors 'none'",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(header::REFERRER_POLICY, "no-referrer");
    // An address is of one content for ever; whoever has it need not share it with a proxy.
    set(
        header::CACHE_CONTROL,
        "private, max-age=31536000, immutable",
    );
    let disposition = disposition(file.kind.is_image(), &file.name);
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// Whether it is shown in place, and its name: in ASCII, and as it is (RFC 6266, RFC 8187).
fn disposition(in_place: bool, name: &str) -> String {
    let plain: String = name
        .chars()
        .take(FILE_NAME_CHARS)
        .map(|c| match c {
            '"' | '\\' | '%' | '/' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let how = if in_place { "inline" } else { "attachment" };
    let mut value = format!("{how}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(value, "%{byte:02X}");
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_its_header() {
        assert_eq!(
            disposition(false, "è \"a\".html"),
            "attachment; filename=\"_ _a_.html\"; filename*=UTF-8''%C3%A8%20%22a%22.html"
        );
        assert!(HeaderValue::from_str(&disposition(true, "a\r\nb.png")).is_ok());
    }
}
