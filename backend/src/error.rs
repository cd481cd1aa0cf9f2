//! What can go wrong. What the client is told and what the log says are kept apart.

use domain::Refusal;

use crate::store::fault::Fault;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// For the client to know; nothing was changed.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// For the log; the client is told [`Refusal::Unavailable`], or that it cannot be stored.
    #[error("the database did not do it: {0}")]
    Store(#[from] sqlx::Error),
    /// For the log; the client is told [`Refusal::Unavailable`].
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// What the client is told.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            // Sent again, it would not be stored either.
            Self::Store(error) if Fault::of(error) == Fault::Unfit => Refusal::Malformed,
            Self::Store(_) | Self::Internal(_) => Refusal::Unavailable,
        }
    }
}

/// Why a node did not start: names the setting and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("database_url: {0}")]
    DatabaseUrl(String),
    /// Its words are in the sentence, and so not told again as its source.
    #[error("the database could not be opened: {0}")]
    Open(sqlx::Error),
    #[error("the database could not be migrated: {0}")]
    Migrate(String),
    #[error("a thread that the node needs could not be started: {0}")]
    Thread(std::io::Error),
    /// PostgreSQL with `fsync` or `synchronous_commit` off would lose acknowledged messages.
    #[error(
        "PostgreSQL runs with {0}=off, so that acknowledged messages could be lost: set it to on"
    )]
    NotDurable(&'static str),
    /// A pooler such as PgBouncer between Casella and PostgreSQL.
    #[error(
        "database_url leads to {0}: connect to PostgreSQL itself, or to a PgBouncer with \
         pool_mode = session and ignore_startup_parameters = options, extra_float_digits"
    )]
    Pooler(&'static str),
    /// The key with which secrets are sealed cannot be had, or is another than the database's.
    #[error("secret_key: {0}")]
    SecretKey(String),
}
