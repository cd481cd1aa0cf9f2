//! What reverse proxies say of the clients behind them: `X-Forwarded-For` and `X-Forwarded-Proto`.
//! `Forwarded` (RFC 7239) is not read: a proxy that is set to write it only adds it beside these, and a
//! client's own would pass through one that does not know it.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, header};

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";

/// The address of the client behind `peer`. All lines are one list, to which each proxy adds whom it
/// was asked by; it is read from the end, as far as the speakers are `trusted`. What cannot be read
/// ends it: then the last proxy counts.
pub fn client(headers: &HeaderMap, peer: IpAddr, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut client = peer;
    let lines = headers.get_all(FOR).iter().rev();
    let mut hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    while trusted(client) {
        match hops.next().and_then(hop) {
            Some(hop) => client = hop,
            None => break,
        }
    }
    client
}

/// One entry: `ip`, `ip:port`, `[ip]:port`, also quoted.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => text,
    };
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = bare
        .unwrap_or(text)
        .parse()
        .or_else(|_| text.parse().map(|hop: SocketAddr| hop.ip()));
    address.ok().map(|hop: IpAddr| hop.to_canonical())
}

/// Whether the browser's own way was https, as the first proxy saw it.
pub fn is_https(headers: &HeaderMap) -> bool {
    let proto = headers.get(PROTO).and_then(|value| value.to_str().ok());
    let first = proto.and_then(|list| list.split(',').next());
    first.is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
}

/// Host and port that the browser asked for, in lower case.
pub fn host(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    host.unwrap_or_default().to_ascii_lowercase()
}

/// Whether a host, with or without port, is this very machine.
pub fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(name);
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        // Every name under it is this machine as well (RFC 6761, 6.3).
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    /// Whom a request is from whose proxies are those of 10.0.0.0/8.
    fn found(lines: &[&str]) -> String {
        let lines = lines
            .iter()
            .map(|line| (HeaderName::from_static(FOR), line.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(name, line);
        }
        let trusted = |address: IpAddr| address.to_string().starts_with("10.");
        client(&headers, IpAddr::from([10, 0, 0, 1]), trusted).to_string()
    }

    #[test]
    fn all_lines_are_one_list_that_is_read_from_the_last_hop_back() {
        assert_eq!(found(&["6.6.6.6", "1.2.3.4"]), "1.2.3.4");
        assert_eq!(found(&["6.6.6.6, 1.2.3.4", "10.0.0.2"]), "1.2.3.4");
        assert_eq!(found(&["6.6.6.6", "1.2.3.4, 10.0.0.3,10.0.0.2"]), "1.2.3.4");
        assert_eq!(found(&["10.0.0.9", "10.0.0.2"]), "10.0.0.9");
        assert_eq!(found(&[]), "10.0.0.1");
    }

    #[test]
    fn an_entry_may_have_a_port_brackets_and_quotes() {
        for (entry, address) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4:5678", "1.2.3.4"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("\"[2001:db8::7]:443\"", "2001:db8::7"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
        ] {
            assert_eq!(found(&["6.6.6.6", entry]), address);
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_list_at_the_last_proxy() {
        for entry in ["unknown", "", "_hidden", "1.2.3", "\"1.2.3.4", "1.2.3.4:x"] {
            assert_eq!(found(&["6.6.6.6", entry]), "10.0.0.1", "{entry}");
            let behind = format!("6.6.6.6, {entry}, 10.0.0.2");
            assert_eq!(found(&[&behind]), "10.0.0.2", "{entry}");
        }
    }

    #[test]
    fn https_is_read_in_any_spelling_and_of_the_first_way() {
        let said = |value: &str| {
            let value = value.parse().unwrap();
            is_https(&HeaderMap::from_iter([(
                HeaderName::from_static(PROTO),
                value,
            )]))
        };
        assert!(said("https") && said("HTTPS") && said("https,http") && said(" Https , http"));
        assert!(!said("http") && !said("http,https") && !said(""));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in [
            "localhost",
            "localhost:3000",
            "inbox.localhost:3000",
            "127.0.0.1:3000",
            "127.9.8.7",
            "[::1]:3000",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:3000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "10.0.0.1",
            "[::2]:80",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
