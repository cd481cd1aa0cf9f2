//! The fallback without WebSocket: held requests that carry the same frames.
//!
//! Each request is a connection of its own, from `Hello` to the first news, and runs the very code
//! of a socket. Nothing is kept between two requests, so that each may reach another node. The
//! price is what a new connection costs: the visitor's conversations are read once a request.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    hash::{DefaultHasher, Hasher},
    sync::Arc,
    time::Duration,
};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    CardId, CommandId, ConversationId, MeetingId, Refusal,
    frame::{
        CLOSE_RESUME, POLL_FRAMES, POLL_SECONDS, PollAnswer, PollRequest, PollSeen, decode, encode,
        encode_as, protocol_of,
        visitor::{Chat, VisitorEvent, VisitorRequest},
    },
};
use http::{HeaderMap, HeaderValue, header};
use tokio::time::{Instant, sleep_until};

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

/// An answer with so many bytes waits for nothing more.
const ANSWER_BYTES: usize = 256 * 1024;

/// `POST /poll/visitor`.
pub async fn visitor(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if node.stopping.is_cancelled() {
        return Err(Refusal::Unavailable.into());
    }
    let request: PollRequest = decode(&body).map_err(Refusal::from)?;
    let protocol = protocol_of(&body);
    if request.frames.is_empty() {
        return Err(Refusal::Malformed.into());
    }
    if request.frames.len() > POLL_FRAMES {
        return Err(Refusal::TooMany.into());
    }
    // A connection's limit of frames ends with the request: each counts like one.
    for _ in request.frames.iter().skip(1) {
        node.limits.request(client.address)?;
    }
    let side = VisitorSide {
        user_agent: socket::user_agent(&headers),
        from: client.address.into(),
    };
    let mut held = Held::new(request);
    line::run(node, side, &mut held).await;
    Ok(held.answer(protocol))
}

/// A connection that lasts for one request.
struct Held {
    /// What the client brought and the connection has not taken yet.
    incoming: VecDeque<Vec<u8>>,
    /// What of it has no answer yet.
    asked: HashSet<Asked>,
    /// The client brought more than its first frame, and waits to hear that it was taken.
    brings: bool,
    seen: Option<PollSeen>,
    /// When it is answered at the latest.
    until: Instant,
    /// The client's picture, once it has everything in `frames`.
    picture: Picture,
    /// The picture is complete: what follows is new.
    welcomed: bool,
    /// There is something in `frames` that no picture shows, such as a message.
    told: bool,
    frames: Vec<Vec<u8>>,
    /// How many bytes they have.
    bytes: usize,
    closed: Option<u16>,
}

/// What is answered by an event of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asked {
    Command(CommandId),
    /// The free slots of a card.
    Slots(CardId),
}

/// How things are: what a first answer tells again and again.
#[derive(Default)]
struct Picture {
    /// With whether the agent is connected.
    chats: BTreeMap<ConversationId, (Chat, bool)>,
    /// By their ids, with the last change.
    meetings: BTreeMap<MeetingId, u32>,
}

impl Held {
    fn new(request: PollRequest) -> Self {
        let asked = request
            .frames
            .iter()
            .filter_map(|frame| match decode(frame) {
                Ok(VisitorRequest::Command { id, .. }) => Some(Asked::Command(id)),
                Ok(VisitorRequest::Slots { card, .. }) => Some(Asked::Slots(card)),
                _ => None,
            });
        Self {
            asked: asked.collect(),
            brings: request.frames.len() > 1,
            incoming: request.frames.into(),
            seen: request.seen,
            until: Instant::now() + Duration::from_secs(POLL_SECONDS),
            picture: Picture::default(),
            welcomed: false,
            told: false,
            frames: Vec::new(),
            bytes: 0,
            closed: None,
        }
    }

    /// Whether the client is to be answered now.
    fn is_due(&self) -> bool {
        let news = self.brings || self.told || self.seen != Some(self.picture.seen());
        self.welcomed && self.asked.is_empty() && news
    }

    /// In the protocol in which the client asked.
    fn answer(self, protocol: u8) -> Response {
        // What has no answer is to be sent again, and only a new beginning asks for that.
        let unanswered = (!self.asked.is_empty()).then_some(CLOSE_RESUME);
        let answer = PollAnswer {
            seen: self.picture.seen(),
            frames: self.frames,
            closed: self.closed.or(unanswered),
        };
        let mut response = Body::from(encode_as(protocol, &answer)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        response
    }
}

impl Wire for &mut Held {
    async fn receive(&mut self) -> Option<Received> {
        if let Some(frame) = self.incoming.pop_front() {
            return Some(Received::Frame(frame.into()));
        }
        // What is left is given to the next request, which names what has arrived.
        if !self.is_due() && self.bytes < ANSWER_BYTES {
            sleep_until(self.until).await;
        }
        None
    }

    async fn send(&mut self, frame: Vec<u8>) -> Result<(), Lost> {
        match decode::<VisitorEvent>(&frame).map_err(|_| Lost)? {
            // The request itself shows that the client is there.
            VisitorEvent::Ping => return Ok(()),
            VisitorEvent::Answer { id, .. } => {
                self.asked.remove(&Asked::Command(id));
                self.told = true;
            }
            VisitorEvent::Slots { card, .. } => {
                self.asked.remove(&Asked::Slots(card));
                self.told = true;
            }
            event => self.told |= !self.picture.take(event),
        }
        self.bytes = self.bytes.saturating_add(frame.len());
        self.frames.push(frame);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Lost> {
        if !self.welcomed && !self.frames.is_empty() {
            self.welcomed = true;
            if !self.told && self.seen == Some(self.picture.seen()) {
                // The client knows all this.
                self.frames.clear();
            }
        }
        Ok(())
    }

    async fn close(self, code: u16) {
        self.closed = Some(code);
    }
}

impl Picture {
    /// Whether the picture shows all that the event says.
    fn take(&mut self, event: VisitorEvent) -> bool {
        match event {
            VisitorEvent::Welcome { chats, .. } => {
                let shown = chats.into_iter().map(|chat| (chat.id, (chat, true)));
                self.chats = shown.collect();
                self.meetings.clear();
                true
            }
            VisitorEvent::Chat { chat, messages } => {
                let connected = self
                    .chats
                    .get(&chat.id)
                    .is_none_or(|(_, connected)| *connected);
                self.chats.insert(chat.id, (chat, connected));
                messages.is_empty()
            }
            VisitorEvent::AgentConnected {
                conversation,
                connected,
            } => {
                if let Some((_, shown)) = self.chats.get_mut(&conversation) {
                    *shown = connected;
                }
                true
            }
            VisitorEvent::Meetings { meetings } => {
                let shown = meetings
                    .iter()
                    .map(|meeting| (meeting.meeting, meeting.sequence));
                self.meetings.extend(shown);
                true
            }
            VisitorEvent::Answer { .. }
            | VisitorEvent::Typing { .. }
            | VisitorEvent::Ping
            | VisitorEvent::Slots { .. }
            | VisitorEvent::Refused(_) => false,
        }
    }

    /// Equal on each node of a release; elsewhere a difference only tells everything once more.
    fn seen(&self) -> PollSeen {
        let mut hasher = DefaultHasher::new();
        hasher.write(&encode(&(&self.chats, &self.meetings)));
        hasher.finish()
    }
}
