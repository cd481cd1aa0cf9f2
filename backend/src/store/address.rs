//! The address of a PostgreSQL server, as it is configured.

use std::{net::IpAddr, str::FromStr as _};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// What is said of an address that cannot be read. No part of it is shown: what was meant as the
/// password may stand anywhere in it.
pub const EXPECTED: &str = "expected postgres://USER:PASSWORD@HOST:PORT/NAME. In a name or password encode \
     signs that mean something in addresses: # as %23, / as %2F, ? as %3F, @ as %40, : as %3A, % as %25";

/// Reads an address.
///
/// # Errors
/// What was expected, without any part of the address.
pub fn parse(url: &str) -> Result<PgConnectOptions, String> {
    if !is_plain(url) {
        return Err(EXPECTED.to_owned());
    }
    PgConnectOptions::from_str(url).map_err(|error| match error {
        // An address of a wrong form, in words that are always the same.
        sqlx::Error::Configuration(_) if url::Url::parse(url).is_err() => EXPECTED.to_owned(),
        error => error.to_string(),
    })
}

/// Whether each part of an address is what it was meant as: a password with `/`, `?` or `#` ends where
/// that stands, and the rest is taken for something else.
fn is_plain(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    // Nothing of an address is behind this sign.
    if rest.contains('#') {
        return false;
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let port = match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').map_or("", |(_, port)| port),
        None => host.find(':').map_or("", |at| host.split_at(at).1),
    };
    let port_is_plain = port
        .strip_prefix(':')
        .is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let mut parts = query.split('&').filter(|part| !part.is_empty());
    port_is_plain && !path.contains('@') && parts.all(|part| part.contains('='))
}

/// The other machine to which passwords and chats go without being sure to be encrypted.
pub fn exposed(options: &PgConnectOptions) -> Option<&str> {
    let host = options.get_host();
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || ip
            .parse()
            .is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback());
    let demands = matches!(
        options.get_ssl_mode(),
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
    );
    (!is_here && !demands).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_not_encoded_is_told_to_be_and_not_shown() {
        for (user, password) in [
            ("u", "p#ss/w%rd"),
            ("u", "geheim#"),
            ("u", "ge/heim"),
            ("u", "12/34"),
            ("u", "ge?heim"),
            ("u", "12?heim"),
            ("u", "ge/he@im"),
            ("u", "ge@he/im"),
            ("us/er", "geheim"),
        ] {
            let url = format!("postgres://{user}:{password}@h/db");
            assert_eq!(parse(&url).unwrap_err(), EXPECTED, "{url}");
        }
        for wrong in ["postgres:geheim@h/db", "postgres://u:geheim@h:54x/db"] {
            let error = parse(wrong).unwrap_err();
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn an_address_of_the_right_form_is_read() {
        for url in [
            "postgres://u:p%23ss%2Fw%25rd@h/db",
            "postgres://postgres@127.0.0.1:5432/postgres",
            "postgresql://ada:s@e:c@db:5432/x",
            "postgres://[::1]:5432/x",
            "postgres://%2Frun%2Fpostgresql/x",
            "postgres:///x?host=/run/postgresql&user=a@b",
            "postgres://db/x?sslmode=require",
            "postgres://u:50%@db/x",
        ] {
            assert!(parse(url).is_ok(), "{url}: {:?}", parse(url).map(drop));
        }
        let options = parse("postgres://u:p%23ss%2Fw%25rd@h/db").unwrap();
        assert_eq!(
            (options.get_host(), options.get_database()),
            ("h", Some("db"))
        );
    }

    #[test]
    fn another_machine_is_exposed_unless_encryption_is_demanded() {
        for (url, exposed_to) in [
            ("postgres://db/x", Some("db")),
            ("postgres://10.0.0.7/x?sslmode=prefer", Some("10.0.0.7")),
            ("postgres://10.0.0.7/x?sslmode=disable", Some("10.0.0.7")),
            ("postgres://db/x?sslmode=require", None),
            ("postgres://db/x?sslmode=verify-ca", None),
            ("postgres://db/x?sslmode=verify-full", None),
            ("postgres://localhost/x", None),
            ("postgres://127.0.0.1/x", None),
            ("postgres://[::1]/x", None),
            ("postgres://%2Frun%2Fpostgresql/x", None),
            ("postgres:///x?host=/run/postgresql", None),
        ] {
            assert_eq!(exposed(&parse(url).unwrap()), exposed_to, "{url}");
        }
    }
}
