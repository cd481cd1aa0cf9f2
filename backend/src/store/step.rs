//! The numbered steps of the schema, from the files in `migrations`.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::Dialect;

include!(concat!(env!("OUT_DIR"), "/steps.rs"));

/// All steps of a database, in order.
pub fn all(dialect: Dialect) -> Migrator {
    let steps = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    };
    let mut steps: Vec<Migration> = steps
        .iter()
        .map(|&(number, subject, sql)| {
            let sql = sql.into_sql_str();
            Migration::new(number, subject.into(), MigrationType::Simple, sql, false)
        })
        .collect();
    steps.sort();
    Migrator::with_migrations(steps)
}
