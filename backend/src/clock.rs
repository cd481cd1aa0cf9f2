//! The clock and the random source of the product, both arguments.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::Timestamp;

/// Tells the time: the system's clock, moved by an offset that only tests change.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds ahead of the system's clock; written by [`Clock::advance`].
    offset: Arc<AtomicI64>,
    /// Stands in for the system's clock where time passes by [`Clock::advance`] alone.
    standing: Option<Timestamp>,
}

impl Clock {
    /// A clock that stands still unless it is moved.
    pub fn standing(at: Timestamp) -> Self {
        Self {
            offset: Arc::default(),
            standing: Some(at),
        }
    }

    /// The instant it is.
    pub fn now(&self) -> Timestamp {
        let Timestamp(micros) = self.standing.unwrap_or_else(system);
        Timestamp(micros.saturating_add(self.offset.load(Ordering::Relaxed)))
    }

    /// Moves this clock, and all its clones, ahead.
    pub fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        self.offset.fetch_add(micros, Ordering::Relaxed);
    }
}

/// An instant in UTC, as `2026-11-23 09:00:00`.
pub fn utc(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// What the system's clock says.
fn system() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Fresh random bytes from the operating system.
///
/// # Panics
/// If the operating system has none, as then nothing of the product is safe.
#[expect(
    clippy::expect_used,
    reason = "without randomness no token is secret: better to stop"
)]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
