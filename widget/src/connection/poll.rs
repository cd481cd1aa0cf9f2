//! The fallback without WebSocket: one request that waits for frames, others that bring some.

use domain::frame::{PollAnswer, PollConnection, PollRequest, decode, encode};
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

/// A connection by requests. Dropping it lets the server find out by itself.
pub struct Poll {
    attempt: Attempt,
    connection: Option<PollConnection>,
    /// What is to be sent once the request before is answered, so that the order holds.
    queue: Vec<Vec<u8>>,
    sends: bool,
    waiting: Option<XmlHttpRequest>,
}

impl Poll {
    /// The connection is made by the first frame.
    pub fn open(attempt: Attempt) -> Self {
        after(0, Msg::Carries(attempt));
        Self {
            attempt,
            connection: None,
            queue: Vec::new(),
            sends: false,
            waiting: None,
        }
    }

    pub fn send(&mut self, frame: Vec<u8>) {
        self.queue.push(frame);
        self.go_on();
    }

    /// Asks for what is next: to send what is queued, and to wait for frames.
    fn go_on(&mut self) {
        if self.connection.is_some() && !self.sends && !self.queue.is_empty() {
            self.sends = true;
            self.post(false);
        }
        if self.waiting.is_none() && (self.connection.is_some() || !self.queue.is_empty()) {
            self.waiting = self.post(true);
        }
    }

    fn post(&mut self, wait: bool) -> Option<XmlHttpRequest> {
        let opens = self.connection.is_none();
        let frames = if wait && !opens {
            Vec::new()
        } else {
            core::mem::take(&mut self.queue)
        };
        let body = encode(&PollRequest {
            connection: self.connection,
            frames,
            wait,
        });
        let request = post(self.attempt, wait, &body);
        if request.is_none() {
            after(0, Msg::Gone(self.attempt, 0));
        }
        request
    }

    pub fn answered(&mut self, waited: bool, answer: &[u8]) -> Option<(Vec<Vec<u8>>, Option<u16>)> {
        if waited {
            self.waiting = None;
        } else {
            self.sends = false;
        }
        let answer: PollAnswer = decode(answer).ok()?;
        self.connection = Some(answer.connection);
        if answer.closed.is_none() {
            self.go_on();
        }
        Some((answer.frames, answer.closed))
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        if let Some(request) = &self.waiting {
            let _ = request.abort();
        }
    }
}

fn post(attempt: Attempt, waited: bool, body: &[u8]) -> Option<XmlHttpRequest> {
    let request = XmlHttpRequest::new().ok()?;
    request.open("POST", "/poll/visitor").ok()?;
    request.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    request.set_timeout(REQUEST_MILLIS);
    let answered = request.clone();
    let over = Box::new(move |_| {
        let buffer = answered
            .response()
            .ok()
            .map(JsCast::dyn_into::<ArrayBuffer>);
        crate::dispatch(match (answered.status(), buffer) {
            (Ok(200), Some(Ok(buffer))) => Msg::Polled {
                attempt,
                waited,
                answer: Uint8Array::new(&buffer).to_vec(),
            },
            _ => Msg::Gone(attempt, 0),
        });
    });
    hear(&request, "loadend", over);
    request.send_with_opt_u8_array(Some(body)).ok()?;
    Some(request)
}
