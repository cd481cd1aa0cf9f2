//! Connecting to a host that has several addresses, of which some may not answer (RFC 8305).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    net::{TcpStream, lookup_host},
    time::sleep,
};

/// How long an address is tried alone before the next one is tried beside it.
const NEXT: Duration = Duration::from_millis(300);

/// How many addresses of a host are tried.
const MOST: usize = 8;

/// The addresses of a host, which may be one itself.
///
/// # Errors
/// If the name cannot be resolved.
pub async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => Ok(vec![(ip, port).into()]),
        Err(_) => Ok(lookup_host((host, port)).await?.collect()),
    }
}

/// Connects to whichever of these addresses answers first, tried one after the other. How long that
/// may take is for the caller to limit.
///
/// # Errors
/// What the last one said, if none answers or there is none.
pub async fn dial(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let none = || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    first(addresses, TcpStream::connect)
        .await
        .ok_or_else(none)?
}

async fn first<T, E, F: Future<Output = Result<T, E>>>(
    addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> Option<Result<T, E>> {
    let mut left = in_turns(addresses).into_iter().take(MOST);
    let mut tried = FuturesUnordered::new();
    let mut failed = None;
    loop {
        match left.next() {
            Some(address) => tried.push(connect(address)),
            None if tried.is_empty() => return failed,
            None => {}
        }
        let more = left.len() > 0;
        tokio::select! {
            Some(done) = tried.next() => match done {
                Ok(stream) => return Some(Ok(stream)),
                Err(error) => failed = Some(Err(error)),
            },
            () = sleep(NEXT), if more => {}
        }
    }
}

/// Both kinds of addresses in turns, each in its order: that one kind leads nowhere is the most
/// common trouble.
fn in_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (one, other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut one = one.into_iter();
    let mut other = other.into_iter();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(one.next());
        all.extend(other.next());
        if all.len() == before {
            return all;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn addresses(all: &[&str]) -> Vec<SocketAddr> {
        all.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn behind_an_address_that_never_answers_the_next_one_is_tried_in_time() {
        let all = addresses(&["[2001:db8::1]:443", "[2001:db8::2]:443", "192.0.2.1:443"]);
        let started = Instant::now();
        let reached = first(all, async |address: SocketAddr| match address {
            SocketAddr::V6(_) => std::future::pending::<Result<SocketAddr, ()>>().await,
            SocketAddr::V4(_) => Ok(address),
        });
        let reached = reached.await.unwrap().unwrap();
        assert!(reached.is_ipv4());
        assert!(started.elapsed() < Duration::from_secs(2));
    }

    #[tokio::test]
    async fn the_last_failure_is_told_if_no_address_answers() {
        let all = addresses(&["192.0.2.1:1", "192.0.2.1:2"]);
        let reached: Option<Result<(), u16>> =
            first(all, async |address: SocketAddr| Err(address.port())).await;
        assert_eq!(reached, Some(Err(2)));
        assert!(dial(Vec::new()).await.is_err());
    }

    #[test]
    fn kinds_of_addresses_take_turns() {
        let all = addresses(&["[::1]:1", "[::1]:2", "[::1]:3", "1.1.1.1:4"]);
        let ports: Vec<u16> = in_turns(all).iter().map(SocketAddr::port).collect();
        assert_eq!(ports, [1, 4, 2, 3]);
    }
}
