//! Many rows written by one statement.
//!
//! PostgreSQL takes them as one array for each column, which costs a third of what taking a JSON
//! document apart does; SQLite takes JSON, which it reads faster than we could bind values.

use std::{borrow::Cow, fmt::Write as _};

use sqlx::{Encode, Postgres, Type, postgres::PgArguments, query::Query};
use uuid::Uuid;

use super::{Bind, text::storable};

/// The source of `{columns …}` in PostgreSQL: `SELECT` from one array parameter for each kind.
pub(super) fn arrays<'a>(kinds: impl Iterator<Item = &'a str>) -> String {
    let parameters: Vec<String> = (1..)
        .zip(kinds)
        .map(|(n, kind)| match kind {
            "id" => format!("${n}::uuid[]"),
            "int" => format!("${n}::bigint[]"),
            "blob" => format!("${n}::bytea[]"),
            _ => format!("${n}::text[]"),
        })
        .collect();
    format!("SELECT * FROM unnest({})", parameters.join(", "))
}

/// The rows as a JSON array of arrays; ids and bytes are hexadecimal.
pub(super) fn json<const N: usize>(rows: &[[Bind<'_>; N]]) -> String {
    let mut text = String::with_capacity(rows.len() * N * 16);
    text.push('[');
    for (at, row) in rows.iter().enumerate() {
        text.push_str(if at == 0 { "[" } else { ",[" });
        for (n, value) in row.iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            push(&mut text, value);
        }
        text.push(']');
    }
    text.push(']');
    text
}

fn push(text: &mut String, value: &Bind<'_>) {
    let written = match *value {
        Bind::Int(value) | Bind::OptInt(Some(value)) => write!(text, "{value}"),
        Bind::Id(id) | Bind::OptId(Some(id)) => write!(text, "\"{}\"", id.simple()),
        Bind::Bytes(bytes) => write!(text, "\"{}\"", hex::encode(bytes)),
        Bind::Text(words) | Bind::OptText(Some(words)) => {
            write!(text, "{}", serde_json::Value::from(storable(words)))
        }
        // Lists are for `{ids …}` and `{blobs …}`; no column holds one.
        Bind::OptInt(None)
        | Bind::OptId(None)
        | Bind::OptText(None)
        | Bind::Ids(_)
        | Bind::Blobs(_) => write!(text, "null"),
    };
    // Writing into a string cannot fail.
    let _ = written;
}

type PgQuery<'q> = Query<'q, Postgres, PgArguments>;

/// Binds each column of the rows as an array.
pub(super) fn bind<'q, const N: usize>(
    mut query: PgQuery<'q>,
    rows: &[[Bind<'_>; N]],
) -> PgQuery<'q> {
    let Some(first) = rows.first() else {
        return query;
    };
    for (n, kind) in first.iter().enumerate() {
        query = match kind {
            Bind::Int(_) | Bind::OptInt(_) => array(query, rows, n, int),
            Bind::Id(_) | Bind::OptId(_) => array(query, rows, n, id),
            Bind::Bytes(_) | Bind::Ids(_) | Bind::Blobs(_) => array(query, rows, n, bytes),
            Bind::Text(_) | Bind::OptText(_) => array(query, rows, n, words),
        };
    }
    query
}

fn array<'q, 'a, T, const N: usize>(
    query: PgQuery<'q>,
    rows: &'a [[Bind<'a>; N]],
    n: usize,
    value: fn(&Bind<'a>) -> Option<T>,
) -> PgQuery<'q>
where
    Vec<Option<T>>: Encode<'a, Postgres> + Type<Postgres>,
{
    let column: Vec<Option<T>> = rows.iter().map(|row| row.get(n).and_then(value)).collect();
    query.bind(column)
}

fn int(value: &Bind<'_>) -> Option<i64> {
    match *value {
        Bind::Int(value) => Some(value),
        Bind::OptInt(value) => value,
        _ => None,
    }
}

fn id(value: &Bind<'_>) -> Option<Uuid> {
    match *value {
        Bind::Id(value) => Some(value),
        Bind::OptId(value) => value,
        _ => None,
    }
}

fn bytes<'a>(value: &Bind<'a>) -> Option<&'a [u8]> {
    match *value {
        Bind::Bytes(value) => Some(value),
        _ => None,
    }
}

fn words<'a>(value: &Bind<'a>) -> Option<Cow<'a, str>> {
    match *value {
        Bind::Text(value) => Some(storable(value)),
        Bind::OptText(value) => value.map(storable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_json_for_sqlite() {
        let rows = [
            [Bind::Int(-1), Bind::Text("a\"b"), Bind::OptId(None)],
            [
                Bind::OptInt(None),
                Bind::OptText(None),
                Bind::Id(Uuid::nil()),
            ],
        ];
        assert_eq!(
            json(&rows),
            r#"[[-1,"a\"b",null],[null,null,"00000000000000000000000000000000"]]"#
        );
        assert_eq!(json(&[[Bind::Bytes(&[1, 255])]]), r#"[["01ff"]]"#);
        assert_eq!(json(&[[Bind::Text("a\0b")]]), "[[\"a\u{fffd}b\"]]");
    }
}
