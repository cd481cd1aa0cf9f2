//! One running node: what every handler is given.

use std::sync::Arc;

use backend::Casella;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    asset::Assets, config::Config, connection::Connections, limit::Limits, loader::Loaders,
    mark::Marks, turn::Turns,
};

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
    /// Files that come in.
    pub uploads: Turns,
    /// Files that go out.
    pub downloads: Turns,
    /// The connections to where inbox and chat are served.
    pub connections: Connections,
    /// What the log says of addresses.
    pub marks: Marks,
    /// Writes what `/metrics` answers.
    pub measures: PrometheusHandle,
    /// Cancelled when the node is to stop: nothing new begins.
    pub stopping: CancellationToken,
    /// Everything that a stop waits for: connections, sockets, the node's own tasks.
    pub tasks: TaskTracker,
}
