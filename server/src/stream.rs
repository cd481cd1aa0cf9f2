//! The bytes of one connection, with the times in which they must move.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::{
    config::Times,
    connection::{Connection, Stage},
    pace::Pace,
};

/// How many bytes that were not sent yet the system takes: with its own idea of up to megabytes, a
/// slow reader would be told from one who does not read only after minutes.
const UNSENT_BYTES: u32 = 16 * 1024;

/// A connection that keeps its place as long as it is open, also after it became a WebSocket.
pub struct Stream {
    tcp: TcpStream,
    connection: Arc<Connection>,
    /// Ready when it is to give way.
    gone: Pin<Box<WaitForCancellationFutureOwned>>,
    times: Times,
    /// The stage in which something is waited for, and when that is too long.
    limit: Option<(Stage, Pin<Box<Sleep>>)>,
    /// How the client reads.
    reads: Pace,
}

impl Stream {
    pub fn new(tcp: TcpStream, connection: Arc<Connection>, times: Times) -> Self {
        // Only a system that is no Linux lacks it; there a slow reader is found later.
        let _ = SockRef::from(&tcp).set_tcp_notsent_lowat(UNSENT_BYTES);
        Self {
            tcp,
            gone: Box::pin(connection.gone().cancelled_owned()),
            connection,
            times,
            limit: None,
            reads: Pace::new(times.pace),
        }
    }

    fn gives_way(&mut self, context: &mut Context<'_>) -> bool {
        self.gone.as_mut().poll(context).is_ready()
    }

    /// Nothing has come: whether the client took too long for what it is waited for.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let stage = self.connection.stage();
        let time = match stage {
            Stage::Fresh => self.times.first_byte,
            Stage::Head => self.times.head,
            Stage::Idle => self.times.idle,
            // Bodies have a pace, sockets their pings.
            Stage::Busy | Stage::Socket | Stage::Kept => {
                self.limit = None;
                return false;
            }
        };
        if self.limit.as_ref().is_none_or(|(of, _)| *of != stage) {
            self.limit = Some((stage, Box::pin(sleep(time))));
        }
        let over = self.limit.as_mut();
        over.is_some_and(|(_, over)| over.as_mut().poll(context).is_ready())
    }

    /// What the client let in; nothing for too long ends the connection.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => self.reads.moved(bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                if self.reads.poll_too_slow(context).is_ready() {
                    metrics::counter!("casella_answers_unread_total").increment(1);
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                if self.gives_way(context) {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
                }
            }
        }
        written
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.gives_way(context) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.tcp).poll_read(context, buffer);
        match &read {
            Poll::Ready(_) => {
                let stage = this.connection.stage();
                if buffer.filled().len() > before && matches!(stage, Stage::Fresh | Stage::Idle) {
                    this.connection.enters(Stage::Head);
                }
            }
            Poll::Pending => {
                if this.is_late(context) {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(context, parts);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }
}
