//! What an operator can see of a server: its memory, its handles, the bounds that were met.

use std::{collections::BTreeMap, fs, time::Duration};

use anyhow::{Context, Result};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use crate::{bench::memory::resident_kb, node::Node};

/// How often memory and handles are looked at.
const LOOK: Duration = Duration::from_millis(100);

const MB: f64 = 1024.0;

/// How much a server holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    pub memory_mb: f64,
    pub handles: usize,
}

/// Looks at a server's process.
///
/// # Errors
/// If it does not run.
pub fn held(process: u32) -> Result<Held> {
    let handles = fs::read_dir(format!("/proc/{process}/fd"))
        .context("handles are counted on Linux only")?
        .count();
    Ok(Held {
        memory_mb: resident_kb(process)? / MB,
        handles,
    })
}

/// Looks again and again and keeps the most that was seen.
pub struct Watch {
    most: watch::Receiver<Held>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Begins to look.
    ///
    /// # Errors
    /// If the server does not run.
    pub fn begin(node: &Node) -> Result<Self> {
        let process = node.id().context("the server does not run")?;
        let (tell, most) = watch::channel(held(process)?);
        let task = tokio::spawn(async move {
            let mut looks = interval(LOOK);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                looks.tick().await;
                let Ok(now) = held(process) else { return };
                tell.send_modify(|most| {
                    most.memory_mb = most.memory_mb.max(now.memory_mb);
                    most.handles = most.handles.max(now.handles);
                });
            }
        });
        Ok(Self { most, task })
    }

    /// The most that was seen.
    pub fn end(self) -> Held {
        self.task.abort();
        *self.most.borrow()
    }
}

/// How often each bound was met, by its name, from the text of the server's metrics.
pub fn bounds_met(metrics: &str) -> BTreeMap<String, u64> {
    counts(metrics, "casella_bound_met_total", "bound")
}

/// What a counter says for each value of a label.
pub fn counts(metrics: &str, counter: &str, label: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for line in metrics.lines() {
        let Some(rest) = line
            .strip_prefix(counter)
            .and_then(|rest| rest.strip_prefix('{'))
        else {
            continue;
        };
        let Some((labels, value)) = rest.rsplit_once("} ") else {
            continue;
        };
        let start = format!("{label}=\"");
        let name = labels
            .split(',')
            .find_map(|pair| pair.strip_prefix(&start)?.strip_suffix('"'));
        if let (Some(name), Ok(value)) = (name, value.trim().parse::<u64>()) {
            *counts.entry(name.to_owned()).or_default() += value;
        }
    }
    counts
}

/// What a counter says over all its labels.
pub fn total(metrics: &str, counter: &str) -> u64 {
    metrics
        .lines()
        .filter_map(|line| line.strip_prefix(counter))
        .filter(|rest| rest.starts_with(['{', ' ']))
        .filter_map(|rest| rest.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_met_is_read_from_the_metrics() {
        let metrics = "# TYPE casella_bound_met_total counter\n\
            casella_bound_met_total{bound=\"a\",per=\"address\"} 3\n\
            casella_bound_met_total{bound=\"b\",per=\"visitor\"} 4\n\
            casella_other_total{bound=\"c\"} 5\n";
        let met = bounds_met(metrics);
        assert_eq!(met.get("a"), Some(&3));
        assert_eq!(met.get("b"), Some(&4));
        assert_eq!(met.len(), 2);
        assert_eq!(total(metrics, "casella_other_total"), 5);
        assert_eq!(total(metrics, "casella_bound_met_total"), 7);
    }
}
