//! Meetings, as they are reached from outside of a chat: by links, from the inbox, from the command
//! line. What a chat asks for comes over its connection.

mod address;
mod inbox;
mod link;

use domain::{
    AgentId, CardId, MeetingId, Refusal, Timestamp,
    meeting::{
        MeetingHours, SLOTS, Slot, Span,
        slots::{bookable, concerned, free},
    },
};

use crate::{
    Casella, Error,
    store::{self, Connection, visitor::VisitorKey},
    zone_exists,
};

pub use address::{Address, Addresses};
pub use link::{LinkEnd, Linked, LinkedCard, LinkedMeeting};

/// Free slots of an agent's calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreeSlots {
    /// How long a meeting lasts, in minutes; 0 if the agent cannot be met.
    pub length: u16,
    /// In order, at most [`SLOTS`].
    pub slots: Vec<Slot>,
    /// From where to ask for later ones; none: there are no more.
    pub next: Option<Timestamp>,
}

impl Casella {
    /// The time by this node's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The free slots of an agent's calendar from an instant on; none at all if the agent cannot be
    /// met. `except`: a meeting that is to be moved is not in its own way.
    pub(crate) async fn free_slots(
        &self,
        connection: &mut Connection,
        agent: AgentId,
        from: Option<Timestamp>,
        except: Option<MeetingId>,
    ) -> Result<FreeSlots, Error> {
        let now = self.clock.now();
        let hours = store::hours::of(connection, &[agent]).await?.pop();
        let Some(hours) = hours.filter(|hours| hours.is_open()).map(|own| own.hours) else {
            return Ok(FreeSlots::default());
        };
        let length = hours.terms.length().as_secs() / 60;
        let mut found = FreeSlots {
            length: u16::try_from(length).unwrap_or(u16::MAX),
            ..FreeSlots::default()
        };
        let from = from.unwrap_or(now);
        let window = bookable(hours.terms, now)
            .and_then(|window| Span::new(window.start().max(from), window.end()));
        let Some(window) = window else {
            return Ok(found);
        };
        let stretch = concerned(window);
        let booked = store::meeting::around(connection, &[agent], stretch).await?;
        let booked: Vec<Span> = booked
            .into_iter()
            .filter(|stored| Some(stored.id) != except)
            .map(|stored| stored.meeting.span)
            .collect();
        let busy = store::busy::within(connection, agent, stretch).await?;
        found.slots = free(&hours, &booked, &busy, now, window);
        found.next = found.slots.get(SLOTS).map(|slot| slot.0);
        found.slots.truncate(SLOTS);
        Ok(found)
    }

    /// The free slots of a card that a visitor was given, and whether no email of theirs is known;
    /// none of what is not theirs, nor of a card that has ended.
    pub(crate) async fn slots_of_card(
        &self,
        key: &VisitorKey,
        card: CardId,
        from: Option<Timestamp>,
    ) -> Result<(FreeSlots, bool), Error> {
        let mut connection = self.store.reader().await?;
        let now = self.clock.now();
        let card = store::card::find(&mut connection, &[card]).await?.pop();
        let known = store::visitor::of_key(&mut connection, key, now).await?;
        let (Some(card), Some(known)) = (card, known) else {
            return Ok((FreeSlots::default(), true));
        };
        let of = store::conversation::visitor_of(&mut connection, card.conversation).await?;
        if of != Some(known.visitor.id) || !card.is_open(now) {
            return Ok((FreeSlots::default(), true));
        }
        drop(connection);
        self.freshen_calendars(card.agent).await?;
        let mut connection = self.store.reader().await?;
        let slots = self
            .free_slots(&mut connection, card.agent, from, None)
            .await?;
        Ok((slots, known.visitor.profile.email.is_none()))
    }

    /// An agent's meeting hours.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Error::Store`].
    pub async fn meeting_hours_of(&self, id: AgentId) -> Result<MeetingHours, Error> {
        let mut connection = self.store.reader().await?;
        store::agent::by_id(&mut connection, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let hours = store::hours::of(&mut connection, &[id]).await?.pop();
        Ok(hours.map(|own| own.hours).unwrap_or_default())
    }

    /// Replaces an agent's meeting hours. Meetings that are booked stay as they are.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a time zone that is not in the database; [`Refusal::NotFound`].
    pub async fn set_meeting_hours_of(
        &self,
        id: AgentId,
        hours: MeetingHours,
    ) -> Result<(), Error> {
        if hours.week.zone().is_some_and(|zone| !zone_exists(zone)) {
            return Err(Refusal::Malformed.into());
        }
        let mut connection = self.store.writer().await?;
        store::agent::by_id(&mut connection, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        store::hours::set(&mut connection, id, &hours).await?;
        Ok(())
    }
}
