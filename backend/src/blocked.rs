//! Blocked visitors, as administrators see them.

use domain::{Refusal, VisitorId};

use crate::{
    Casella, Error,
    store::blocked::{self, BlockedVisitor},
};

impl Casella {
    /// Everybody who is refused, the last blocked first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn blocked_visitors(&self) -> Result<Vec<BlockedVisitor>, Error> {
        let mut connection = self.store.reader().await?;
        Ok(blocked::all(&mut connection).await?)
    }

    /// Takes a visitor's block back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if the visitor is not blocked.
    pub async fn unblock_visitor(&self, id: VisitorId) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        if blocked::unblock(&mut connection, id).await? {
            Ok(())
        } else {
            Err(Refusal::NotFound.into())
        }
    }
}
