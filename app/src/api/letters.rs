//! Mail: what agents set of it.

use domain::settings::Letters;

use super::{Failure, asked::asked};
#[cfg(feature = "ssr")]
use crate::context::RequestContext;

asked! {
    "letters",
    /// What the agent has set of mails.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_letters() -> Result<Letters, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.letters(context.who()?).await?)
    }
}

asked! {
    "set-letters",
    /// Replaces what the agent has set of mails.
    ///
    /// # Errors
    /// [`Refusal::Malformed`](domain::Refusal::Malformed) for a video room that is no http or https
    /// address, [`Refusal::TooLarge`](domain::Refusal::TooLarge) for a text or an address that is
    /// too long.
    pub async fn set_letters(letters: Letters) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.set_letters(context.who()?, letters).await?)
    }
}
