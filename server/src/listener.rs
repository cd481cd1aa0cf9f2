//! Takes TCP connections and speaks HTTP on them.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::{
    address::{Addresses, Place},
    request::Peer,
};

/// How long a client may take to send the head of a request, and may keep a connection idle.
const HEAD_LIMIT: Duration = Duration::from_secs(60);

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 32 * 1024;

/// After an error that is not of one connection (no file handles left), before the next try.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a listener needs besides its socket.
#[derive(Clone)]
pub struct Listening {
    /// None where connections are not counted.
    pub addresses: Option<Addresses>,
    /// Addresses that many clients share: these are counted by what they forward.
    pub proxies: Vec<std::net::IpAddr>,
    pub stopping: CancellationToken,
    pub tasks: TaskTracker,
}

impl Listening {
    /// Serves `router` until the node stops, then lets requests under way finish.
    pub async fn serve(self, listener: TcpListener, router: Router) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stopping.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.take(stream, peer, &router),
                Err(error) if of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "connections cannot be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr, router: &Router) {
        // Frames are small and must not wait for more.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let place = match &self.addresses {
            Some(addresses) if !self.proxies.contains(&peer.ip().to_canonical()) => {
                match addresses.enter(peer.ip()) {
                    Some(place) => Some(place),
                    None => {
                        metrics::counter!("casella_connections_refused_total").increment(1);
                        return;
                    }
                }
            }
            _ => None,
        };
        let stream = Counted {
            stream,
            _place: place,
        };
        let router = router.clone();
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            let service = service_fn(move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                let answer = router.clone().oneshot(request.map(Body::new));
                async { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_LIMIT)
                .max_buf_size(HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopping.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, %peer, "a connection broke");
            }
        });
    }
}

/// Whether the connection itself failed before it was taken.
fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// A connection that keeps its place as long as it is open, also after it became a WebSocket.
struct Counted {
    stream: TcpStream,
    _place: Option<Place>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
