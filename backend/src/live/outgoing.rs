//! The queue of a connection: bounded, never skipping.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{Timestamp, bound::Bound};
use tokio::sync::{Notify, mpsc};

use super::weight::Weight;
use crate::bound::met;

/// How many events may wait for a client. A slower one is told to connect again and resume.
const QUEUE: usize = Bound::ConnectionEvents.amount();

/// In which time [`Bound::UnfitCommands`] is counted.
const A_WHILE: Duration = Duration::from_secs(60);

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The reader was too slow or the node stops: connect again and resume.
    Resume,
    /// The agent's session ended.
    SignedOut,
    /// The client sends again and again what can never be stored.
    Malformed,
}

/// The receiving end of a connection: what is to be sent to the client.
pub struct Outgoing<E> {
    /// What the client missed; sent before anything new.
    backlog: VecDeque<E>,
    /// What it missed beyond that: read from the store as the client takes it. Ends with none.
    later: Option<mpsc::Receiver<Option<E>>>,
    events: mpsc::Receiver<Box<Queued<E>>>,
    end: Arc<End>,
}

/// An event that waits, with what it weighs.
struct Queued<E> {
    event: E,
    weight: usize,
}

/// How a connection ends; shared by both ends of its queue.
#[derive(Default)]
struct End {
    /// The first reason counts.
    why: OnceLock<Closed>,
    /// Told when `why` is set, for a reader who waits.
    set: Notify,
    /// When the store refused something of this client's, within the last minute.
    refused: Mutex<Vec<Timestamp>>,
    /// How many bytes of events wait, about.
    waiting: AtomicUsize,
}

impl<E> Outgoing<E> {
    /// Puts what the client missed before everything else.
    pub(super) fn with_backlog(mut self, backlog: impl IntoIterator<Item = E>) -> Self {
        self.backlog.extend(backlog);
        self
    }

    /// Puts what is still to be read behind the backlog, and before everything else. Whoever fills
    /// `later` ends with none; if nothing comes before that, the client is to resume.
    pub(super) fn with_later(mut self, later: mpsc::Receiver<Option<E>>) -> Self {
        self.later = Some(later);
        self
    }

    /// The next event for the client. Cancel-safe.
    ///
    /// # Errors
    /// Why the connection is over. What was queued before is still handed out, unless the reader
    /// was too slow.
    pub async fn next(&mut self) -> Result<E, Closed> {
        if let Some(event) = self.backlog.pop_front() {
            return Ok(event);
        }
        while let Some(later) = &mut self.later {
            if let Some(why) = self.end.why.get() {
                return Err(*why);
            }
            tokio::select! {
                event = later.recv() => match event {
                    Some(Some(event)) => return Ok(event),
                    Some(None) => self.later = None,
                    None => return Err(Closed::Resume),
                },
                () = self.end.set.notified() => {}
            }
        }
        loop {
            if let Ok(event) = self.events.try_recv() {
                return Ok(self.taken(*event));
            }
            if let Some(why) = self.end.why.get() {
                return Err(*why);
            }
            tokio::select! {
                event = self.events.recv() => return match event {
                    Some(event) => Ok(self.taken(*event)),
                    None => Err(self.end.why.get().copied().unwrap_or(Closed::Resume)),
                },
                () = self.end.set.notified() => {}
            }
        }
    }

    fn taken(&self, queued: Queued<E>) -> E {
        let Queued { event, weight } = queued;
        self.end.waiting.fetch_sub(weight, Ordering::Relaxed);
        event
    }
}

/// The end that fills the queue. All clones belong to one connection.
pub struct Queue<E> {
    events: mpsc::WeakSender<Box<Queued<E>>>,
    /// Keeps the channel open; the hub's copy alone has it.
    _open: Option<mpsc::Sender<Box<Queued<E>>>>,
    end: Arc<End>,
}

impl<E> Clone for Queue<E> {
    fn clone(&self) -> Self {
        Self {
            events: self.events.clone(),
            _open: None,
            end: Arc::clone(&self.end),
        }
    }
}

impl<E: Weight> Queue<E> {
    /// A queue and its receiving end.
    pub fn new() -> (Self, Outgoing<E>) {
        let (sender, events) = mpsc::channel(QUEUE);
        let end = Arc::new(End::default());
        let queue = Self {
            events: sender.downgrade(),
            _open: Some(sender),
            end: Arc::clone(&end),
        };
        (
            queue,
            Outgoing {
                backlog: VecDeque::new(),
                later: None,
                events,
                end,
            },
        )
    }

