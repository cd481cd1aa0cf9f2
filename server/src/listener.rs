//! Takes TCP connections and speaks HTTP on them.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body};
use domain::bound::Bound;
use http::{StatusCode, header};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::{
    body::{Answer, Paced, Progress, Rest, drop_rest},
    config::{Network, Times},
    connection::{Connection, Connections, Stage},
    request::Peer,
    stream::Stream,
};

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 32 * 1024;

/// After an error that is not of one connection (no file handles left), before the next try.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a listener needs besides its socket.
#[derive(Clone)]
pub struct Listening {
    pub connections: Connections,
    /// Addresses that many clients share: these are counted by what they forward.
    pub proxies: Vec<Network>,
    pub times: Times,
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
        let address = peer.ip();
        let shared = self.proxies.iter().any(|known| known.contains(address));
        let source = (!shared).then(|| address.into());
        let Ok(connection) = self.connections.enter(source) else {
            metrics::counter!("casella_connections_refused_total").increment(1);
            return;
        };
        let stream = Stream::new(stream, Arc::clone(&connection), self.times);
        let carried = Carried {
            router: router.clone(),
            peer,
            connection,
            times: self.times,
            tasks: self.tasks.clone(),
        };
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            let service = service_fn(move |request| carried.clone().answer(request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                // The stream itself keeps the times, each stage its own.
                .header_read_timeout(None)
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

/// What each request of a connection needs.
#[derive(Clone)]
struct Carried {
    router: Router,
    peer: SocketAddr,
    connection: Arc<Connection>,
    times: Times,
    tasks: TaskTracker,
}

impl Carried {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        self.connection.enters(Stage::Busy);
        // Who waits for permission to send sends nothing after a refusal.
        let asks_first = request.headers().contains_key(header::EXPECT);
        let rest = Rest::default();
        let progress = Arc::new(Progress::default());
        let mut request = request.map(|body| {
            let body = Paced::new(
                body,
                self.times.pace,
                Arc::clone(&progress),
                Arc::clone(&rest),
            );
            Body::new(body)
        });
        request.extensions_mut().insert(Peer {
            address: self.peer,
            connection: Some(Arc::clone(&self.connection)),
        });
        request.extensions_mut().insert(progress);
        let answer = self.router.oneshot(request).await;
        let answer = answer.unwrap_or_else(|never| match never {});

        let rest = rest.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(rest) = rest
            && !asks_first
            && !hyper::body::Body::is_end_stream(&rest)
        {
            let (bytes, within) = (Bound::RestBytes.amount(), self.times.rest);
            self.tasks.spawn(drop_rest(rest, bytes, within));
        }
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            self.connection.enters(Stage::Socket);
        }
        Ok(answer.map(|body| Body::new(Answer::new(body, self.connection))))
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
