//! The fallback without WebSocket: held requests that carry the same frames.
//!
//! Each connection is a task that runs the very code of a socket; requests bring it frames and
//! take frames away. A client that comes no more answers no ping and is gone like any other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    Refusal,
    frame::{CLOSE_RESUME, POLL_SECONDS, PollAnswer, PollConnection, PollRequest, decode, encode},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc},
    time::timeout,
};

use crate::{
    line::{self, Lost, Received, Wire},
    node::Node,
    problem::Problem,
    request::Client,
    side::VisitorSide,
    socket,
};

/// The largest body of a request: several full messages.
pub const BODY_BYTES: usize = 128 * 1024;

/// How many connections there may be at once on a node.
const CONNECTIONS: usize = 2_000;

/// How many frames may wait, each way.
const WAITING_FRAMES: usize = 64;

/// The connections of this node by their secret names.
#[derive(Clone, Default)]
pub struct Polls(Arc<Mutex<HashMap<PollConnection, Arc<Poll>>>>);

/// The requests' end of a connection.
struct Poll {
    /// Frames from the client; closed when the task is over.
    incoming: mpsc::Sender<Vec<u8>>,
    /// Frames for the client; held by the one request that waits.
    outgoing: AsyncMutex<mpsc::Receiver<Sent>>,
}

enum Sent {
    Frame(Vec<u8>),
    Closed(u16),
}

/// The task's end of a connection.
struct Held {
    incoming: mpsc::Receiver<Vec<u8>>,
    outgoing: mpsc::Sender<Sent>,
}

/// `POST /poll/visitor`.
pub async fn visitor(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let request: PollRequest = decode(&body).map_err(Refusal::from)?;
    let (name, poll) = match request.connection {
        None => open(&node, &client, &headers)?,
        Some(name) => match node.polls.find(&name) {
            Some(poll) => (name, poll),
            // Over, or of another node: the client connects anew.
            None => return Ok(answer(name, Vec::new(), Some(CLOSE_RESUME))),
        },
    };
    for frame in request.frames {
        match poll.incoming.try_send(frame) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(Refusal::TooMany.into()),
            // What the connection still has to say stands in `outgoing`.
            Err(mpsc::error::TrySendError::Closed(_)) => break,
        }
    }
    if !request.wait {
        return Ok(answer(name, Vec::new(), None));
    }
    let Ok(mut outgoing) = poll.outgoing.try_lock() else {
        return Err(Refusal::TooMany.into());
    };
    let mut ready = Vec::new();
    let wait = Duration::from_secs(POLL_SECONDS);
    let some = timeout(wait, outgoing.recv_many(&mut ready, WAITING_FRAMES)).await;
    drop(outgoing);
    let mut frames = Vec::new();
    // Nothing and no waiting: the task is gone.
    let mut closed = matches!(some, Ok(0)).then_some(CLOSE_RESUME);
    for sent in ready {
        match sent {
            Sent::Frame(frame) => frames.push(frame),
            Sent::Closed(code) => closed = Some(code),
        }
    }
    Ok(answer(name, frames, closed))
}

fn open(
    node: &Arc<Node>,
    client: &Client,
    headers: &HeaderMap,
) -> Result<(PollConnection, Arc<Poll>), Problem> {
    if node.stopping.is_cancelled() {
        return Err(Refusal::Unavailable.into());
    }
    // A held request ends before its connection does: each connection is counted by itself.
    let place = node
        .addresses
        .enter(client.address)
        .ok_or(Refusal::TooMany)?;
    let (incoming, from_client) = mpsc::channel(WAITING_FRAMES);
    let (to_client, outgoing) = mpsc::channel(WAITING_FRAMES);
    let poll = Arc::new(Poll {
        incoming,
        outgoing: AsyncMutex::new(outgoing),
    });
    let name = backend::random();
    if !node.polls.add(name, &poll) {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many connections without WebSocket: try again in a moment",
        ));
    }
    let side = VisitorSide {
        user_agent: socket::user_agent(headers),
    };
    let held = Held {
        incoming: from_client,
        outgoing: to_client,
    };
    let running = Arc::clone(node);
    node.tasks.spawn(async move {
        line::run(Arc::clone(&running), side, held).await;
        running.polls.remove(&name);
        drop(place);
    });
    Ok((name, poll))
}

fn answer(connection: PollConnection, frames: Vec<Vec<u8>>, closed: Option<u16>) -> Response {
    let answer = PollAnswer {
        connection,
        frames,
        closed,
    };
    let mut response = Body::from(encode(&answer)).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    response
}

impl Polls {
    fn find(&self, name: &PollConnection) -> Option<Arc<Poll>> {
        let polls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        polls.get(name).cloned()
    }

    /// Whether there was room for one more.
    fn add(&self, name: PollConnection, poll: &Arc<Poll>) -> bool {
        let mut polls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = polls.len() < CONNECTIONS;
        if room {
            polls.insert(name, Arc::clone(poll));
        }
        room
    }

    fn remove(&self, name: &PollConnection) {
        let mut polls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        polls.remove(name);
    }
}

impl Wire for Held {
    async fn receive(&mut self) -> Option<Received> {
        let frame = self.incoming.recv().await?;
        Some(Received::Frame(frame.into()))
    }

    async fn send(&mut self, frame: Vec<u8>) -> Result<(), Lost> {
        let sent = self.outgoing.send(Sent::Frame(frame)).await;
        sent.map_err(|_| Lost)
    }

    async fn flush(&mut self) -> Result<(), Lost> {
        Ok(())
    }

    async fn close(self, code: u16) {
        if self.outgoing.send(Sent::Closed(code)).await.is_ok() {
            // All places free: a request has taken it away.
            let _ = self.outgoing.reserve_many(WAITING_FRAMES).await;
        }
    }
}
