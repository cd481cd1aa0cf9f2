//! The fallback without WebSocket: one request after the other, each a whole connection that any
//! node can answer. One that brings nothing is held by the server, and given up when there is
//! something to send.

use domain::frame::{POLL_FRAMES, PollAnswer, PollRequest, PollSeen, encode, read::read};
use web_sys::XmlHttpRequest;

use super::{
    Attempt,
    request::{request, send},
};
use crate::{dom::after, message::Msg};

/// How long a request may take, in milliseconds: longer than the server holds one back.
const REQUEST_MILLIS: u32 = 35_000;

/// With how many bytes a request brings no further frame; the server takes twice as many.
const REQUEST_BYTES: usize = 64 * 1024;

/// A connection by requests. Dropping it gives up the request under way.
pub struct Poll {
    attempt: Attempt,
    /// What is to be sent once the request before is answered, so that the order holds.
    queue: Vec<Vec<u8>>,
    /// The app is asked for the first frame of a request.
    asked: bool,
    request: Option<XmlHttpRequest>,
    /// The request under way brings something.
    brings: bool,
    /// How many requests there were; what an older one still says is not heard.
    count: u32,
    seen: Option<PollSeen>,
}

impl Poll {
    pub fn open(attempt: Attempt) -> Self {
        let mut poll = Self {
            attempt,
            queue: Vec::new(),
            asked: false,
            request: None,
            brings: false,
            count: 0,
            seen: None,
        };
        poll.go_on();
        poll
    }

    pub fn send(&mut self, frame: Vec<u8>) {
        self.queue.push(frame);
        if !self.brings {
            self.go_on();
        }
    }

    /// Asks for the first frame: what the app has at that moment.
    fn go_on(&mut self) {
        if !self.asked {
            self.asked = true;
            after(0, Msg::Carries(self.attempt));
        }
    }

    /// Sends this first frame and what is queued.
    pub fn greet(&mut self, hello: Vec<u8>) {
        self.asked = false;
        self.give_up();
        let mut frames = vec![hello];
        let mut bytes = 0;
        while bytes < REQUEST_BYTES && frames.len() < POLL_FRAMES && !self.queue.is_empty() {
            let frame = self.queue.remove(0);
            bytes += frame.len();
            frames.push(frame);
        }
        self.brings = frames.len() > 1;
        self.count += 1;
        let body = encode(&PollRequest {
            seen: self.seen,
            frames,
        });
        self.request = post(self.attempt, self.count, &body);
        if self.request.is_none() {
            after(0, Msg::Gone(self.attempt, 0));
        }
    }

    pub fn answered(&mut self, count: u32, answer: &[u8]) -> Option<(Vec<Vec<u8>>, Option<u16>)> {
        if count != self.count {
            return Some((Vec::new(), None));
        }
        let answer: PollAnswer = read(answer).ok()?;
        self.request = None;
        self.brings = false;
        self.seen = Some(answer.seen);
        if answer.closed.is_none() {
            self.go_on();
        }
        Some((answer.frames, answer.closed))
    }

    fn give_up(&mut self) {
        if let Some(request) = self.request.take() {
            let _ = request.abort();
        }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.give_up();
    }
}

fn post(attempt: Attempt, count: u32, body: &[u8]) -> Option<XmlHttpRequest> {
    let request = request("/poll/visitor", REQUEST_MILLIS)?;
    let over = Box::new(move |answer| Msg::Polled {
        attempt,
        count,
        answer,
    });
    send(&request, body, over).then_some(request)
}
