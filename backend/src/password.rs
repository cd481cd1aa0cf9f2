//! Passwords: argon2id, hashed and checked off the async threads, at most as many at once as there
//! are cores. Each hash takes 19 MB for a moment; more at once would take longer and not sooner.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use domain::{Refusal, bound::Bound};
use tokio::sync::Semaphore;

use crate::{Error, bound};

/// How long a password is, in characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=200;

/// What hashes passwords.
pub struct Passwords {
    /// One for each hash that is computed now.
    places: Arc<Semaphore>,
    /// One for each that is computed or waits.
    queue: Arc<Semaphore>,
    /// How many hashes were computed.
    computed: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self::new(cores, Bound::WaitingPasswords.amount())
    }
}

impl Passwords {
    fn new(places: usize, waiting: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            queue: Arc::new(Semaphore::new(places + waiting)),
            computed: Arc::default(),
        }
    }

    /// How many hashes were computed.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash of a new password.
    ///
    /// # Errors
    /// [`Refusal::Empty`] under 8 characters, [`Refusal::TooLarge`] over 200;
    /// [`Refusal::TooMany`] if too many wait.
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        let length = password.chars().count();
        if length < *LENGTH.start() {
            return Err(Refusal::Empty.into());
        }
        if length > *LENGTH.end() {
            return Err(Refusal::TooLarge.into());
        }
        let password = password.to_owned();
        self.compute(move || {
            let salt = crate::random::<16>();
            Argon2::default()
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|error| Error::Internal(format!("argon2: {error}")))
        })
        .await?
    }

    /// Whether a password belongs to a hash. Without a hash, or with something that is none, the
    /// same is computed and it is wrong, so that nothing tells whether there is such an agent.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] if too many wait.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Error> {
        let password: String = password.chars().take(*LENGTH.end() + 1).collect();
        let known = hash.filter(|hash| PasswordHash::new(hash).is_ok());
        self.compute(move || {
            let is_known = known.is_some();
            let hash = known.unwrap_or_else(nobodys);
            let right = PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            });
            is_known && right
        })
        .await
    }

    /// Computes one hash as soon as a core is free for it.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let waiting = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| bound::met(Bound::WaitingPasswords))?;
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        let computed = Arc::clone(&self.computed);
        // The places go along: whoever asked may be gone before it is done.
        tokio::task::spawn_blocking(move || {
            let done = work();
            computed.fetch_add(1, Ordering::Relaxed);
            drop((place, waiting));
            done
        })
        .await
        .map_err(|error| Error::Internal(error.to_string()))
    }
}

/// A hash to which no password is known, computed as every other.
fn nobodys() -> String {
    format!(
        "${}$v={}$m={},t={},p={}${}${}",
        Algorithm::default(),
        u32::from(Version::default()),
        Params::DEFAULT_M_COST,
        Params::DEFAULT_T_COST,
        Params::DEFAULT_P_COST,
        "A".repeat(22),
        "A".repeat(43),
    )
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::{future::join_all, poll};

    use super::*;

    #[tokio::test]
    async fn nobodys_hash_is_computed_as_everybodys() {
        let passwords = Passwords::new(1, 1);
        let hash = passwords.hash("correct horse").await.unwrap();
        let everybodys = PasswordHash::new(&hash).unwrap();
        let nobodys = nobodys();
        let nobodys = PasswordHash::new(&nobodys).unwrap();
        assert_eq!(nobodys.algorithm, everybodys.algorithm);
        assert_eq!(nobodys.version, everybodys.version);
        assert_eq!(nobodys.params, everybodys.params);
        let bytes = |hash: &PasswordHash| hash.hash.map(|hash| hash.len());
        assert_eq!(bytes(&nobodys), bytes(&everybodys));

        let before = passwords.computed();
        let mut tried = 0;
        for hash in [Some(hash), None, Some(String::new()), Some("!".to_owned())] {
            tried += 1;
            let right = passwords.verify("wrong horse", hash).await.unwrap();
            assert!(!right);
            assert_eq!(passwords.computed() - before, tried);
        }
    }

    #[tokio::test]
    async fn as_many_hashes_are_computed_at_once_as_there_are_places_and_some_wait() {
        let passwords = Passwords::new(2, 3);
        let cores = passwords.places.acquire_many(2).await.unwrap();
        let all = join_all((0..9).map(|_| passwords.verify("correct horse", None)));
        let mut all = pin!(all);
        assert!(poll!(all.as_mut()).is_pending());
        assert_eq!(passwords.places.available_permits(), 0);
        assert_eq!(passwords.computed(), 0);
        drop(cores);
        let answers = all.await;
        let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
        let refused: Vec<_> = refused.map(Error::refusal).collect();
        assert_eq!(refused, [Refusal::TooMany; 4]);
        assert_eq!(passwords.computed(), 5);
        assert_eq!(passwords.places.available_permits(), 2);
    }
}
