//! Files that people attach: uploading, and serving so that nothing uploaded can run as a page.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use backend::{SignedIn, Upload};
use domain::{
    Refusal,
    file::{FILE_BYTES, FILE_NAME_CHARS, FileCard},
    frame::{Head, PROTOCOL, PROTOCOL_OLDEST, decode_head, encode_as},
};
use futures::stream;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;

use crate::{
    node::Node,
    problem,
    request::Client,
    turn::{Turn, Turns},
};

/// How long what stands before a file's content may be: its name, and who sends it.
const HEAD_BYTES: usize = 32 * 1024;

/// The largest body of an upload: a file, and what is said of it.
const BODY_BYTES: usize = FILE_BYTES + HEAD_BYTES;

/// An answer that is sent as it is: who packs something that is packed already works for nothing.
#[derive(Clone, Copy, Debug)]
pub struct AsItIs;

/// `POST /api/upload`.
pub async fn upload_by_agent(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Extension(who): Extension<SignedIn>,
    request: Request,
) -> Response {
    let mut coming = Coming::new(request);
    let upload = async {
        let _turn = turn(&node.uploads, &node, &client).await?;
        let (head, bytes) = coming.head().await?;
        let begun = node.casella.begin_upload_by_agent(&who, head, bytes).await;
        coming.content(begun?).await
    };
    let result = upload.await;
    answer(result, coming.protocol())
}

/// `POST /upload/visitor`.
pub async fn upload_by_visitor(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let mut coming = Coming::new(request);
    let upload = async {
        let _turn = turn(&node.uploads, &node, &client).await?;
        let (head, bytes) = coming.head().await?;
        let from = client.address.into();
        let begun = node
            .casella
            .begin_upload_by_visitor(head, bytes, from)
            .await;
        coming.content(begun?).await
    };
    let result = upload.await;
    answer(result, coming.protocol())
}

async fn turn(turns: &Turns, node: &Node, client: &Client) -> Result<Turn, Refusal> {
    let from = client.address.into();
    turns.take(from, node.config.times.turn).await
}

/// The body of an upload, a frame that is read from its beginning on: whoever may not send the
/// content is told before it has come.
struct Coming {
    body: Body,
    /// How long the body is said to be.
    length: Option<usize>,
    /// What has come of the part before the content, then the first of the content.
    begun: Vec<u8>,
    protocol: Option<u8>,
}

impl Coming {
    fn new(request: Request) -> Self {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        Self {
            body: request.into_body(),
            length,
            begun: Vec::new(),
            protocol: None,
        }
    }

    /// The protocol that the uploading page speaks; the oldest where that cannot be told.
    fn protocol(&self) -> u8 {
        match self.protocol {
            Some(protocol @ PROTOCOL_OLDEST..=PROTOCOL) => protocol,
            _ => PROTOCOL_OLDEST,
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        while let Some(frame) = self.body.frame().await {
            // Whoever sent half of it is gone, or was told of its slowness.
            let frame = frame.map_err(|_| Refusal::Malformed)?;
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// What stands before the content, and how long that is.
    async fn head<T: DeserializeOwned>(&mut self) -> Result<(T, u64), Refusal> {
        if self.length.is_some_and(|length| length > BODY_BYTES) {
            return Err(Refusal::FileTooLarge);
        }
        loop {
            if let Some(Head {
                head,
                content,
                rest,
            }) = decode_head(&self.begun)?
            {
                self.begun = rest.to_vec();
                return Ok((head, content));
            }
            if self.begun.len() > HEAD_BYTES {
                return Err(Refusal::Malformed);
            }
            let bytes = self.next().await?.ok_or(Refusal::Malformed)?;
            self.begun.extend_from_slice(&bytes);
            self.protocol = self.begun.first().copied();
        }
    }

    /// The content, as it comes.
    async fn content(&mut self, mut upload: Upload) -> Result<FileCard, backend::Error> {
        upload.push(&std::mem::take(&mut self.begun)).await?;
        while let Some(bytes) = self.next().await? {
            upload.push(&bytes).await?;
        }
        upload.finish().await
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
    Extension(client): Extension<Client>,
    Path(address): Path<String>,
) -> Result<Response, problem::Problem> {
    let turn = turn(&node.downloads, &node, &client).await?;
    let file = node.casella.file(&address).await?;
    let file = file.ok_or(Refusal::NotFound)?;
    // A piece is read when the one before it is through.
    let pieces = stream::try_unfold((file.content, turn), |(mut content, turn)| async {
        let piece = content.next().await.inspect_err(|error| {
            tracing::error!(%error, "a file could not be read to its end");
        })?;
        Ok::<_, backend::Error>(piece.map(|piece| (Bytes::from(piece), (content, turn))))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response.extensions_mut().insert(AsItIs);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, file.bytes.into());
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
