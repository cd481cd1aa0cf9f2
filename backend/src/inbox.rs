//! What the inbox and the visitor's page read.

use domain::{
    ConversationId, Language, Refusal,
    conversation::State,
    frame::visitor::VisitorToken,
    inbox::{
        CONVERSATION_MESSAGES, InboxStart, LIST_ROWS, ListKey, ListPage, OpenConversation, Tab,
    },
    message::{Message, Seq},
    site::SiteKey,
    texts::{Table, Words, keys::SharedText},
    transcript::transcript,
    visitor::Page,
};
use jiff::{Timestamp as Instant, tz::TimeZone};

use crate::{
    Casella, Error, SignedIn,
    live::connect::visitor_key,
    store::{self, Connection, list::Listed},
    writer::Task,
};

impl Casella {
    /// What the inbox starts from.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn inbox(&self, who: &SignedIn) -> Result<InboxStart, Error> {
        let mut connection = self.store.reader().await?;
        // Before all else: what changes meanwhile comes again over the connection, harmlessly.
        let cursor = store::event::end(&mut connection).await?;
        let agent = store::agent::by_id(&mut connection, who.agent.id)
            .await?
            .ok_or(Refusal::SignedOut)?;
        let offers = self.offers(&mut connection, agent.id).await?;
        drop(connection);
        let active = self.list(who, Tab::Active, None).await?;
        Ok(InboxStart {
            now: self.clock.now(),
            cursor,
            available: agent.available,
            offers,
            active,
            agent,
        })
    }

    /// A page of the conversation list.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        who: &SignedIn,
        tab: Tab,
        after: Option<ListKey>,
    ) -> Result<ListPage, Error> {
        let mut connection = self.store.reader().await?;
        let mut listed =
            store::list::page(&mut connection, who.agent.id, tab, after, self.clock.now()).await?;
        let more = listed.len() > LIST_ROWS;
        listed.truncate(LIST_ROWS);
        let next = listed.last().filter(|_| more).map(|last| ListKey {
            activity_at: last.conversation.activity_at,
            id: last.conversation.id,
        });
        let rows = listed
            .iter()
            .map(|listed| self.row(listed, who.agent.id))
            .collect();
        Ok(ListPage { rows, next })
    }

    /// A conversation with its newest messages.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] unless it stands in this agent's lists.
    pub async fn open_conversation(
        &self,
        who: &SignedIn,
        id: ConversationId,
    ) -> Result<OpenConversation, Error> {
        let mut connection = self.store.reader().await?;
        let listed = self.readable(&mut connection, who, id).await?;
        let visitor = listed.conversation.visitor;
        let known = store::visitor::find(&mut connection, &[], &[visitor], self.clock.now())
            .await?
            .pop();
        let known = known.ok_or(Refusal::NotFound)?;
        let limit = i64::try_from(CONVERSATION_MESSAGES).unwrap_or(i64::MAX);
        let messages = store::message::before(&mut connection, id, Seq::MAX, limit).await?;
        let site = self
            .directory
            .get()
            .site(listed.conversation.site)
            .map(|site| site.name.clone());
        Ok(OpenConversation {
            row: self.row(&listed, who.agent.id),
            visitor: known.visitor,
            site: site.unwrap_or_default(),
            messages,
        })
    }

    /// The messages before `before`, at most a page, in order.
    ///
    /// # Errors
    /// As [`Casella::open_conversation`].
    pub async fn earlier_messages(
        &self,
        who: &SignedIn,
        id: ConversationId,
        before: Seq,
    ) -> Result<Vec<Message>, Error> {
        let mut connection = self.store.reader().await?;
        self.readable(&mut connection, who, id).await?;
        let limit = i64::try_from(CONVERSATION_MESSAGES).unwrap_or(i64::MAX);
        Ok(store::message::before(&mut connection, id, before, limit).await?)
    }

    /// The transcript file of an ended conversation, in the zone of an IANA name (else UTC).
    ///
    /// # Errors
    /// As [`Casella::open_conversation`]; [`Refusal::NotNow`] before the end.
    pub async fn transcript(
        &self,
        who: &SignedIn,
        id: ConversationId,
        zone: &str,
        language: Language,
    ) -> Result<String, Error> {
        let mut connection = self.store.reader().await?;
        let listed = self.readable(&mut connection, who, id).await?;
        let State::Ended { at, .. } = listed.conversation.state else {
            return Err(Refusal::NotNow.into());
        };
        let messages = store::message::after(&mut connection, id, 0, i64::MAX).await?;
        let words = Table(language);
        let visitor = listed
            .visitor
            .as_deref()
            .unwrap_or_else(|| words.word(SharedText::Visitor));
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let local = |at: domain::Timestamp| {
            Instant::from_microsecond(at.0)
                .unwrap_or_default()
                .to_zoned(zone.clone())
        };
        let offset = local(at).strftime("UTC%:z").to_string();
        let time = |at| local(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
        Ok(transcript(&messages, visitor, &offset, &words, time))
    }

    /// A conversation that stands in this agent's lists. To anybody else it does not exist.
    async fn readable(
        &self,
        connection: &mut Connection,
        who: &SignedIn,
        id: ConversationId,
    ) -> Result<Listed, Error> {
        let listed = store::list::one(connection, id, self.clock.now()).await?;
        let listed = listed.filter(|listed| listed.conversation.audience().lists(who.agent.id));
        Ok(listed.ok_or(Refusal::NotFound)?)
    }

    /// A page view of a visitor, from the loader. Returns the number of unread messages; 0 and
    /// nothing stored if the token is unknown.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown site.
    pub async fn visit(
        &self,
        site: &SiteKey,
        token: &VisitorToken,
        page: Page,
    ) -> Result<u32, Error> {
        let site = self.site(site).await?.ok_or(Refusal::NotFound)?;
        let key = visitor_key(site.id, token);
        let mut connection = self.store.reader().await?;
        let known = store::visitor::find(&mut connection, &[key], &[], self.clock.now())
            .await?
            .pop();
        let Some(known) = known else {
            return Ok(0);
        };
        let chats = store::conversation::of_visitor(&mut connection, known.visitor.id).await?;
        self.writer.submit(
            Task::VisitorPage {
                key,
                page: page.limited(),
            },
            drop,
        );
        Ok(chats
            .iter()
            .filter(|chat| chat.is_open())
            .map(|chat| chat.visitor_unread)
            .sum())
    }

    /// Whether anybody could accept a chat now.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn somebody_is_available(&self) -> Result<bool, Error> {
        let mut connection = self.store.reader().await?;
        let candidates = store::agent::candidates(&mut connection, self.clock.now()).await?;
        Ok(candidates.iter().any(domain::offer::Candidate::eligible))
    }
}
