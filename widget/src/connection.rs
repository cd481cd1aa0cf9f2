//! The way to the server: a WebSocket, or the fallback where that is blocked. It is made again
//! whenever it is lost, with exponential backoff and full jitter.

mod poll;
pub mod request;
mod socket;

use domain::frame::{self, visitor::VisitorRequest};

use self::{poll::Poll, socket::Socket};

/// Which try to connect something belongs to; what an older one still says is not heard.
pub type Attempt = u32;

/// How long the server has to welcome a connection, in milliseconds.
pub const WELCOME_MILLIS: f64 = 4_000.0;

/// How long the server may be silent: two of its pings and some.
pub const SILENCE_MILLIS: f64 = 50_000.0;

/// The backoff's first and longest span, in milliseconds.
const FIRST_MILLIS: f64 = 400.0;
const LONGEST_MILLIS: f64 = 15_000.0;

/// How many sockets in a row must fail before the fallback is tried, where one has worked.
const PATIENCE: u32 = 3;

/// Of how many connections by the fallback one is tried as a socket again.
const SOCKET_AGAIN: u32 = 5;

enum Way {
    Socket(Socket),
    Poll(Poll),
}

/// The connection, or the absence of one.
#[derive(Default)]
pub struct Connection {
    attempt: Attempt,
    way: Option<Way>,
    /// The fallback is the way that works on this page.
    polls: bool,
    socket_worked: bool,
    /// Tries in a row that were not welcomed, and how many of those were sockets.
    failures: u32,
    socket_failures: u32,
    welcomed: bool,
}

impl Connection {
    pub fn is_open(&self) -> bool {
        self.way.is_some()
    }

    pub fn is_current(&self, attempt: Attempt) -> bool {
        self.attempt == attempt && self.is_open()
    }

    /// Tries to connect. [`Carries`](crate::message::Msg::Carries) tells when the first frame
    /// can be sent, with the fallback before each request, [`Gone`](crate::message::Msg::Gone) when it failed.
    pub fn connect(&mut self) {
        self.attempt = self.attempt.wrapping_add(1);
        self.welcomed = false;
        let blocked = self.socket_failures > if self.socket_worked { PATIENCE } else { 0 };
        let polls = if self.polls {
            !self.attempt.is_multiple_of(SOCKET_AGAIN)
        } else {
            // Every second try, in case it is the server that is away.
            blocked && !self.failures.is_multiple_of(2)
        };
        let socket = (!polls).then(|| Socket::open(self.attempt)).flatten();
        self.way = Some(match socket {
            Some(socket) => Way::Socket(socket),
            None => Way::Poll(Poll::open(self.attempt)),
        });
    }

    /// Sends a frame if there is a connection; what must not be lost is sent again by its owner.
    pub fn send(&mut self, request: &VisitorRequest) {
        let bytes = frame::encode(request);
        match &mut self.way {
            Some(Way::Socket(socket)) => socket.send(&bytes),
            Some(Way::Poll(poll)) if matches!(request, VisitorRequest::Hello(_)) => {
                poll.greet(bytes);
            }
            Some(Way::Poll(poll)) => poll.send(bytes),
            None => {}
        }
    }

    /// Takes in an answer of the fallback and returns its frames, and its close code if it is
    /// the last. None: there was none, or it makes no sense.
    pub fn polled(&mut self, count: u32, answer: &[u8]) -> Option<(Vec<Vec<u8>>, Option<u16>)> {
        match &mut self.way {
            Some(Way::Poll(poll)) => poll.answered(count, answer),
            _ => None,
        }
    }

    /// The server has welcomed this connection.
    pub fn welcomed(&mut self) {
        self.welcomed = true;
        self.failures = 0;
        self.socket_failures = 0;
        let by_poll = matches!(self.way, Some(Way::Poll(_)));
        self.socket_worked |= !by_poll;
        self.polls = by_poll && !self.socket_worked;
    }

    /// Gives up the connection.
    pub fn close(&mut self) {
        self.way = None;
    }

    /// Notes that the connection is gone, and returns after how many milliseconds to try again.
    pub fn lost(&mut self) -> f64 {
        let was_socket = matches!(self.way, Some(Way::Socket(_)));
        self.way = None;
        if !self.welcomed {
            self.failures += 1;
            self.socket_failures += u32::from(was_socket);
            if was_socket && !self.socket_worked && self.failures == 1 {
                // Blocked, probably: the fallback is tried at once.
                return 0.0;
            }
        }
        let doublings = i32::try_from(self.failures.min(10)).unwrap_or(0);
        let span = (FIRST_MILLIS * 2f64.powi(doublings)).min(LONGEST_MILLIS);
        js_sys::Math::random() * span
    }
}
