//! Holding the bounds of [`domain::bound`] that are counted over time, and counting who met one.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use domain::{
    Refusal,
    bound::{Bound, Unit},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

use crate::meeting::Addresses;

/// Where something comes from, as bounds count it: an IPv4 address, or the /64 that an IPv6
/// subscriber is given whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
            }
        })
    }
}

impl Source {
    /// A hash by which it is known again without being kept.
    pub fn hash(self, addresses: &Addresses) -> Uuid {
        addresses.hash(b"source", self.0.to_string().as_bytes())
    }
}

/// Counts that somebody met a bound, and says what the refused one reads.
pub fn met(bound: Bound) -> Refusal {
    metrics::counter!(
        "casella_bound_met_total", "bound" => bound.name(), "per" => bound.per().name()
    )
    .increment(1);
    bound.refusal()
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes are counted in these, so that a day's worth is a number that is counted with.
const CELL_BYTES: usize = 1024;

/// A bound that fills up again with time, for each key.
pub struct Buckets<K: Hash + Eq + Clone> {
    bound: Bound,
    limiter: DefaultKeyedRateLimiter<K>,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// With the amount of the table. A bound that is no rate is one each second.
    pub fn new(bound: Bound) -> Self {
        let amount = |amount: usize| u32::try_from(amount).ok().and_then(NonZeroU32::new);
        let (each, burst) = match bound.unit() {
            Unit::OneMoreEachMillis(millis) => {
                (Duration::from_millis(millis.into()), amount(bound.amount()))
            }
            Unit::BytesADay => {
                let cells = amount(bound.amount().div_ceil(CELL_BYTES));
                (DAY / cells.map_or(1, NonZeroU32::get), cells)
            }
            Unit::Bytes | Unit::Characters | Unit::Count | Unit::Seconds => {
                (Duration::from_secs(1), amount(bound.amount()))
            }
        };
        let quota = Quota::with_period(each)
            .unwrap_or(Quota::per_second(NonZeroU32::MIN))
            .allow_burst(burst.unwrap_or(NonZeroU32::MAX));
        Self::with_quota(bound, quota)
    }

    /// With an amount that the operator set.
    pub fn with_quota(bound: Bound, quota: Quota) -> Self {
        Self {
            bound,
            limiter: RateLimiter::keyed(quota),
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// What the refused one reads; it was counted.
    pub fn take(&self, key: &K) -> Result<(), Refusal> {
        self.limiter.check_key(key).map_err(|_| met(self.bound))
    }

    /// Takes several at once (bytes, say).
    ///
    /// # Errors
    /// What the refused one reads, also for more than would ever fit; it was counted.
    pub fn take_many(&self, key: &K, count: u32) -> Result<(), Refusal> {
        let Some(count) = NonZeroU32::new(count) else {
            return Ok(());
        };
        match self.limiter.check_key_n(key, count) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(met(self.bound)),
        }
    }

    /// Takes bytes, of a bound of [`Unit::BytesADay`].
    ///
    /// # Errors
    /// As [`Buckets::take_many`].
    pub fn take_bytes(&self, key: &K, bytes: u32) -> Result<(), Refusal> {
        let cell = u32::try_from(CELL_BYTES).unwrap_or(u32::MAX);
        self.take_many(key, bytes.div_ceil(cell))
    }

    /// Forgets keys that have long been quiet; to be called once a minute.
    pub fn forget_quiet(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_subscriber_counts_as_one() {
        let of = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }

    #[test]
    fn each_key_has_the_amount_of_the_table() {
        let buckets = Buckets::new(Bound::AddressSignIns);
        for _ in 0..Bound::AddressSignIns.amount() {
            assert_eq!(buckets.take(&1), Ok(()));
        }
        assert_eq!(buckets.take(&1), Err(Refusal::TooMany));
        assert_eq!(buckets.take(&2), Ok(()));
        assert_eq!(buckets.take_many(&3, 31), Err(Refusal::TooMany));
    }
}
