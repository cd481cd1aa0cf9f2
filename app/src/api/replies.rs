//! Saved replies.

use domain::{ReplyId, reply::SavedReply};

use super::{Failure, asked::asked};
#[cfg(feature = "ssr")]
use crate::context::RequestContext;

asked! {
    "replies",
    /// Everybody's saved replies and the agent's own, by shortcut; of one shortcut the own first.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_replies() -> Result<Vec<SavedReply>, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.replies(context.who()?).await?)
    }
}

asked! {
    "save-reply",
    /// Adds a saved reply, or replaces the one of an id.
    ///
    /// # Errors
    /// [`Refusal::ShortcutTaken`](domain::Refusal::ShortcutTaken);
    /// [`Refusal::Forbidden`](domain::Refusal::Forbidden) for a shared one, below supervisor;
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) for one that is another agent's;
    /// [`Refusal::NotNow`](domain::Refusal::NotNow) with
    /// [`SAVED_REPLIES`](domain::reply::SAVED_REPLIES) already; shortcut and text have their own.
    pub async fn save_reply(
        id: Option<ReplyId>,
        shortcut: String,
        text: String,
        shared: bool,
    ) -> Result<SavedReply, Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .save_reply(context.who()?, id, shortcut, text, shared)
            .await?)
    }
}

asked! {
    "delete-reply",
    /// Removes a saved reply.
    ///
    /// # Errors
    /// As [`save_reply`].
    pub async fn delete_reply(id: ReplyId) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.delete_reply(context.who()?, id).await?)
    }
}
