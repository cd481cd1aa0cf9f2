//! What Casella does: store, live delivery, offers, deadlines, sign-in. No HTTP, no UI.
//!
//! One [`Casella`] is one node. Every way in (sockets, server functions, command line) calls its
//! functions; permission is checked here, next to what it protects, and the acting person is an
//! argument.
//!
//! The way of a visitor's message: [`VisitorConnection::request`] hands it to the [`writer`],
//! which commits it with its number; the committed event goes through [`live`] to the
//! connections that may see it; the answer goes to the sender.

mod administration;
mod clock;
mod directory;
mod error;
mod inbox;
mod live;
mod node;
mod password;
mod roster;
mod sign_in;
pub mod store;
mod writer;

use std::sync::{Arc, OnceLock, atomic::AtomicI64};

use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use administration::{AgentChanges, NewAgent};
pub use clock::{Clock, random};
pub use error::{Error, StartError};
pub use live::{
    connect::{AgentConnection, VisitorConnection},
    outgoing::{Closed, Outgoing},
};
pub use sign_in::{SessionToken, SignedIn};

use directory::SharedDirectory;
use live::hub::Hub;
use store::Store;
use writer::Writer;

/// What a node needs to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` (created if missing) or `postgres://…`.
    pub database_url: String,
}

/// A node.
pub struct Casella {
    store: Store,
    clock: Clock,
    directory: Arc<SharedDirectory>,
    /// This node's connections.
    hub: Arc<Hub>,
    /// The one way to change conversations.
    writer: Writer,
    /// The number of this run; 0 when opened for the command line.
    run: i64,
    /// When the lease was last renewed, in microseconds; the deadlines' task alone uses it.
    renewed_at: AtomicI64,
    /// The public key that browsers need for push subscriptions; set once when known.
    push_key: OnceLock<String>,
    /// Stops the node's tasks.
    stop: CancellationToken,
    /// The node's tasks that end when told to.
    tasks: TaskTracker,
    /// The lock on a SQLite database's file, held while a node runs on it.
    lock: Mutex<Option<std::fs::File>>,
}
