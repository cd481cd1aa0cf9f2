//! The WebSockets of visitors and agents.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    response::{IntoResponse, Response},
};
use backend::SignedIn;
use domain::{Refusal, frame::CLIENT_FRAME_BYTES};
use futures::SinkExt;
use http::{HeaderMap, header};
use tokio_tungstenite::tungstenite::{Error, error::CapacityError};

use crate::{
    connection::Stage,
    line::{self, Lost, Received, Wire},
    node::Node,
    problem::Problem,
    request::Client,
    side::{AgentSide, Side, VisitorSide},
};

/// Thousands of connections are idle at any time, and most frames are small: the default
/// buffers would cost over 100 KB each.
const READ_BUFFER: usize = 1024;
const WRITE_BUFFER: usize = 4 * 1024;

/// Up to here a frame that is too large is answered; a larger one ends the connection, because
/// the rest of it would have to be read all the same.
const MESSAGE_LIMIT: usize = 4 * CLIENT_FRAME_BYTES;

/// `GET /ws/visitor`. The first frame says who it is.
pub async fn visitor(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let side = VisitorSide {
        user_agent: user_agent(&headers),
        from: client.address.into(),
    };
    open(node, side, upgrade)
}

/// `GET /ws/agent`. The session says who it is.
pub async fn agent(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Extension(who): Extension<SignedIn>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Some(connection) = &client.connection {
        connection.enters(Stage::Kept);
    }
    open(node, AgentSide { who }, upgrade)
}

/// The browser's words about itself.
pub fn user_agent(headers: &HeaderMap) -> Box<str> {
    let value = headers.get(header::USER_AGENT);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .into()
}

fn open<S: Side>(node: Arc<Node>, side: S, upgrade: WebSocketUpgrade) -> Response {
    if node.stopping.is_cancelled() {
        return Problem::from(Refusal::Unavailable).into_response();
    }
    let counted = node.tasks.token();
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(MESSAGE_LIMIT)
        .max_frame_size(MESSAGE_LIMIT)
        .on_upgrade(|socket| async move {
            line::run(node, side, socket).await;
            drop(counted);
        })
}

impl Wire for WebSocket {
    async fn receive(&mut self) -> Option<Received> {
        loop {
            return match self.recv().await? {
                Ok(Message::Binary(bytes)) => Some(Received::Frame(bytes)),
                Ok(Message::Text(_)) => Some(Received::WrongKind),
                // Reading on answers a ping or a close, and ends after a close.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)) => continue,
                Err(error) => {
                    let error = error.into_inner();
                    match error.downcast_ref::<Error>() {
                        Some(Error::Capacity(CapacityError::MessageTooLong { .. })) => {
                            Some(Received::Overflow)
                        }
                        _ => None,
                    }
                }
            };
        }
    }

    async fn send(&mut self, frame: Vec<u8>) -> Result<(), Lost> {
        let frame = Message::Binary(frame.into());
        self.feed(frame).await.map_err(|_| Lost)
    }

    async fn flush(&mut self) -> Result<(), Lost> {
        SinkExt::flush(self).await.map_err(|_| Lost)
    }

    async fn close(mut self, code: u16) {
        let close = Message::Close(Some(CloseFrame {
            code,
            reason: "".into(),
        }));
        if SinkExt::send(&mut self, close).await.is_ok() {
            // The client's own close, so that the connection ends in order.
            while self.recv().await.is_some_and(|received| received.is_ok()) {}
        }
    }
}
