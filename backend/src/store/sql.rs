//! One way to speak SQL to either database.
//!
//! Every statement is written once. Where the dialects differ there are a few `{marks}` in it,
//! expanded once per dialect; everything else (`$1` parameters, upserts, partial indexes) agrees.

mod columns;
mod text;

use std::sync::OnceLock;

use sqlx::{
    Decode, Postgres, Row as _, Sqlite, Type, pool::PoolConnection, postgres::PgRow,
    sqlite::SqliteRow,
};
use uuid::Uuid;

/// Which database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// The text of a statement in both dialects.
///
/// Marks: `{ids $1}` are the ids of [`Bind::Ids`], `{blobs $1}` the byte strings of [`Bind::Blobs`],
/// as a subquery for `IN`; `{for update}` locks the rows read, `{skip locked}` those that nobody else
/// has locked; `{immediate}` takes the right to write at once; `{rows $1 …}` and `{columns …}` are
/// described at [`expand`].
pub struct Statement {
    template: &'static str,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Statement {
    /// A statement whose marks are not expanded yet.
    pub const fn new(template: &'static str) -> Self {
        Self {
            template,
            sqlite: OnceLock::new(),
            postgres: OnceLock::new(),
        }
    }

    fn text(&'static self, dialect: Dialect) -> &'static str {
        let text = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        text.get_or_init(|| expand(self.template, dialect))
    }
}

/// Expands the marks of a template.
///
/// `{rows $1 id int text blob}` is a `SELECT` list and source that turns a JSON array of arrays
/// into rows of these kinds; ids and blobs are hexadecimal strings in it. `{columns id int …}` is
/// the same for [`Connection::write`], of a statement that has no other parameters.
fn expand(template: &str, dialect: Dialect) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, (mark, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        text.push_str(before);
        let mut words = mark.split(' ');
        let name = words.next().unwrap_or_default();
        let parameter = words.next().unwrap_or_default();
        match (name, dialect) {
            ("ids" | "blobs", Dialect::Sqlite) => {
                text.push_str(&format!("SELECT unhex(value) FROM json_each({parameter})"));
            }
            ("ids", Dialect::Postgres) => {
                text.push_str(&format!("SELECT unnest({parameter}::uuid[])"));
            }
            ("blobs", Dialect::Postgres) => {
                text.push_str(&format!("SELECT unnest({parameter}::bytea[])"));
            }
            ("rows", _) => text.push_str(&rows(parameter, words, dialect)),
            ("columns", Dialect::Sqlite) => {
                text.push_str(&rows("$1", mark.split(' ').skip(1), dialect));
            }
            ("columns", Dialect::Postgres) => {
                text.push_str(&columns::arrays(mark.split(' ').skip(1)));
            }
            ("for", Dialect::Postgres) => text.push_str("FOR UPDATE"),
            ("skip", Dialect::Postgres) => text.push_str("FOR UPDATE SKIP LOCKED"),
            ("immediate", Dialect::Sqlite) => text.push_str(" IMMEDIATE"),
            _ => {}
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn rows<'a>(parameter: &str, kinds: impl Iterator<Item = &'a str>, dialect: Dialect) -> String {
    let columns: Vec<String> = kinds
        .enumerate()
        .map(|(at, kind)| match (kind, dialect) {
            ("id" | "blob", Dialect::Sqlite) => format!("unhex(value->>{at})"),
            (_, Dialect::Sqlite) => format!("value->>{at}"),
            ("id", Dialect::Postgres) => format!("(value->>{at})::uuid"),
            ("blob", Dialect::Postgres) => format!("decode(value->>{at}, 'hex')"),
            ("int", Dialect::Postgres) => format!("(value->>{at})::bigint"),
            (_, Dialect::Postgres) => format!("value->>{at}"),
        })
        .collect();
    let columns = columns.join(", ");
    match dialect {
        // `WHERE true` keeps SQLite from reading a following ON CONFLICT as a join condition.
        Dialect::Sqlite => format!("SELECT {columns} FROM json_each({parameter}) WHERE true"),
        Dialect::Postgres => {
            format!("SELECT {columns} FROM jsonb_array_elements({parameter}::jsonb) AS value")
        }
    }
}

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub enum Bind<'a> {
    Int(i64),
    OptInt(Option<i64>),
    Text(&'a str),
    OptText(Option<&'a str>),
    Id(Uuid),
    OptId(Option<Uuid>),
    Bytes(&'a [u8]),
    /// For `{ids $n}`: an array in PostgreSQL, JSON in SQLite.
    Ids(&'a [Uuid]),
    /// For `{blobs $n}`, likewise.
    Blobs(&'a [&'a [u8]]),
}

impl From<i64> for Bind<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Bind<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl From<Uuid> for Bind<'_> {
    fn from(value: Uuid) -> Self {
        Self::Id(value)
    }
}

impl<'a> From<&'a [u8]> for Bind<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

/// A row of either database.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, counted from 0.
    ///
    /// # Errors
    /// If there is no such column or it is of another type.
    pub fn get<'r, T>(&'r self, column: usize) -> Result<T, sqlx::Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }
}

