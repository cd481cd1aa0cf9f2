//! Passwords: argon2id, hashed and checked off the async threads.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use domain::Refusal;

use crate::Error;

/// How long a password is, in characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=200;

/// The hash of a new password.
///
/// # Errors
/// [`Refusal::Empty`] under 8 characters, [`Refusal::TooLarge`] over 200.
pub async fn hash(password: &str) -> Result<String, Error> {
    let length = password.chars().count();
    if length < *LENGTH.start() {
        return Err(Refusal::Empty.into());
    }
    if length > *LENGTH.end() {
        return Err(Refusal::TooLarge.into());
    }
    let password = password.to_owned();
    off_thread(move || {
        let salt = crate::random::<16>();
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| Error::Internal(format!("argon2: {error}")))
    })
    .await?
}

/// Whether a password belongs to a hash. Without a hash it takes as long and is wrong, so that
/// the time does not tell whether there is such an agent.
pub async fn verify(password: &str, hash: Option<String>) -> Result<bool, Error> {
    let password: String = password.chars().take(*LENGTH.end() + 1).collect();
    off_thread(move || {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => Argon2::default()
                .hash_password_with_salt(b"nobody", &[0; 16])
                .map(|hash| hash.to_string())
                .unwrap_or_default(),
        };
        let right = PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        known && right
    })
    .await
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(error.to_string()))
}
