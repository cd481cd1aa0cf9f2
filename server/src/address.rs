//! How many connections each address has.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use backend::bound::Source;

/// Counts connections by address, up to a limit each.
#[derive(Clone, Debug)]
pub struct Addresses {
    limit: NonZeroU32,
    /// Only addresses with connections; written by [`Addresses::enter`] and the drop of a [`Place`].
    open: Arc<Mutex<HashMap<Source, u32>>>,
}

/// One counted connection; dropping it frees the place.
#[derive(Debug)]
pub struct Place {
    source: Source,
    open: Arc<Mutex<HashMap<Source, u32>>>,
}

impl Addresses {
    pub fn new(limit: NonZeroU32) -> Self {
        Self {
            limit,
            open: Arc::default(),
        }
    }

    /// A place for one more connection; none if the address has its limit.
    pub fn enter(&self, address: IpAddr) -> Option<Place> {
        let source = Source::from(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(source).or_default();
        if *count >= self.limit.get() {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Place {
            source,
            open: Arc::clone(&self.open),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_limit_and_a_closed_connection_frees_a_place() {
        let addresses = Addresses::new(NonZeroU32::new(2).unwrap());
        let here = IpAddr::from([127, 0, 0, 1]);
        let first = addresses.enter(here).unwrap();
        let _second = addresses.enter(here).unwrap();
        assert!(addresses.enter(here).is_none());
        assert!(addresses.enter(IpAddr::from([127, 0, 0, 2])).is_some());
        drop(first);
        assert!(addresses.enter(here).is_some());
    }
}
