//! What all clients do alike.

use std::time::Duration;

use tokio::{sync::watch, task::JoinHandle, time::sleep};

use crate::{
    course::{Course, Pace, Phase},
    journal::SharedJournal,
};

/// What the leader of a run keeps of a client.
pub struct Handle {
    pub journal: SharedJournal,
    /// How many commands have no answer yet.
    pub unanswered: watch::Receiver<usize>,
    pub task: JoinHandle<()>,
}

/// The longest wait before the first new attempt to connect.
const BACK_OFF: Duration = Duration::from_millis(100);

/// The longest wait before any attempt.
const BACK_OFF_LIMIT: Duration = Duration::from_millis(400);

/// Waits before connecting again: exponentially longer, with full jitter; cut short by the end.
pub async fn back_off(failures: u32, random: &mut fastrand::Rng, course: &mut Course) {
    let longest = BACK_OFF
        .saturating_mul(2_u32.saturating_pow(failures.min(8)))
        .min(BACK_OFF_LIMIT);
    let wait = longest.mul_f64(random.f64());
    tokio::select! {
        () = sleep(wait) => {}
        _ = course.phase.wait_for(|phase| *phase == Phase::Stop) => {}
    }
}

/// How long a client waits before it writes again: around the mean, so that nothing falls into step.
pub fn pause(pace: &Pace, random: &mut fastrand::Rng) -> Duration {
    pace.pause.mul_f64(0.5 + random.f64())
}
