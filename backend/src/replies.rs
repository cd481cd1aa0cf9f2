//! Saved replies: every agent's own, and those of all.

use domain::{
    AgentId, Refusal, ReplyId,
    permission::{Action, Stand},
    reply::{SAVED_REPLIES, SavedReply},
    text::{MessageText, Shortcut},
};

use crate::{
    Casella, Error, SignedIn, random,
    store::{self, Connection, reply::Owned, sql::is_taken},
};

impl Casella {
    /// What the agent may insert: everybody's replies and the own ones, by shortcut; of one
    /// shortcut the own comes first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn replies(&self, who: &SignedIn) -> Result<Vec<SavedReply>, Error> {
        let mut connection = self.store.reader().await?;
        let replies = store::reply::of(&mut connection, who.agent.id).await?;
        Ok(replies.into_iter().map(|(reply, _)| reply).collect())
    }

    /// Adds a reply, or replaces the one of an id. One that is shared, or was, needs a supervisor.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for an id that is not there or another
    /// agent's; [`Refusal::ShortcutTaken`]; [`Refusal::NotNow`] with [`SAVED_REPLIES`] already;
    /// [`Refusal::Empty`], [`Refusal::TooLarge`] and [`Refusal::Malformed`] for shortcut and text.
    pub async fn save_reply(
        &self,
        who: &SignedIn,
        id: Option<ReplyId>,
        shortcut: String,
        text: String,
        shared: bool,
    ) -> Result<SavedReply, Error> {
        if shared {
            may_share(who)?;
        }
        let shortcut = Shortcut::try_from(shortcut).map_err(Refusal::from)?;
        let text = MessageText::try_from(text).map_err(Refusal::from)?;
        let owner = (!shared).then_some(who.agent.id);
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        let saved = async {
            let before = match id {
                Some(id) => Some(own(&mut connection, who, id).await?),
                None => None,
            };
            if before.is_none_or(|(_, before)| before != owner) {
                room(&mut connection, who.agent.id, owner).await?;
            }
            let reply = SavedReply {
                id: id.unwrap_or_else(|| ReplyId::new(self.clock.now(), random())),
                shortcut,
                text: text.into(),
                shared,
            };
            let saved = store::reply::save(&mut connection, &reply, owner).await;
            saved.map_err(|error| match is_taken(&error) {
                true => Refusal::ShortcutTaken.into(),
                false => Error::from(error),
            })?;
            Ok(reply)
        }
        .await;
        match saved {
            Ok(reply) => {
                connection.commit().await?;
                Ok(reply)
            }
            Err(error) => {
                connection.rollback().await?;
                Err(error)
            }
        }
    }

    /// Removes a reply.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an id that is not there or another agent's;
    /// [`Refusal::Forbidden`] for one that is shared, below supervisor.
    pub async fn delete_reply(&self, who: &SignedIn, id: ReplyId) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        own(&mut connection, who, id).await?;
        store::reply::remove(&mut connection, id).await?;
        Ok(())
    }
}

fn may_share(who: &SignedIn) -> Result<(), Refusal> {
    let viewer = who.viewer();
    match viewer.may(Action::ManageSharedReplies, Stand::None) {
        true => Ok(()),
        false => Err(Refusal::Forbidden),
    }
}

/// A reply that this agent may change.
async fn own(connection: &mut Connection, who: &SignedIn, id: ReplyId) -> Result<Owned, Error> {
    let found = store::reply::by_id(connection, id).await?;
    let found = found.filter(|(_, owner)| owner.is_none_or(|owner| owner == who.agent.id));
    let (reply, owner) = found.ok_or(Refusal::NotFound)?;
    if owner.is_none() {
        may_share(who)?;
    }
    Ok((reply, owner))
}

/// Whether there is room for one more of this owner.
async fn room(
    connection: &mut Connection,
    agent: AgentId,
    owner: Option<AgentId>,
) -> Result<(), Error> {
    let replies = store::reply::of(connection, agent).await?;
    let count = replies.iter().filter(|(_, of)| *of == owner).count();
    if count < SAVED_REPLIES {
        Ok(())
    } else {
        Err(Refusal::NotNow.into())
    }
}
