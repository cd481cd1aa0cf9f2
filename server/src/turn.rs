//! Files that come in and go out take turns: each costs memory as long as it is on its way.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use backend::bound::{Source, met};
use domain::{Refusal, bound::Bound};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// So many at once of each address.
pub struct Turns {
    bound: Bound,
    /// Of addresses that have or had some; forgotten once a minute.
    places: Mutex<HashMap<Source, Arc<Semaphore>>>,
}

/// One that is on its way; dropping it is the next one's turn.
#[derive(Debug)]
pub struct Turn {
    _place: OwnedSemaphorePermit,
}

impl Turns {
    pub fn new(bound: Bound) -> Self {
        Self {
            bound,
            places: Mutex::default(),
        }
    }

    /// Waits until it is somebody's turn, `limit` at most.
    ///
    /// # Errors
    /// What the bound's refused ones read.
    pub async fn take(&self, source: Source, limit: Duration) -> Result<Turn, Refusal> {
        let places = {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(self.bound.amount()));
            Arc::clone(places.entry(source).or_insert_with(new))
        };
        match timeout(limit, places.acquire_owned()).await {
            Ok(Ok(place)) => Ok(Turn { _place: place }),
            Ok(Err(_)) | Err(_) => Err(met(self.bound)),
        }
    }

    /// Forgets addresses that have none on their way.
    pub fn forget_quiet(&self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, places| Arc::strong_count(places) > 1);
        places.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(last: u8) -> Source {
        std::net::IpAddr::from([10, 0, 0, last]).into()
    }

    #[tokio::test]
    async fn an_address_has_so_many_files_on_their_way_and_the_next_waits_for_its_turn() {
        let turns = Turns::new(Bound::AddressUploads);
        let mut under_way = Vec::new();
        for _ in 0..Bound::AddressUploads.amount() {
            under_way.push(turns.take(source(1), Duration::ZERO).await.unwrap());
        }
        let refused = turns.take(source(1), Duration::ZERO).await;
        assert_eq!(refused.unwrap_err(), Refusal::TooMany);
        assert!(turns.take(source(2), Duration::ZERO).await.is_ok());
        turns.forget_quiet();
        assert_eq!(turns.places.lock().unwrap().len(), 1);
        let waits = turns.take(source(1), Duration::from_secs(60));
        let ends = async { drop(under_way.pop()) };
        let (taken, _) = tokio::join!(waits, ends);
        assert!(taken.is_ok());
    }
}
