//! Many rows into either database, past the server: as JSON into SQLite, by COPY into PostgreSQL.

use std::{fmt::Write as _, str::FromStr};

use anyhow::{Context, Result};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

/// How large a statement's rows become, in bytes.
const FULL: usize = 4 << 20;

#[derive(Clone, Copy)]
pub enum Kind {
    Id,
    Blob,
    Int,
    Text,
}

/// A table, with the columns that are written.
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

pub enum Cell<'a> {
    Null,
    Int(i64),
    Id(Uuid),
    Bytes(&'a [u8]),
    /// Without line breaks, tabs, quotes or backslashes, but in JSON, whose quotes it may hold.
    Text(&'a str),
}

/// Rows that wait to be written.
pub struct Rows {
    table: &'static Table,
    copied: bool,
    text: String,
}

impl Rows {
    /// Adds a row.
    pub fn push(&mut self, cells: &[Cell<'_>]) {
        let between = if self.copied { '\t' } else { ',' };
        if !self.copied {
            self.text
                .push_str(if self.text.is_empty() { "[[" } else { ",[" });
        }
        for (n, cell) in cells.iter().enumerate() {
            if n > 0 {
                self.text.push(between);
            }
            if self.copied {
                self.copy(cell);
            } else {
                self.json(cell);
            }
        }
        self.text.push(if self.copied { '\n' } else { ']' });
    }

    fn copy(&mut self, cell: &Cell<'_>) {
        let text = &mut self.text;
        // Writing into a string cannot fail.
        let _ = match cell {
            Cell::Null => write!(text, "\\N"),
            Cell::Int(value) => write!(text, "{value}"),
            Cell::Id(id) => write!(text, "{}", id.simple()),
            Cell::Bytes(bytes) => {
                text.push_str("\\\\x");
                hex(text, bytes)
            }
            Cell::Text(words) => write!(text, "{words}"),
        };
    }

    fn json(&mut self, cell: &Cell<'_>) {
        let text = &mut self.text;
        let _ = match cell {
            Cell::Null => write!(text, "null"),
            Cell::Int(value) => write!(text, "{value}"),
            Cell::Id(id) => write!(text, "\"{}\"", id.simple()),
            Cell::Bytes(bytes) => {
                text.push('"');
                let done = hex(text, bytes);
                text.push('"');
                done
            }
            Cell::Text(words) => write!(text, "\"{}\"", words.replace('"', "\\\"")),
        };
    }
}

fn hex(text: &mut String, bytes: &[u8]) -> std::fmt::Result {
    bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
}

/// An index that was taken away: how to make it again.
pub struct Index(String);

/// A database to fill.
pub enum Sink {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Sink {
    /// Opens it for filling: nothing is durable until [`Sink::close`].
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open(url: &str) -> Result<Self> {
        if !url.starts_with("sqlite:") {
            let mut connection = PgConnection::connect(url).await?;
            let set = "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'";
            sqlx::raw_sql(set).execute(&mut connection).await?;
            // What is written is right; only a superuser may say so.
            let _ = sqlx::raw_sql("SET session_replication_role = replica")
                .execute(&mut connection)
                .await;
            return Ok(Self::Postgres(connection));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(false)
            .pragma("cache_size", "-500000")
            .pragma("temp_store", "file");
        Ok(Self::Sqlite(
            SqliteConnection::connect_with(&options).await?,
        ))
    }

    /// Rows for a table.
    pub fn rows(&self, table: &'static Table) -> Rows {
        Rows {
            table,
            copied: matches!(self, Self::Postgres(_)),
            text: String::new(),
        }
    }

    /// Writes rows when there are many.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write_if_full(&mut self, rows: &mut Rows) -> Result<()> {
        if rows.text.len() < FULL {
            return Ok(());
        }
        self.write(rows).await
    }

    /// Writes rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write(&mut self, rows: &mut Rows) -> Result<()> {
        if rows.text.is_empty() {
            return Ok(());
        }
        let Table { name, columns } = rows.table;
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        match self {
            Self::Sqlite(connection) => {
                rows.text.push(']');
                let values: Vec<String> = columns
                    .iter()
                    .enumerate()
                    .map(|(n, (_, kind))| match kind {
                        Kind::Id | Kind::Blob => format!("unhex(value->>{n})"),
                        Kind::Int | Kind::Text => format!("value->>{n}"),
                    })
                    .collect();
                let sql = format!(
                    "INSERT INTO {name} ({names}) SELECT {} FROM json_each($1)",
                    values.join(", ")
                );
                sqlx::query(AssertSqlSafe(sql))
                    .bind(std::mem::take(&mut rows.text))
                    .execute(connection)
                    .await?;
            }
            Self::Postgres(connection) => {
                let sql = format!("COPY {name} ({names}) FROM STDIN");
                let mut copy = connection.copy_in_raw(&sql).await?;
                copy.send(std::mem::take(&mut rows.text).into_bytes())
                    .await?;
                copy.finish().await?;
            }
        }
        Ok(())
    }

    /// How many rows a table has.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(&mut self, table: &str) -> Result<i64> {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let counted = self.column(sql, |row| row.try_get(0), |row| row.try_get(0));
        counted.await?.pop().context("a count is one row")
    }

    /// The ids of a small table.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ids(&mut self, table: &str) -> Result<Vec<Uuid>> {
        let sql = format!("SELECT id FROM {table} ORDER BY created_at");
        self.column(sql, |row| row.try_get(0), |row| row.try_get(0))
            .await
    }

    async fn column<T>(
        &mut self,
        sql: String,
        sqlite: fn(&sqlx::sqlite::SqliteRow) -> sqlx::Result<T>,
        postgres: fn(&sqlx::postgres::PgRow) -> sqlx::Result<T>,
    ) -> Result<Vec<T>> {
        let query = AssertSqlSafe(sql);
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query(query)
                .fetch_all(connection)
                .await?
                .iter()
                .map(sqlite)
                .collect::<sqlx::Result<_>>()?,
            Self::Postgres(connection) => sqlx::query(query)
                .fetch_all(connection)
                .await?
                .iter()
                .map(postgres)
                .collect::<sqlx::Result<_>>()?,
        })
    }

    async fn execute(&mut self, sql: String) -> Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(connection) => sql.execute(connection).await.map(drop)?,
            Self::Postgres(connection) => sql.execute(connection).await.map(drop)?,
        }
        Ok(())
    }

    /// Lets `casella serve --demo` show the database, which nobody works with.
    ///
    /// # Errors
    /// What the database says.
    pub async fn mark_as_demo(&mut self) -> Result<()> {
        let mark = "INSERT INTO mark (name) VALUES ('demo') ON CONFLICT (name) DO NOTHING";
        self.execute(mark.to_owned()).await
    }

    /// Takes the indexes of these tables away, and that of searching.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_indexes(&mut self, tables: &[&str]) -> Result<Vec<Index>> {
        let tables = format!("'{}'", tables.join("', '"));
        let which = match self {
            Self::Sqlite(_) => format!(
                "SELECT name || '|' || sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL \
                 AND tbl_name IN ({tables})"
            ),
            Self::Postgres(_) => format!(
                "SELECT indexname || '|' || indexdef FROM pg_indexes \
                 WHERE schemaname = current_schema() AND tablename IN ({tables}) \
                 AND indexname NOT IN (SELECT conname FROM pg_constraint)"
            ),
        };
        let found: Vec<String> = self
            .column(which, |row| row.try_get(0), |row| row.try_get(0))
            .await?;
        let mut indexes = Vec::new();
        for index in found {
            let (name, sql) = index.split_once('|').context("an index has a name")?;
            self.execute(format!("DROP INDEX {name}")).await?;
            indexes.push(Index(sql.to_owned()));
        }
        if matches!(self, Self::Postgres(_)) {
            self.execute("DROP INDEX IF EXISTS search_entry_words".to_owned())
                .await?;
        }
        Ok(indexes)
    }

    /// Makes the indexes again, and asks for the words of what was written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn give_indexes(&mut self, indexes: Vec<Index>) -> Result<()> {
        for Index(sql) in indexes {
            self.execute(sql).await?;
        }
        let first = match self {
            Self::Sqlite(_) => "zeroblob(16)",
            Self::Postgres(_) => "'00000000-0000-0000-0000-000000000000'",
        };
        self.execute(format!(
            "INSERT INTO search_missing (after_id) VALUES ({first})"
        ))
        .await
    }

    /// Lets the database find out what it holds, as it does by itself sooner or later.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settle(mut self) -> Result<()> {
        if matches!(self, Self::Postgres(_)) {
            self.execute("VACUUM ANALYZE".to_owned()).await?;
        }
        self.close().await
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(mut connection) => {
                sqlx::raw_sql("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL")
                    .execute(&mut connection)
                    .await?;
                connection.close().await?;
            }
            Self::Postgres(mut connection) => {
                sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
                connection.close().await?;
            }
        }
        Ok(())
    }
}
