//! The fallback without WebSocket: one request after the other, each a whole connection that any
//! node can answer. One that brings nothing is held by the server, and given up when there is
//! something to send.

use domain::frame::{POLL_FRAMES, PollAnswer, PollRequest, PollSeen, decode, encode};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{XmlHttpRequest, XmlHttpRequestResponseType};

use super::Attempt;
use crate::{
    dom::{after, hear},
    message::Msg,
};

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
        let answer: PollAnswer = decode(answer).ok()?;
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

/// Its end is told with the answer, empty if there is none.
fn post(attempt: Attempt, count: u32, body: &[u8]) -> Option<XmlHttpRequest> {
    let request = XmlHttpRequest::new().ok()?;
    request.open("POST", "/poll/visitor").ok()?;
    request.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    request.set_timeout(REQUEST_MILLIS);
    let answered = request.clone();
    let over = Box::new(move |_| {
        let buffer = answered.response().unwrap_or_default();
        let answer = match buffer.dyn_into::<ArrayBuffer>() {
            Ok(buffer) => Uint8Array::new(&buffer).to_vec(),
            Err(_) => Vec::new(),
        };
        crate::dispatch(Msg::Polled {
            attempt,
            count,
            answer,
        });
    });
    hear(&request, "loadend", over);
    request.send_with_opt_u8_array(Some(body)).ok()?;
    Some(request)
}
