//! The store: SQLite or PostgreSQL behind one set of statements.
//!
//! One file per aggregate. Functions take a [`Connection`], so that several fit into one
//! transaction; who may do what is decided by their callers.

pub mod account;
pub mod activity;
pub mod address;
pub mod agent;
pub mod audit;
pub mod blocked;
pub mod busy;
pub mod calendar;
pub mod card;
pub mod command;
pub mod conversation;
pub mod device;
pub mod duty;
pub mod event;
pub mod fault;
pub mod file;
pub mod guess;
pub mod hours;
pub mod kept;
pub mod layout;
pub mod list;
pub mod mail;
pub mod mark;
pub mod meeting;
pub mod message;
pub mod note;
pub mod photo;
mod pooler;
pub mod presence;
pub mod push;
pub mod reply;
pub mod run;
pub mod search;
pub mod secret;
pub mod session;
pub mod site;
pub mod site_key;
pub mod sql;
pub mod standing;
mod step;
pub mod team;
pub mod turn;
pub mod visitor;

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{StartError, owner_only};
pub use sql::{Connection, Dialect};

/// How many connections read at once; on PostgreSQL also how many a node has besides its writer's.
const READERS: u32 = 8;

/// An open database.
#[derive(Clone)]
pub enum Store {
    /// One connection writes, others read beside it.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Store {
    /// Opens the database, and creates the file of a SQLite one.
    ///
    /// # Errors
    /// [`StartError`] for an address of a wrong form, a database that cannot be opened, or a
    /// PostgreSQL that is not durable.
    pub async fn open(url: &str) -> Result<Self, StartError> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url).await
        } else {
            Err(StartError::DatabaseUrl(format!(
                "expected sqlite:PATH, or {}",
                address::EXPECTED
            )))
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, StartError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| StartError::DatabaseUrl(error.to_string()))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-8000");
        let file = options.get_filename().to_owned();
        // SQLite gives the files that it makes beside this one the same mode.
        owner_only::file(&file).map_err(|error| StartError::Open(error.into()))?;
        for beside in ["-wal", "-shm"] {
            owner_only::mend(&beside_of(&file, beside));
        }
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(StartError::Open)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(StartError::Open)?;
        Ok(Self::Sqlite { writer, readers })
    }

    async fn open_postgres(url: &str) -> Result<Self, StartError> {
        let options = address::parse(url)
            .map_err(StartError::DatabaseUrl)?
            // Every statement here is short; compiling one would take longer than running it.
            .options([("jit", "off")]);
        let pool = PgPoolOptions::new()
            .max_connections(READERS + 2)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(pooler::or_open)?;
        pooler::refuse_shared(&pool).await?;
        for (setting, question) in [
            ("fsync", "SHOW fsync"),
            ("synchronous_commit", "SHOW synchronous_commit"),
        ] {
            let value: String = sqlx::query_scalar(question)
                .fetch_one(&pool)
                .await
                .map_err(StartError::Open)?;
            if value == "off" {
                return Err(StartError::NotDurable(setting));
            }
        }
        Ok(Self::Postgres(pool))
    }

    /// Applies the steps that are missing, hashes the addresses of feeds, and makes older conversations
    /// findable.
    ///
    /// # Errors
    /// If a step fails, or the database has one that this release does not know.
    pub async fn migrate(&self) -> Result<(), StartError> {
        let done = match self {
            Self::Sqlite { writer, .. } => step::all(Dialect::Sqlite).run(writer).await,
            Self::Postgres(pool) => step::all(Dialect::Postgres).run(pool).await,
        };
        done.map_err(|error| StartError::Migrate(error.to_string()))?;
        calendar::feed::hash_all(self)
            .await
            .map_err(StartError::Open)?;
        search::fill(self).await.map_err(StartError::Open)
    }

    /// The connection that writes; on SQLite there is one, and others wait for it.
    ///
    /// # Errors
    /// If none can be had in 10 s.
    pub async fn writer(&self) -> Result<Connection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => writer.acquire().await?.into(),
            Self::Postgres(pool) => pool.acquire().await?.into(),
        })
    }

    /// A connection that reads.
    ///
    /// # Errors
    /// If none can be had in 10 s.
    pub async fn reader(&self) -> Result<Connection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => readers.acquire().await?.into(),
            Self::Postgres(pool) => pool.acquire().await?.into(),
        })
    }

    /// A connection to PostgreSQL besides those of the pool, opened for the caller; with SQLite
    /// there is none.
    ///
    /// # Errors
    /// If none can be had in 10 s.
    pub async fn own(&self) -> Result<Option<Connection>, sqlx::Error> {
        let Self::Postgres(pool) = self else {
            return Ok(None);
        };
        let alone = pool.options().clone().max_connections(1);
        let options = PgConnectOptions::clone(&pool.connect_options())
            .options([("plan_cache_mode", "force_generic_plan")]);
        let connection = alone.connect_lazy_with(options).acquire().await?;
        Ok(Some(connection.into()))
    }

    /// The other machine where the database is, if the way there is not sure to be encrypted.
    pub fn exposed(&self) -> Option<String> {
        match self {
            Self::Sqlite { .. } => None,
            Self::Postgres(pool) => address::exposed(&pool.connect_options()).map(str::to_owned),
        }
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite { writer, .. } => {
                Some(Path::to_owned(writer.connect_options().get_filename()))
            }
            Self::Postgres(_) => None,
        }
    }

    /// Ends when the store is being closed: whoever keeps a connection must let it go then.
    pub async fn closing(&self) {
        match self {
            Self::Sqlite { writer, .. } => writer.close_event().await,
            Self::Postgres(pool) => pool.close_event().await,
        }
    }

    /// Closes all connections of the pools, as soon as they are given back.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A file that stands beside a database's.
pub fn beside_of(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
