//! Where nobody answered: a calendar in which the visitor can book instead.

use std::collections::HashMap;

use domain::{
    AgentId, ConversationId,
    account::EmailDomain,
    conversation::State,
    meeting::slots::{bookable, concerned, free},
    message::Author,
};

use super::super::batch::Batch;
use crate::store::{self, Connection};

impl Batch<'_> {
    /// Gives a card to each visitor whom nobody answered just now, where the site wants that and
    /// somebody can be met.
    pub(crate) async fn offer_calendars(
        &mut self,
        connection: &mut Connection,
    ) -> Result<(), sqlx::Error> {
        let mut fell: Vec<ConversationId> = self
            .chats
            .values()
            .filter(|chat| chat.fell_back && matches!(chat.head.state, State::Fallback { .. }))
            .filter(|chat| {
                let site = self.directory.site(chat.head.site);
                site.is_some_and(|site| site.settings.fallback_meetings)
            })
            .map(|chat| chat.head.id)
            .collect();
        fell.sort_unstable();
        // Hundreds may fall back in one commit, to the same few agents.
        let mut have_slots = HashMap::new();
        for id in fell {
            let Some(agent) = self.agent_to_meet(connection, id).await? else {
                continue;
            };
            let has_slots = match have_slots.get(&agent) {
                Some(known) => *known,
                None => {
                    let some = self.has_free_slot(connection, agent).await?;
                    have_slots.insert(agent, some);
                    some
                }
            };
            if has_slots && let Ok(body) = self.share(id, agent) {
                // A conversation that is being worked on takes what is said.
                let _ = self.append(id, Author::System, body, None);
            }
        }
        Ok(())
    }

    /// Whose calendar a visitor is offered whom nobody answered: the agent's who was tried first,
    /// else the account's owner's, else that of the next in turn; of those who have meeting hours.
    async fn agent_to_meet(
        &self,
        connection: &mut Connection,
        id: ConversationId,
    ) -> Result<Option<AgentId>, sqlx::Error> {
        let Some(head) = self.chats.get(&id).map(|chat| &chat.head) else {
            return Ok(None);
        };
        let tried = match head.state {
            State::Fallback { tried, .. } => tried,
            _ => None,
        };
        let email = self
            .visitors
            .get(&head.visitor)
            .and_then(|known| known.visitor.profile.email.as_ref());
        let domains: Vec<_> = email.and_then(EmailDomain::of).into_iter().collect();
        let owners = store::account::owners_of(connection, &domains).await?;
        let team = self
            .directory
            .site(head.site)
            .and_then(|site| site.settings.team);
        let in_turn = self.roster.turns.in_turn(team);
        let sought: Vec<AgentId> = tried
            .into_iter()
            .chain(owners.into_values())
            .chain(in_turn)
            .collect();
        let open = store::hours::open_of(connection, &sought).await?;
        Ok(sought.into_iter().find(|agent| open.contains(agent)))
    }

    /// Whether anything is free in an agent's calendar; reads it for [`Self::share`].
    async fn has_free_slot(
        &mut self,
        connection: &mut Connection,
        agent: AgentId,
    ) -> Result<bool, sqlx::Error> {
        let now = self.now;
        let Some(hours) = store::hours::of(connection, &[agent]).await?.pop() else {
            return Ok(false);
        };
        let Some(window) = bookable(hours.hours.terms, now) else {
            return Ok(false);
        };
        let stretch = concerned(window);
        let booked = store::meeting::around(connection, &[agent], stretch).await?;
        let booked: Vec<_> = booked.iter().map(|stored| stored.meeting.span).collect();
        let busy = store::busy::within(connection, agent, stretch).await?;
        let some = !free(&hours.hours, &booked, &busy, now, window).is_empty();
        self.meetings.hours.insert(agent, hours);
        Ok(some)
    }
}
