//! One client's connection, whatever carries it: decodes what comes, hands it to `backend`,
//! sends what `backend` has for the client, and notices when the client is gone.

use std::{future::Future, sync::Arc, time::Duration};

use axum::body::Bytes;
use backend::{Closed, Outgoing, bound::met};
use domain::{
    CommandId, Refusal,
    bound::Bound,
    frame::{
        CLOSE_MALFORMED, CLOSE_OUTDATED, CLOSE_RESUME, CLOSE_SIGNED_OUT, DecodeError, PROTOCOL,
        command_of, decode_from_client, encode_as, protocol_of,
    },
};
use futures::FutureExt;
use governor::DefaultDirectRateLimiter;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::{
    limit::{Cost, Who},
    node::Node,
    side::{Kind, Side},
};

/// A client that has left so many pings unanswered when the next is due is gone.
const PINGS_MISSED: u8 = 2;

/// How long a client may take to let frames in; a slower one is closed and resumes.
const SEND_LIMIT: Duration = Duration::from_secs(20);

/// How long the reason of the end may take to reach the client.
const FAREWELL_LIMIT: Duration = Duration::from_secs(5);

/// How many frames that make no sense are answered before the connection is closed.
const NONSENSE_LIMIT: u8 = 5;

/// How many frames are gathered for one write.
const FRAMES_A_WRITE: usize = 64;

/// What carries frames: a WebSocket, or held requests.
pub trait Wire: Send {
    /// What comes next; none when the other side has closed. Losing this future loses nothing.
    fn receive(&mut self) -> impl Future<Output = Option<Received>> + Send;

    /// Queues a frame.
    fn send(&mut self, frame: Vec<u8>) -> impl Future<Output = Result<(), Lost>> + Send;

    /// Lets go of what is queued.
    fn flush(&mut self) -> impl Future<Output = Result<(), Lost>> + Send;

    /// Says why it is over.
    fn close(self, code: u16) -> impl Future<Output = ()> + Send;
}

/// What came over a wire.
pub enum Received {
    /// A frame, not decoded.
    Frame(Bytes),
    /// Something that can be no frame, such as text.
    WrongKind,
    /// More than the wire takes: it cannot go on.
    Overflow,
}

/// The wire is broken.
#[derive(Debug)]
pub struct Lost;

/// The end of a connection: a last frame, if there is something to say, and the close code.
struct Over {
    last: Option<Vec<u8>>,
    code: u16,
}

impl From<u16> for Over {
    fn from(code: u16) -> Self {
        Self { last: None, code }
    }
}

/// A connection from its first frame to its end.
struct Line<S: Side> {
    node: Arc<Node>,
    side: S,
    /// None until the first frame.
    open: Option<Open<S>>,
    frames: DefaultDirectRateLimiter,
    nonsense: u8,
    /// Frames that were not taken because they were too many, or too large.
    excess: usize,
    /// Pings since the last pong.
    pings: u8,
    /// The protocol that the client speaks, by its last frame.
    protocol: u8,
}

struct Open<S: Side> {
    who: Who,
    connection: S::Connection,
    outgoing: Outgoing<S::Event>,
}

/// Carries frames between `wire` and the product until either side ends it.
pub async fn run<S: Side>(node: Arc<Node>, side: S, mut wire: impl Wire) {
    let mut line = Line {
        frames: node.limits.frames(),
        node,
        side,
        open: None,
        nonsense: 0,
        excess: 0,
        pings: 0,
        protocol: PROTOCOL,
    };
    let over = match line.carry(&mut wire).await {
        Ok(over) => over,
        Err(Lost) => return,
    };
    // The product learns at once that the client is gone, not when the farewell has been read.
    drop(line);
    let farewell = async {
        if let Some(frame) = over.last
            && (wire.send(frame).await.is_err() || wire.flush().await.is_err())
        {
            return;
        }
        wire.close(over.code).await;
    };
    let _ = timeout(FAREWELL_LIMIT, farewell).await;
}

