//! What the inbox and the visitor's page read.

use std::collections::HashMap;

use domain::{
    ConversationId, Refusal, SiteId,
    frame::visitor::VisitorToken,
    inbox::{
        AgentStatus, Busy, CONVERSATION_MESSAGES, Colleague, InboxStart, LIST_ROWS, ListKey,
        ListPage, OpenConversation, Tab,
    },
    message::{Message, Seq},
    permission::{Action, Stand},
    site::SiteKey,
    visitor::Page,
};

use crate::{
    Casella, Error, SignedIn,
    bound::Source,
    calendars::is_troubled,
    roster::Roster,
    store::{self, Connection, list::Listed, message::Portion},
    writer::{Origin, Task},
};

/// How much of a conversation is read at once.
pub(crate) const PAGE: Portion = Portion {
    messages: CONVERSATION_MESSAGES,
    bytes: 256 * 1024,
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
        let availability = self.availability(&mut connection, agent.id).await?;
        let notifications = store::duty::notifications(&mut connection, agent.id).await?;
        let calendar = store::calendar::of(&mut connection, agent.id).await?;
        let calendar_trouble = is_troubled(&mut connection, calendar.as_ref()).await?;
        drop(connection);
        let active = self.list(who, Tab::Active, None).await?;
        Ok(InboxStart {
            now: self.clock.now(),
            cursor,
            availability,
            notifications,
            push_key: self.push_key(),
            mail: self.settings.mail.is_some(),
            calendar_trouble,
            offers,
            active,
            agent,
        })
    }

    /// A page of the conversation list.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for a list that the agent's role may not read.
    pub async fn list(
        &self,
        who: &SignedIn,
        tab: Tab,
        after: Option<ListKey>,
    ) -> Result<ListPage, Error> {
        let viewer = who.viewer();
        if !viewer.may(tab.action(), Stand::None) {
            return Err(Refusal::Forbidden.into());
        }
        let mut connection = self.store.reader().await?;
        let mut listed =
            store::list::page(&mut connection, viewer, tab, after, self.clock.now()).await?;
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
        let known = store::visitor::of_id(&mut connection, visitor, self.clock.now()).await?;
        let known = known.ok_or(Refusal::NotFound)?;
        let messages =
            store::message::before(&mut connection, &self.addresses, id, Seq::MAX, PAGE).await?;
        let notes = store::note::after(&mut connection, id, 0).await?;
        let meetings = store::meeting::of_conversation(&mut connection, id).await?;
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
            notes,
            meetings,
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
        Ok(store::message::before(&mut connection, &self.addresses, id, before, PAGE).await?)
    }

    /// A conversation that stands in this agent's lists. To anybody else it does not exist.
    pub(crate) async fn readable(
        &self,
        connection: &mut Connection,
        who: &SignedIn,
        id: ConversationId,
    ) -> Result<Listed, Error> {
        let listed = store::list::one(connection, id, self.clock.now()).await?;
        let listed = listed.filter(|listed| listed.conversation.audience().lists(who.viewer()));
        Ok(listed.ok_or(Refusal::NotFound)?)
    }

    /// A page view of a visitor, from the loader. Returns the number of unread messages; 0 and
    /// nothing stored if the token is unknown.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown site; [`Refusal::Forbidden`] for an identity that does
    /// not hold; [`Refusal::TooMany`] if too much waits of what comes `from` there.
    pub async fn visit(
        &self,
        site: &SiteKey,
        token: &VisitorToken,
        identity: Option<&str>,
        page: Page,
        from: Source,
    ) -> Result<u32, Error> {
        let site = self.site(site).await?.ok_or(Refusal::NotFound)?;
        let (key, _) = self.visitor_of(site.id, token, identity).await?;
        let mut connection = self.store.reader().await?;
        let known = store::visitor::of_key(&mut connection, &key, self.clock.now()).await?;
        let Some(known) = known else {
            return Ok(0);
        };
        let chats = store::conversation::of_visitor(&mut connection, known.visitor.id).await?;
        self.writer.leave(
            Origin::Address(from),
            Task::VisitorPage {
                key,
                page: page.limited(),
                zone: None,
            },
        )?;
        Ok(chats
            .iter()
            .filter(|chat| chat.is_open())
            .map(|chat| chat.visitor_unread)
            .sum())
    }

    /// Whether anybody could accept a chat of this site now, whoever its visitor is; at most half a
    /// second old.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn somebody_is_available(&self, site: SiteId) -> Result<bool, Error> {
        let known = self.directory.somebody(site);
        let mut known = known.lock().await;
        let now = self.clock.now();
        if let Some(somebody) = known.known(now) {
            return Ok(somebody);
        }
        let directory = self.directory.get();
        let Some(settings) = directory.site(site).map(|site| &site.settings) else {
            return Ok(false);
        };
        let (team, beyond_team) = (settings.team, settings.beyond_team);
        let mut connection = self.store.reader().await?;
        let teams: Vec<_> = team.into_iter().collect();
        let roster = Roster::watch(&mut connection, &directory, &teams, now).await?;
        let somebody = roster.turns.anybody(team, beyond_team);
        known.keep(now, somebody);
        Ok(somebody)
    }

    /// Who else there is to take a chat over, by name, and why not now.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn colleagues(&self, who: &SignedIn) -> Result<Vec<Colleague>, Error> {
        let mut connection = self.store.reader().await?;
        let now = self.clock.now();
        let roster = Roster::watch(&mut connection, &self.directory.get(), &[], now).await?;
        let agents = store::agent::all(&mut connection).await?;
        let others = agents
            .into_iter()
            .filter(|agent| !agent.disabled && agent.id != who.agent.id);
        Ok(others
            .map(|agent| Colleague {
                id: agent.id,
                name: agent.name.to_string(),
                busy: match roster.turns.candidate(agent.id) {
                    Some(candidate) if candidate.eligible() => None,
                    Some(candidate) if !candidate.available => Some(Busy::Unavailable),
                    Some(candidate) if candidate.may_keep() => Some(Busy::Full),
                    _ => Some(Busy::Away),
                },
            })
            .collect())
    }

    /// The page `Agents`: everybody who is not disabled, by name.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] unless the role allows it.
    pub async fn agent_statuses(&self, who: &SignedIn) -> Result<Vec<AgentStatus>, Error> {
        if !who.viewer().may(Action::ReadAgents, Stand::None) {
            return Err(Refusal::Forbidden.into());
        }
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let roster = Roster::watch(&mut connection, &self.directory.get(), &[], now).await?;
        let duties: HashMap<_, _> = store::duty::all(&mut connection)
            .await?
            .into_iter()
            .map(|duty| (duty.agent, duty.availability(now)))
            .collect();
        let mut teams = store::turn::teams_of_agents(&mut connection).await?;
        let agents = store::agent::all(&mut connection).await?;
        Ok(agents
            .into_iter()
            .filter_map(|agent| {
                let availability = duties.get(&agent.id)?;
                let standing = roster.standings.get(&agent.id)?;
                Some(AgentStatus {
                    id: agent.id,
                    name: agent.name.to_string(),
                    photo: agent.photo,
                    role: agent.role,
                    teams: teams.remove(&agent.id).unwrap_or_default(),
                    availability: *availability,
                    connected: standing.connected,
                    open: standing.open,
                    limit: agent.chat_limit,
                })
            })
            .collect())
    }
}
