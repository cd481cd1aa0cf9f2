//! What the activity history of a visitor shows, and the transcripts in it.

use domain::{
    ConversationId, Refusal,
    activity::{Activity, ActivityKind, HISTORY_ENTRIES, HistoryKey, HistoryPage, history_begins},
    conversation::{Conversation, State},
    message::{Message, Seq},
    permission::{Action, Viewer},
};
use uuid::Uuid;

use crate::{
    Casella, Error, SignedIn,
    store::{self, Connection, activity::Chat, message::Portion},
};

/// What of an ended chat is read in one piece.
const WHOLE: Portion = Portion {
    messages: 1_000,
    bytes: 1024 * 1024,
};

/// How many of the activities of one person and kind may be for others to see: what is about the
/// one chat that is open.
const HIDDEN: usize = 1;

/// An activity with its place.
type Placed = (HistoryKey, ActivityKind);

impl Casella {
    /// A page of the activity history of a conversation's visitor: of the last 90 days, newest
    /// first. Of a visitor for whom the site's server vouches, what they did on all devices and
    /// sites.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] unless the conversation stands in this agent's lists.
    pub async fn history(
        &self,
        who: &SignedIn,
        id: ConversationId,
        before: Option<HistoryKey>,
    ) -> Result<HistoryPage, Error> {
        let mut connection = self.store.reader().await?;
        let listed = self.readable(&mut connection, who, id).await?;
        let visitor = listed.conversation.visitor;
        let before = before.unwrap_or(HistoryKey {
            at: domain::Timestamp(i64::MAX),
            tie: Uuid::max(),
        });
        let mut found = Vec::new();
        for visitor in store::visitor::same_person(&mut connection, visitor).await? {
            self.activities(&mut connection, who.viewer(), visitor, before, &mut found)
                .await?;
        }
        found.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
        let more = found.len() > HISTORY_ENTRIES;
        found.truncate(HISTORY_ENTRIES);
        Ok(HistoryPage {
            next: found.last().filter(|_| more).map(|(key, _)| *key),
            activities: found
                .into_iter()
                .map(|(key, kind)| Activity { at: key.at, kind })
                .collect(),
        })
    }

    /// The activities of one visitor before `before`, more than a page of them if there are.
    async fn activities(
        &self,
        connection: &mut Connection,
        viewer: Viewer,
        visitor: domain::VisitorId,
        before: HistoryKey,
        found: &mut Vec<Placed>,
    ) -> Result<(), sqlx::Error> {
        use store::activity as from;

        let since = history_begins(self.clock.now());
        let limit = i64::try_from(HISTORY_ENTRIES + HIDDEN + 1).unwrap_or(i64::MAX);
        let open = from::open(connection, visitor).await?;
        let hidden = open.filter(|(open, _)| !shows(viewer, open));
        let stored = from::before(connection, visitor, since, before, limit).await?;
        found.extend(
            stored
                .into_iter()
                .filter(|stored| match (&stored.kind, &hidden) {
                    // Whoever may not see the chat learns nothing of its being there.
                    (ActivityKind::MessageLeft { conversation }, Some((open, _))) => {
                        *conversation != open.id || !is_with_others(viewer, open)
                    }
                    _ => true,
                })
                .map(|stored| (stored.key, stored.kind)),
        );
        for (chat, agent) in from::ended(connection, visitor, since, before, limit).await? {
            found.extend(end_of(&chat, agent));
        }
        let begun: Vec<Chat> = from::begun(connection, visitor, since, before, limit).await?;
        found.extend(
            begun
                .iter()
                .filter(|(chat, _)| shows(viewer, chat))
                .map(|(chat, _)| beginning_of(chat)),
        );
        Ok(())
    }

    /// The newest messages of an ended chat, in order: a thousand, or a megabyte of text. Of a longer
    /// one [`Casella::earlier_messages`] has those before. Private notes are none.
    ///
    /// # Errors
    /// As [`Casella::history`]; [`Refusal::NotNow`] before the end.
    pub async fn messages(
        &self,
        who: &SignedIn,
        id: ConversationId,
    ) -> Result<Vec<Message>, Error> {
        let mut connection = self.store.reader().await?;
        let listed = self.readable(&mut connection, who, id).await?;
        if listed.conversation.is_open() {
            return Err(Refusal::NotNow.into());
        }
        Ok(store::message::before(&mut connection, &self.addresses, id, Seq::MAX, WHOLE).await?)
    }
}

/// Whether a chat is in the history as this agent sees it: one that an agent once accepted, if
/// the agent may read it.
fn shows(viewer: Viewer, chat: &Conversation) -> bool {
    chat.accepted_at.is_some() && viewer.may(Action::ReadConversation, viewer.stands(chat))
}

/// Whether an agent has it whom this one may not look over the shoulder.
fn is_with_others(viewer: Viewer, chat: &Conversation) -> bool {
    matches!(chat.state, State::Active { .. }) && !shows(viewer, chat)
}

fn beginning_of(chat: &Conversation) -> Placed {
    let key = HistoryKey {
        at: chat.created_at,
        tie: chat.id.0,
    };
    let conversation = chat.id;
    (key, ActivityKind::ChatStarted { conversation })
}

fn end_of(chat: &Conversation, agent: String) -> Option<Placed> {
    let State::Ended { reason, at, .. } = chat.state else {
        return None;
    };
    let kind = ActivityKind::ChatEnded {
        conversation: chat.id,
        reason,
        agent,
    };
    Some((HistoryKey { at, tie: chat.id.0 }, kind))
}
