//! One running node: what every handler is given.

use std::sync::Arc;

use backend::Casella;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{address::Addresses, asset::Assets, config::Config, limit::Limits, loader::Loaders};

/// What every handler is given.
pub struct Node {
    /// What was set; never changes while the node runs.
    pub config: Config,
    /// The product. Every way in calls its functions.
    pub casella: Arc<Casella>,
    /// What browsers load.
    pub assets: Assets,
    /// The script of each site's pages, compressed.
    pub loaders: Loaders,
    /// Who asks for too much.
    pub limits: Limits,
    /// How many connections each address has.
    pub addresses: Addresses,
    /// Writes what `/metrics` answers.
    pub measures: PrometheusHandle,
    /// Cancelled when the node is to stop: nothing new begins.
    pub stopping: CancellationToken,
    /// Everything that a stop waits for: connections, sockets, the node's own tasks.
    pub tasks: TaskTracker,
}