    /// Queues an event. Returns false if the client is gone or too slow: then the connection ends,
    /// since nothing may be skipped.
    pub fn push(&self, event: E) -> bool {
        let weight = event.weight();
        let waiting = self.end.waiting.fetch_add(weight, Ordering::Relaxed);
        let room = waiting.saturating_add(weight) <= Bound::ConnectionBytes.amount();
        let pushed = self.end.why.get().is_none()
            && room
            && self
                .events
                .upgrade()
                .is_some_and(|sender| sender.try_send(Box::new(Queued { event, weight })).is_ok());
        if !pushed {
            self.close(Closed::Resume);
        }
        pushed
    }
}

impl<E> Queue<E> {
    /// The store refused at `now` what the client sent: a client that goes on with it is ended,
    /// since each time costs everybody.
    pub fn refused_by_store(&self, now: Timestamp) {
        let mut refused = self
            .end
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        refused.retain(|at| now.since(*at) < A_WHILE);
        refused.push(now);
        if refused.len() > Bound::UnfitCommands.amount() {
            met(Bound::UnfitCommands);
            self.close(Closed::Malformed);
        }
    }

    /// Ends the connection after what is queued; the first reason counts.
    pub fn close(&self, why: Closed) {
        // Set before: the first reason stays.
        let _ = self.end.why.set(why);
        self.end.set.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weight for i32 {
        fn weight(&self) -> usize {
            usize::try_from(*self).unwrap_or(0)
        }
    }

    impl Weight for i64 {
        fn weight(&self) -> usize {
            0
        }
    }

    #[tokio::test]
    async fn a_reader_whom_too_many_bytes_wait_for_is_told_to_resume() {
        let (queue, mut outgoing) = Queue::new();
        let most = i32::try_from(Bound::ConnectionBytes.amount()).unwrap();
        assert!(queue.push(most - 1));
        assert!(queue.push(1));
        assert_eq!(outgoing.next().await, Ok(most - 1));
        assert!(queue.push(most - 1), "what was taken no longer waits");
        assert!(!queue.push(1));
        assert_eq!(outgoing.next().await, Ok(1));
        assert_eq!(outgoing.next().await, Ok(most - 1));
        assert_eq!(outgoing.next().await, Err(Closed::Resume));
    }

    #[tokio::test]
    async fn what_is_read_later_comes_before_what_is_new() {
        let (queue, outgoing) = Queue::new();
        let (tell, later) = mpsc::channel(1);
        queue.push(3);
        let mut outgoing = outgoing.with_backlog([1]).with_later(later);
        assert_eq!(outgoing.next().await, Ok(1));
        tell.send(Some(2)).await.unwrap();
        assert_eq!(outgoing.next().await, Ok(2));
        tell.send(None).await.unwrap();
        assert_eq!(outgoing.next().await, Ok(3));
    }

    #[tokio::test]
    async fn what_cannot_be_read_later_is_resumed() {
        let (queue, outgoing) = Queue::new();
        let (tell, later) = mpsc::channel(1);
        queue.push(3);
        let mut outgoing = outgoing.with_later(later);
        drop(tell);
        assert_eq!(outgoing.next().await, Err(Closed::Resume));
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_and_not_skipped() {
        let (queue, mut outgoing) = Queue::new();
        let pushed = (0..).take_while(|n| queue.push(*n)).count();
        assert_eq!(pushed, QUEUE);
        for n in 0..pushed {
            assert_eq!(outgoing.next().await, Ok(i32::try_from(n).unwrap()));
        }
        assert_eq!(outgoing.next().await, Err(Closed::Resume));
    }

    #[tokio::test]
    async fn the_third_within_a_minute_that_the_store_refuses_ends_the_connection() {
        let at = |second: i64| Timestamp(second * 1_000_000);
        let (queue, mut outgoing) = Queue::new();
        for second in [0, 10, 70, 75] {
            queue.refused_by_store(at(second));
            assert!(queue.push(second));
            assert_eq!(outgoing.next().await, Ok(second));
        }
        queue.refused_by_store(at(80));
        assert_eq!(outgoing.next().await, Err(Closed::Malformed));
    }

    #[tokio::test]
    async fn what_was_missed_comes_first() {
        let (queue, outgoing) = Queue::new();
        queue.push(2);
        let mut outgoing = outgoing.with_backlog([1]);
        assert_eq!(
            (outgoing.next().await, outgoing.next().await),
            (Ok(1), Ok(2))
        );
    }
}
