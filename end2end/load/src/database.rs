//! A fresh database for one run, gone after it.

use std::{path::PathBuf, process};

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// By which the tools learn where a PostgreSQL for tests is.
pub const POSTGRES: &str = "CASELLA_TEST_POSTGRES_URL";

/// A database of either kind.
pub enum Database {
    Sqlite(PathBuf),
    Postgres { cluster: String, name: String },
}

impl Database {
    /// A file in the run's folder; the server makes it.
    pub fn sqlite(folder: &TempDir) -> Self {
        Self::Sqlite(folder.path().join("casella.db"))
    }

    /// A new database on the PostgreSQL of the environment.
    ///
    /// # Errors
    /// If the PostgreSQL cannot be reached or may not be written to.
    pub async fn postgres(cluster: &str) -> Result<Self> {
        let name = format!("casella_load_{}_{:08x}", process::id(), fastrand::u32(..));
        let database = Self::Postgres {
            cluster: cluster.to_owned(),
            name: name.clone(),
        };
        database
            .execute(&format!("CREATE DATABASE {name}"))
            .await
            .with_context(|| {
                format!("{POSTGRES} names no PostgreSQL where a database can be made")
            })?;
        Ok(database)
    }

    /// What the server is given as its database.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres { cluster, name } => {
                let (server, parameters) = match cluster.split_once('?') {
                    Some((server, parameters)) => (server, format!("?{parameters}")),
                    None => (cluster.as_str(), String::new()),
                };
                // scheme://host/database
                let host = server
                    .match_indices('/')
                    .nth(2)
                    .and_then(|(at, _)| server.get(..at))
                    .unwrap_or(server);
                format!("{host}/{name}{parameters}")
            }
        }
    }

    /// Removes what a run has left on a PostgreSQL; files go with their folder.
    ///
    /// # Errors
    /// If the PostgreSQL is gone.
    pub async fn remove(self) -> Result<()> {
        if let Self::Postgres { name, .. } = &self {
            self.execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .await?;
        }
        Ok(())
    }

    async fn execute(&self, sql: &str) -> Result<()> {
        let Self::Postgres { cluster, .. } = self else {
            return Ok(());
        };
        let mut connection = PgConnection::connect(cluster).await?;
        // The only variable part is a name that was made above.
        connection.execute(AssertSqlSafe(sql.to_owned())).await?;
        connection.close().await?;
        Ok(())
    }
}

/// The PostgreSQL of the environment, if there is one.
pub fn postgres_url() -> Option<String> {
    std::env::var(POSTGRES).ok().filter(|url| !url.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_database_stands_in_the_place_of_the_given_one() {
        let url = |cluster: &str| {
            Database::Postgres {
                cluster: cluster.into(),
                name: "new".into(),
            }
            .url()
        };
        assert_eq!(
            url("postgres://me@127.0.0.1:5432/postgres?sslmode=disable"),
            "postgres://me@127.0.0.1:5432/new?sslmode=disable"
        );
        assert_eq!(
            url("postgres://me@127.0.0.1"),
            "postgres://me@127.0.0.1/new"
        );
    }
}
