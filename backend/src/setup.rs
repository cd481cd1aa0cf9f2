//! Who may make the first admin of an empty installation: whoever reads the setup code that Casella
//! prints where it is started, and not whoever comes first.
//!
//! The code is made once and kept sealed in the database, so that every node prints the same and any
//! node takes it, at each start until there is an agent; then it is removed. A code of the
//! configuration stands in its place.

use domain::{Refusal, bound::Bound};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{Casella, Error, bound, random, store};

/// The name under which it is sealed.
const NAME: &str = "setup code";

/// Letters and digits that are not mistaken for each other.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// How many of them a code has: 100 bits.
const LENGTH: usize = 20;

/// So many letters and digits that are easily read off and typed, each of 5 random bits.
pub fn readable_secret<const N: usize>() -> String {
    random::<N>()
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied())
        .map(char::from)
        .collect()
}

impl Casella {
    /// Whether there is any agent at all; if not, the inbox offers to create the first admin.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn has_agents(&self) -> Result<bool, Error> {
        let mut connection = self.store.reader().await?;
        Ok(store::agent::any(&mut connection).await?)
    }

    /// The code with which the first admin is made; none once there is an agent.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Internal`] if the key of the configuration cannot be had.
    pub async fn setup_code(&self) -> Result<Option<String>, Error> {
        if self.has_agents().await? {
            return Ok(None);
        }
        if let Some(code) = &self.settings.setup_code {
            return Ok(Some(code.clone()));
        }
        let secrets = self.secrets().await?;
        let code = secrets
            .get_or_make(NAME, || readable_secret::<LENGTH>().into_bytes())
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        let code = String::from_utf8(code);
        code.map(Some)
            .map_err(|_| Error::Internal("the setup code is no text".to_owned()))
    }

    /// Whether it is the code, and there is no agent yet. Ten tries are taken at once, of all who
    /// try together: with a code of 100 bits more would not help anybody, and nobody can use up
    /// what the owner needs for longer than a moment.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if there are agents; [`Refusal::NotFound`] for another code;
    /// [`Refusal::TooMany`].
    pub(crate) async fn check_setup_code(&self, typed: &str) -> Result<(), Error> {
        let Some(code) = self.setup_code().await? else {
            return Err(Refusal::Forbidden.into());
        };
        self.setup_tries.take(&())?;
        // Hashes are of one length, so that not even that of the code shows.
        let hash = |text: &str| Sha256::digest(text.trim());
        if bool::from(hash(&code).ct_eq(&hash(typed))) {
            Ok(())
        } else {
            tracing::warn!("somebody tried to make the first admin with a wrong setup code");
            Err(Refusal::NotFound.into())
        }
    }
}

/// How often it may be tried.
pub(crate) fn tries() -> bound::Buckets<()> {
    bound::Buckets::new(Bound::SetupTries)
}

/// Removes the code, which has done its work.
///
/// # Errors
/// What the database says.
pub(crate) async fn forget(connection: &mut store::Connection) -> Result<(), sqlx::Error> {
    store::secret::remove(connection, NAME).await
}
