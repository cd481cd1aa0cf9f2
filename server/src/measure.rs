//! The measures that `/metrics` tells.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::node::Node;

/// A process has one set of measures, also where tests run several nodes in it.
static RECORDER: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// Upper ends of the classes by which durations are counted, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];

const KEEP_UP_EVERY: Duration = Duration::from_secs(5);

/// How often quiet addresses are forgotten, in keep-ups.
const FORGET_EVERY: u32 = 12;

/// The process's measures, begun at the first call.
///
/// # Errors
/// If another library of this process has begun its own.
pub fn recorder() -> Result<PrometheusHandle, BuildError> {
    let mut recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*recorder {
        return Ok(handle.clone());
    }
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?;
    Ok(recorder.insert(builder.install_recorder()?).clone())
}

/// Keeps the memory of measures and limits small while the node runs.
pub async fn keep_up(node: Arc<Node>) {
    let mut beat = tokio::time::interval(KEEP_UP_EVERY);
    let mut beats = 0_u32;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            () = node.stopping.cancelled() => return,
        }
        node.measures.run_upkeep();
        beats = beats.wrapping_add(1);
        if beats.is_multiple_of(FORGET_EVERY) {
            node.limits.forget_quiet();
            node.uploads.forget_quiet();
            node.downloads.forget_quiet();
        }
    }
}