/// A connection to either database, lent by its pool.
pub struct Connection {
    raw: Raw,
    /// A transaction was begun and has not ended: then the connection is closed instead of given
    /// back, whoever forgot it, so that nobody meets half of another's work.
    in_transaction: bool,
}

enum Raw {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl From<PoolConnection<Sqlite>> for Connection {
    fn from(connection: PoolConnection<Sqlite>) -> Self {
        Self {
            raw: Raw::Sqlite(connection),
            in_transaction: false,
        }
    }
}

impl From<PoolConnection<Postgres>> for Connection {
    fn from(connection: PoolConnection<Postgres>) -> Self {
        Self {
            raw: Raw::Postgres(connection),
            in_transaction: false,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.in_transaction {
            match &mut self.raw {
                Raw::Sqlite(connection) => connection.close_on_drop(),
                Raw::Postgres(connection) => connection.close_on_drop(),
            }
        }
    }
}

macro_rules! bound {
    ($query:expr, $binds:expr, $ids:expr, $blobs:expr) => {{
        let mut query = $query;
        for bind in $binds {
            query = match bind {
                Bind::Int(value) => query.bind(*value),
                Bind::OptInt(value) => query.bind(*value),
                Bind::Text(value) => query.bind(text::storable(value).into_owned()),
                Bind::OptText(value) => {
                    query.bind(value.map(|value| text::storable(value).into_owned()))
                }
                Bind::Id(value) => query.bind(*value),
                Bind::OptId(value) => query.bind(*value),
                Bind::Bytes(value) => query.bind(value.to_vec()),
                Bind::Ids(value) => query.bind($ids(value)),
                Bind::Blobs(value) => query.bind($blobs(value)),
            };
        }
        query
    }};
}

impl Connection {
    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        match &self.raw {
            Raw::Sqlite(_) => Dialect::Sqlite,
            Raw::Postgres(_) => Dialect::Postgres,
        }
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rows(
        &mut self,
        statement: &'static Statement,
        binds: &[Bind<'_>],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let text = statement.text(self.dialect());
        Ok(match &mut self.raw {
            Raw::Sqlite(connection) => bound!(sqlx::query(text), binds, hexes, hexes)
                .fetch_all(&mut **connection)
                .await?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Raw::Postgres(connection) => {
                bound!(sqlx::query(text), binds, <[_]>::to_vec, <[_]>::to_vec)
                    .fetch_all(&mut **connection)
                    .await?
                    .into_iter()
                    .map(Row::Postgres)
                    .collect()
            }
        })
    }

    /// The first row of a query.
    ///
    /// # Errors
    /// What the database says.
    pub async fn row(
        &mut self,
        statement: &'static Statement,
        binds: &[Bind<'_>],
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.rows(statement, binds).await?.into_iter().next())
    }

    /// Runs a statement; returns how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(
        &mut self,
        statement: &'static Statement,
        binds: &[Bind<'_>],
    ) -> Result<u64, sqlx::Error> {
        let text = statement.text(self.dialect());
        Ok(match &mut self.raw {
            Raw::Sqlite(connection) => bound!(sqlx::query(text), binds, hexes, hexes)
                .execute(&mut **connection)
                .await?
                .rows_affected(),
            Raw::Postgres(connection) => {
                bound!(sqlx::query(text), binds, <[_]>::to_vec, <[_]>::to_vec)
                    .execute(&mut **connection)
                    .await?
                    .rows_affected()
            }
        })
    }

    /// Runs a statement with `{columns …}` for all rows, which must not be none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write<const N: usize>(
        &mut self,
        statement: &'static Statement,
        rows: &[[Bind<'_>; N]],
    ) -> Result<(), sqlx::Error> {
        let text = statement.text(self.dialect());
        match &mut self.raw {
            Raw::Sqlite(connection) => sqlx::query(text)
                .bind(columns::json(rows))
                .execute(&mut **connection)
                .await
                .map(drop),
            Raw::Postgres(connection) => columns::bind(sqlx::query(text), rows)
                .execute(&mut **connection)
                .await
                .map(drop),
        }
    }

    /// Begins a transaction: on SQLite one that may write at once, so that it cannot fail later
    /// for want of the lock.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin(&mut self) -> Result<(), sqlx::Error> {
        static BEGIN: Statement = Statement::new("BEGIN{immediate}");
        // Before it is sent: this future may be dropped while the answer is on its way.
        self.in_transaction = true;
        self.execute(&BEGIN, &[]).await.map(drop)
    }

    /// Makes the transaction durable.
    ///
    /// # Errors
    /// What the database says; then the outcome is unknown.
    pub async fn commit(&mut self) -> Result<(), sqlx::Error> {
        static COMMIT: Statement = Statement::new("COMMIT");
        self.execute(&COMMIT, &[]).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Takes the transaction back.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        static ROLLBACK: Statement = Statement::new("ROLLBACK");
        self.execute(&ROLLBACK, &[]).await?;
        self.in_transaction = false;
        Ok(())
    }
}

/// Whether an error says that a unique value was taken.
pub fn is_taken(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Ids for [`Bind::Ids`].
pub fn ids(ids: impl IntoIterator<Item = Uuid>) -> Vec<Uuid> {
    ids.into_iter().collect()
}

/// Ids, or byte strings, as a JSON array of hexadecimal strings.
fn hexes(values: &[impl AsRef<[u8]>]) -> String {
    let list: Vec<String> = values
        .iter()
        .map(|value| format!("\"{}\"", hex::encode(value)))
        .collect();
    format!("[{}]", list.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_expanded_for_each_dialect() {
        let template = "SELECT 1 FROM t WHERE id IN ({ids $1}) {for update}";
        assert_eq!(
            expand(template, Dialect::Sqlite),
            "SELECT 1 FROM t WHERE id IN (SELECT unhex(value) FROM json_each($1)) "
        );
        assert_eq!(
            expand(template, Dialect::Postgres),
            "SELECT 1 FROM t WHERE id IN (SELECT unnest($1::uuid[])) FOR UPDATE"
        );
        assert_eq!(
            expand("{rows $1 id int}", Dialect::Postgres),
            "SELECT (value->>0)::uuid, (value->>1)::bigint FROM jsonb_array_elements($1::jsonb) AS value"
        );
        assert_eq!(
            expand("{columns id text}", Dialect::Postgres),
            "SELECT * FROM unnest($1::uuid[], $2::text[])"
        );
        assert_eq!(
            expand("{columns id text}", Dialect::Sqlite),
            "SELECT unhex(value->>0), value->>1 FROM json_each($1) WHERE true"
        );
    }
}
