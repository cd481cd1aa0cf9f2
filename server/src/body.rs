//! The bodies of requests and answers as the listener sees them: how a request's body comes in, what
//! becomes of the rest of one that nobody reads, and when an answer is through.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, sleep_until, timeout};

use crate::{
    connection::{Connection, Stage},
    pace::{Floor, Pace},
};

/// How far the body of a request has come.
#[derive(Debug)]
pub struct Progress {
    /// When the request, or what last came of its body, was there.
    last: Mutex<Instant>,
    /// The client sent too slowly.
    too_slow: AtomicBool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            last: Mutex::new(Instant::now()),
            too_slow: AtomicBool::new(false),
        }
    }
}

impl Progress {
    /// Something came.
    pub fn moved(&self) {
        self.moved_at(Instant::now());
    }

    fn moved_at(&self, now: Instant) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    fn is_over(&self, limit: Duration, now: Instant) -> bool {
        self.last() + limit <= now
    }

    /// Whether the body was given up.
    pub fn was_too_slow(&self) -> bool {
        self.too_slow.load(Ordering::Relaxed)
    }

    fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `work`, as long as the body goes on coming, and `limit` longer.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            let until = self.last() + limit;
            tokio::select! {
                biased;
                done = work.as_mut() => return Some(done),
                () = sleep_until(until) => {
                    if self.is_over(limit, Instant::now()) {
                        return None;
                    }
                }
            }
        }
    }
}

/// Where what nobody read of a body is left.
pub type Rest<B> = Arc<Mutex<Option<B>>>;

/// The body of a request, with a floor of its pace.
pub struct Paced<B> {
    /// None after its end.
    body: Option<B>,
    pace: Pace,
    progress: Arc<Progress>,
    rest: Rest<B>,
}

/// A body came too slowly.
#[derive(Debug)]
pub struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body came too slowly")
    }
}

impl std::error::Error for TooSlow {}

impl<B> Paced<B> {
    pub fn new(body: B, floor: Floor, progress: Arc<Progress>, rest: Rest<B>) -> Self {
        Self {
            body: Some(body),
            pace: Pace::new(floor),
            progress,
            rest,
        }
    }
}

impl<B> HttpBody for Paced<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<axum::BoxError>,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        match Pin::new(body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.pace.moved(frame.data_ref().map_or(0, Bytes::len));
                this.progress.moved();
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                this.body = None;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                this.body = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(this.pace.poll_too_slow(context));
                this.body = None;
                this.progress.too_slow.store(true, Ordering::Relaxed);
                Poll::Ready(Some(Err(TooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl<B> Drop for Paced<B> {
    fn drop(&mut self) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take();
    }
}

/// Reads what nobody read of a request and drops it, a bounded amount for a bounded time: a client
/// that is cut off while it still sends never reads the answer.
pub async fn drop_rest(rest: Incoming, bytes: usize, within: Duration) {
    let read = async {
        let mut rest = rest;
        let mut left = bytes;
        while let Some(Ok(frame)) = rest.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    let _ = timeout(within, read).await;
}

/// The body of an answer; when it is through, its connection waits for the next request.
pub struct Answer {
    body: Body,
    connection: Arc<Connection>,
}

impl Answer {
    pub fn new(body: Body, connection: Arc<Connection>) -> Self {
        Self { body, connection }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.connection.enters(Stage::Idle);
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, stream};
    use http_body_util::StreamBody;

    use super::*;

    const FLOOR: Floor = Floor {
        bytes: 1_000,
        within: Duration::from_millis(20),
    };

    fn full() -> http_body_util::Full<Bytes> {
        http_body_util::Full::new(Bytes::from_static(b"words"))
    }

    #[tokio::test]
    async fn a_body_that_stalls_ends_and_one_that_came_is_whole() {
        let progress = Arc::<Progress>::default();
        let whole = Paced::new(full(), FLOOR, Arc::clone(&progress), Rest::default());
        assert_eq!(whole.collect().await.unwrap().to_bytes(), "words");
        assert!(!progress.was_too_slow());

        let one = stream::iter([Ok::<_, axum::BoxError>(Frame::data(Bytes::from("a")))]);
        let stalls = StreamBody::new(Box::pin(one.chain(stream::pending())));
        let rest = Rest::default();
        let stalls = Paced::new(stalls, FLOOR, Arc::clone(&progress), Arc::clone(&rest));
        assert!(stalls.collect().await.unwrap_err().is::<TooSlow>());
        assert!(progress.was_too_slow());
        // Nobody waits for the rest of that.
        assert!(rest.lock().unwrap().is_none());
    }

    #[test]
    fn a_deadline_counts_from_the_last_that_came() {
        let limit = Duration::from_secs(30);
        let progress = Progress::default();
        let begin = progress.last();
        // Ten megabytes at a megabit a second take 80 s.
        for second in 1..=80 {
            let now = begin + Duration::from_secs(second);
            assert!(!progress.is_over(limit, now));
            progress.moved_at(now);
        }
        let end = begin + Duration::from_secs(80);
        assert!(!progress.is_over(limit, end + Duration::from_secs(29)));
        assert!(progress.is_over(limit, end + limit));
    }

    #[tokio::test]
    async fn work_that_goes_on_without_the_client_has_its_limit() {
        let progress = Progress::default();
        let work = std::future::pending::<()>();
        assert_eq!(progress.within(Duration::from_millis(5), work).await, None);
        let done = progress.within(Duration::ZERO, async { 7 }).await;
        assert_eq!(done, Some(7));
    }

    #[tokio::test]
    async fn what_nobody_read_is_left_and_what_was_read_is_not() {
        let rest = Rest::default();
        let paced = || Paced::new(full(), FLOOR, Arc::default(), Arc::clone(&rest));
        drop(paced());
        assert!(rest.lock().unwrap().take().is_some());
        paced().collect().await.unwrap();
        assert!(rest.lock().unwrap().take().is_none());
    }
}
