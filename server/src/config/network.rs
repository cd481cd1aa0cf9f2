//! Networks of addresses.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// A network like `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let one = text.parse().map(|address: IpAddr| IpNet::from(address));
        one.or_else(|_| text.parse()).map(Self).map_err(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_or_one_address_of_either_kind() {
        for (network, inside, outside) in [
            ("10.0.0.5", "10.0.0.5", "10.0.0.6"),
            ("10.0.0.0/8", "::ffff:10.9.8.7", "11.0.0.1"),
            ("2001:db8::/32", "2001:db8:7::1", "2001:db9::1"),
            ("::1", "::1", "::2"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{outside}");
        }
        for wrong in ["", "10.0.0.0/33", "proxy.lan", "10.0.0.5:80"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