impl<S: Side> Line<S> {
    async fn carry(&mut self, wire: &mut impl Wire) -> Result<Over, Lost> {
        let stopping = self.node.stopping.clone();
        let mut beat = interval(self.node.config.times.ping_every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.tick().await;
        loop {
            let waits_for_hello = self.open.is_none();
            let done = tokio::select! {
                received = wire.receive() => match received {
                    Some(received) => self.take(received).await,
                    None => return Err(Lost),
                },
                event = self.next() => event.map(Some),
                _ = beat.tick() => self.beat(),
                // Afterwards `backend` ends it, when it has finished what it took.
                () = stopping.cancelled(), if waits_for_hello => Err(CLOSE_RESUME.into()),
            };
            match done {
                Ok(None) => {}
                Err(over) => return Ok(over),
                Ok(Some(frame)) => match timeout(SEND_LIMIT, self.write(wire, frame)).await {
                    Err(_) => return Ok(CLOSE_RESUME.into()),
                    Ok(written) => match written? {
                        None => {}
                        Some(over) => return Ok(over),
                    },
                },
            }
        }
    }

    /// Writes a frame and what else is ready by now.
    async fn write(&mut self, wire: &mut impl Wire, first: Vec<u8>) -> Result<Option<Over>, Lost> {
        wire.send(first).await?;
        let mut over = None;
        for _ in 1..FRAMES_A_WRITE {
            match self.next().now_or_never() {
                None => break,
                Some(Ok(frame)) => wire.send(frame).await?,
                Some(Err(end)) => {
                    over = Some(end);
                    break;
                }
            }
        }
        wire.flush().await?;
        Ok(over)
    }

    /// The next frame for the client; none ever before its first frame.
    async fn next(&mut self) -> Result<Vec<u8>, Over> {
        let Some(open) = &mut self.open else {
            return std::future::pending().await;
        };
        loop {
            let event = match open.outgoing.next().await {
                Ok(event) => event,
                Err(Closed::Resume) => return Err(CLOSE_RESUME.into()),
                Err(Closed::SignedOut) => return Err(CLOSE_SIGNED_OUT.into()),
                Err(Closed::Malformed) => return Err(CLOSE_MALFORMED.into()),
            };
            if let Some(frame) = frame::<S>(self.protocol, event) {
                return Ok(frame);
            }
        }
    }

    /// Asks whether the client is there.
    fn beat(&mut self) -> Result<Option<Vec<u8>>, Over> {
        if self.open.is_none() {
            // It had the time between two pings for its first frame.
            return Err(CLOSE_MALFORMED.into());
        }
        if self.pings >= PINGS_MISSED {
            metrics::counter!("casella_clients_gone_total", "side" => S::NAME).increment(1);
            return Err(CLOSE_RESUME.into());
        }
        self.pings += 1;
        Ok(frame::<S>(self.protocol, S::ping()))
    }

    /// Takes what came from the client; answers at once only what is not taken.
    async fn take(&mut self, received: Received) -> Result<Option<Vec<u8>>, Over> {
        let bytes = match received {
            Received::Frame(bytes) => bytes,
            Received::WrongKind => return self.nonsense(),
            Received::Overflow => {
                return Err(Over {
                    last: self.refuse(Refusal::TooLarge),
                    code: CLOSE_MALFORMED,
                });
            }
        };
        // Before anything is decoded: what is too much must cost next to nothing.
        if self.frames.check().is_err() {
            return self.excess(met(Bound::ConnectionFrames), command_of(&bytes));
        }
        let request = match decode_from_client::<S::Request>(&bytes) {
            Ok(request) => request,
            Err(DecodeError::Version(_)) => return Err(CLOSE_OUTDATED.into()),
            Err(DecodeError::TooLarge) if self.open.is_some() => {
                return self.excess(Refusal::TooLarge, None);
            }
            Err(DecodeError::TooLarge | DecodeError::Malformed) => return self.nonsense(),
        };
        self.protocol = protocol_of(&bytes);
        let cost = S::cost(&request);
        let kind = S::kind(request);
        if let (Kind::Command(..) | Kind::Notice(_), Some(open)) = (&kind, &self.open)
            && let Err(refusal) = self.node.limits.frame(&open.who, cost)
        {
            return match kind {
                Kind::Command(id, _) => self.excess(refusal, Some(id)),
                // Nobody waits for it, and telling would cost more.
                _ if cost == Cost::Notice => Ok(None),
                _ => self.excess(refusal, None),
            };
        }
        match (kind, &mut self.open) {
            (Kind::Pong, _) => {
                self.pings = 0;
                Ok(None)
            }
            // Boxed: it is needed once, and its size would be kept by every idle connection.
            (Kind::Hello(hello), None) => Box::pin(self.greet(hello)).await,
            (Kind::Command(_, request) | Kind::Notice(request), Some(open)) => {
                S::request(&mut open.connection, request);
                Ok(None)
            }
            (Kind::Hello(_), Some(_)) | (_, None) => self.nonsense(),
        }
    }

    async fn greet(&mut self, hello: S::Hello) -> Result<Option<Vec<u8>>, Over> {
        let who = self.side.who(&hello);
        match self.side.connect(&self.node.casella, hello).await {
            Ok((connection, outgoing)) => {
                self.open = Some(Open {
                    who,
                    connection,
                    outgoing,
                });
                Ok(None)
            }
            Err(error) => {
                let refusal = error.refusal();
                if refusal == Refusal::Unavailable {
                    tracing::error!(%error, side = S::NAME, "a connection could not be opened");
                }
                Err(Over {
                    last: self.refuse(refusal),
                    code: match refusal {
                        Refusal::Unavailable => CLOSE_RESUME,
                        Refusal::SignedOut => CLOSE_SIGNED_OUT,
                        _ => CLOSE_MALFORMED,
                    },
                })
            }
        }
    }

    /// A frame was too much, or too large: says so to its sender, and ends the connection of a
    /// client that goes on with it. What has no answer then is sent again, more slowly.
    fn excess(
        &mut self,
        refusal: Refusal,
        command: Option<CommandId>,
    ) -> Result<Option<Vec<u8>>, Over> {
        let refused = self.refuse(refusal);
        let answer = match command {
            Some(id) => frame::<S>(self.protocol, S::command_refused(id, refusal)),
            None => refused,
        };
        self.excess = self.excess.saturating_add(1);
        if self.excess > Bound::ExcessFrames.amount() {
            met(Bound::ExcessFrames);
            return Err(Over {
                last: answer,
                code: CLOSE_RESUME,
            });
        }
        Ok(answer)
    }

    /// Something that makes no sense came: says so, and closes if nothing else ever comes.
    fn nonsense(&mut self) -> Result<Option<Vec<u8>>, Over> {
        let refused = self.refuse(Refusal::Malformed);
        self.nonsense = self.nonsense.saturating_add(1);
        if self.open.is_some() && self.nonsense < NONSENSE_LIMIT {
            Ok(refused)
        } else {
            Err(Over {
                last: refused,
                code: CLOSE_MALFORMED,
            })
        }
    }

    fn refuse(&self, refusal: Refusal) -> Option<Vec<u8>> {
        metrics::counter!(
            "casella_frames_refused_total",
            "side" => S::NAME, "reason" => format!("{refusal:?}")
        )
        .increment(1);
        tracing::debug!(side = S::NAME, ?refusal, "a frame was refused");
        frame::<S>(self.protocol, S::refused(refusal))
    }
}

/// The bytes of an event in the protocol that the client speaks; none if that has no word for it.
fn frame<S: Side>(protocol: u8, event: S::Event) -> Option<Vec<u8>> {
    let event = if protocol == PROTOCOL {
        event
    } else {
        S::before(event)?
    };
    Some(encode_as(protocol, &event))
}
