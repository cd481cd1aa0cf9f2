//! What an error of the database says about the work that met it: whether doing the same again can
//! help, and whether it is the work's own doing.

use sqlx::error::DatabaseError;

/// A kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Of this moment: two got in each other's way, the connection went, the database starts, is
    /// full or read-only. The same work may succeed later.
    Passing,
    /// A unique value is taken. Another node may have taken it between reading and writing: reading
    /// anew tells.
    Taken,
    /// What was to be stored cannot be: it breaks a constraint, or is of a form or size that the
    /// database does not take. However often it is tried.
    Unfit,
    /// The statement, or what is stored, is not as this release expects. Trying again does not help.
    Broken,
}

impl Fault {
    /// What an error is.
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => of_database(error.as_ref()),
            sqlx::Error::Encode(_) => Self::Unfit,
            sqlx::Error::RowNotFound
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::AnyDriverError(_)
            | sqlx::Error::InvalidArgument(_) => Self::Broken,
            // Connections, pools, and what newer releases of sqlx may add.
            _ => Self::Passing,
        }
    }

    /// For measures and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passing => "passing",
            Self::Taken => "taken",
            Self::Unfit => "unfit",
            Self::Broken => "broken",
        }
    }
}

fn of_database(error: &dyn DatabaseError) -> Fault {
    if error.is_unique_violation() {
        return Fault::Taken;
    }
    let code = error.code().unwrap_or_default();
    if error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
    {
        of_sqlite(&code)
    } else {
        of_postgres(&code)
    }
}

/// By SQLite's result code, of which the lowest byte is the kind.
fn of_sqlite(code: &str) -> Fault {
    match code.parse::<i32>().unwrap_or_default() & 0xff {
        // TOOBIG, CONSTRAINT, MISMATCH.
        18..=20 => Fault::Unfit,
        // ERROR, MISUSE, RANGE.
        1 | 21 | 25 => Fault::Broken,
        // BUSY, LOCKED, IOERR, FULL, NOMEM and others that are not the work's doing.
        _ => Fault::Passing,
    }
}

/// By PostgreSQL's SQLSTATE, of which the first two letters are the class.
fn of_postgres(code: &str) -> Fault {
    match code {
        // "Cached plan must not change result type", a prepared statement that is not there: the
        // next connection prepares it.
        "0A000" | "26000" | "42P05" => Fault::Passing,
        _ => match code.get(..2) {
            // Data, integrity, limits of the program.
            Some("22" | "23" | "54") => Fault::Unfit,
            // Connections, a server that does not write, who may connect to what, rollbacks,
            // resources, locks, operators, the system.
            Some("08" | "25" | "28" | "3D" | "40" | "53" | "55" | "57" | "58") => Fault::Passing,
            // Syntax, names, and what the server itself finds wrong with itself.
            _ => Fault::Broken,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_worth_repeating() {
        for (code, fault) in [
            ("40001", Fault::Passing),
            ("40P01", Fault::Passing),
            ("55P03", Fault::Passing),
            ("57P01", Fault::Passing),
            ("53100", Fault::Passing),
            ("08006", Fault::Passing),
            ("22021", Fault::Unfit),
            ("23503", Fault::Unfit),
            ("54000", Fault::Unfit),
            ("42703", Fault::Broken),
            ("XX000", Fault::Broken),
        ] {
            assert_eq!(of_postgres(code), fault, "{code}");
        }
        for (code, fault) in [
            ("5", Fault::Passing),
            ("262", Fault::Passing),
            ("13", Fault::Passing),
            ("787", Fault::Unfit),
            ("18", Fault::Unfit),
            ("1", Fault::Broken),
        ] {
            assert_eq!(of_sqlite(code), fault, "{code}");
        }
        assert_eq!(Fault::of(&sqlx::Error::PoolTimedOut), Fault::Passing);
        assert_eq!(Fault::of(&sqlx::Error::RowNotFound), Fault::Broken);
    }
}
