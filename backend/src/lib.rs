//! What Casella does: store, live delivery, offers, deadlines, sign-in. No HTTP, no UI.
//!
//! One [`Casella`] is one node. Every way in (sockets, server functions, command line) calls its
//! functions; permission is checked here, next to what it protects, and the acting person is an
//! argument.
//!
//! The way of a visitor's message: [`VisitorConnection::request`] hands it to the [`writer`],
//! which commits it with its number; the committed event goes through [`live`] to the
//! connections that may see it; the answer goes to the sender.

mod account;
mod administration;
mod blocked;
pub mod bound;
mod calendars;
mod clock;
mod demo;
mod directory;
mod error;
mod files;
mod history;
mod identity;
mod inbox;
mod live;
mod mail;
pub mod meeting;
mod node;
mod outgoing;
pub mod owner_only;
mod password;
mod push;
mod replies;
mod roster;
mod search;
mod secret;
mod settings;
mod setup;
mod sign_in;
pub mod store;
mod team;
mod transcript;
mod writer;

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicI64},
};

use tokio::sync::{Mutex, OnceCell};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use account::{Imported, LineError};
pub use administration::{AgentChanges, NewAgent};
pub use calendars::OAuthApp;
pub use clock::{Clock, random, utc};
pub use demo::DemoCast;
pub use domain::availability::rules::exists as zone_exists;
pub use error::{Error, StartError};
pub use files::{Content, ServedFile, Upload};
pub use identity::NewSiteKey;
pub use live::{
    connect::{AgentConnection, VisitorConnection},
    outgoing::{Closed, Outgoing},
};
pub use mail::{Encryption, MailServer, Sender};
pub use secret::from_hex;
pub use settings::Photo;
pub use setup::readable_secret;
pub use sign_in::{Browser, SessionToken, SignedIn};

use calendars::Worker as Calendars;
use directory::SharedDirectory;
use files::Files;
use live::hub::Hub;
use meeting::Addresses;
use password::Passwords;
use push::Push;
use secret::Secrets;
use sign_in::KnownBrowsers;
use store::Store;
use writer::Writer;

/// What a node needs to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` (created if missing) or `postgres://…`.
    pub database_url: String,
    /// With which secrets are sealed; none: the one of the file `secret.key` in `data_dir`, which
    /// is made if it is not there. All nodes of a database need the same.
    pub secret_key: Option<[u8; 32]>,
    /// Where that file is.
    pub data_dir: PathBuf,
    /// Hosts (`host:port`) that requests to typed addresses may reach although they are not
    /// public, also without TLS.
    pub allow_outgoing: Vec<String>,
    /// Who takes the mail; none: there is no mail.
    pub mail: Option<MailServer>,
    /// With which the first admin is made; none: one is made and kept in the database.
    pub setup_code: Option<String>,
    /// Whom a push service may ask about this Casella: an https or mailto address.
    pub contact: Option<String>,
    /// What the operator has registered with Google and Microsoft; at most one of each.
    pub calendar_apps: Vec<OAuthApp>,
}

/// A node.
pub struct Casella {
    store: Store,
    clock: Clock,
    directory: Arc<SharedDirectory>,
    /// Makes and opens the addresses of cards and meetings.
    addresses: Arc<Addresses>,
    /// How often meetings are booked from each network address.
    bookings: bound::Buckets<bound::Source>,
    /// This node's connections.
    hub: Arc<Hub>,
    /// The one way to change conversations.
    writer: Writer,
    /// The number of this run; 0 when opened for the command line.
    run: i64,
    /// When the lease was last renewed, in microseconds; the deadlines' task alone uses it.
    renewed_at: AtomicI64,
    /// Calls agents whose inbox is closed; none when opened for the command line.
    push: Option<Push>,
    /// Reads and writes agents' calendars; none when opened for the command line.
    calendars: Option<Arc<Calendars>>,
    /// What the node was started with.
    settings: Settings,
    /// Opened when first needed: most tasks of the command line have no secrets.
    secrets: OnceCell<Secrets>,
    /// Hashes passwords, and checks them.
    passwords: Passwords,
    /// Tells browsers in which somebody has signed in before.
    known_browsers: KnownBrowsers,
    /// How often it may be tried to make the first admin.
    setup_tries: bound::Buckets<()>,
    /// What people attach.
    files: Files,
    /// Stops the node's tasks.
    stop: CancellationToken,
    /// The node's tasks that end when told to.
    tasks: TaskTracker,
    /// A part of the node has failed that nothing works without.
    fallen: CancellationToken,
    /// Whether the node was ready, and when that was asked.
    readiness: Mutex<Option<(domain::Timestamp, bool)>>,
    /// The lock on a SQLite database's file, held while a node runs on it.
    lock: Mutex<Option<std::fs::File>>,
}
