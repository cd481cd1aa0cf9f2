//! What is behind a link: a card to book by, or a meeting to move or call off, without signing in.
//! Whoever has the address may.

use domain::{
    CommandId, Refusal, Timestamp,
    agent::AgentCard,
    frame::visitor::Answer,
    meeting::{MeetingCard, Slot, link::meeting_is_open},
    site::Site,
};

use super::{Address, FreeSlots};
use crate::{
    Casella, Error,
    bound::Source,
    store::{self, Connection},
    writer::{By, Deed, Done, Origin, Task},
};

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    Card(LinkedCard),
    Meeting(LinkedMeeting),
    /// Nowhere any more.
    Ended(LinkEnd),
}

/// Where a link led that has ended: a card that is old or was withdrawn, a meeting that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkEnd {
    pub site: Site,
    /// The visitor's, as in [`LinkedCard`].
    pub language: String,
}

/// A card behind its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedCard {
    pub site: Site,
    /// Whose calendar it is.
    pub agent: AgentCard,
    /// The language that the visitor chatted in, as a tag, and the zone of their browser, an IANA
    /// name; either empty if unknown.
    pub language: String,
    pub zone: String,
    /// No email of the visitor is known: booking needs one.
    pub asks_email: bool,
    pub free: FreeSlots,
}

/// A meeting behind its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedMeeting {
    pub site: Site,
    pub meeting: MeetingCard,
    /// The visitor's, as in [`LinkedCard`].
    pub language: String,
    /// The zone in which it was booked, else the visitor's; empty if unknown.
    pub zone: String,
    /// The address of the card by which it was booked.
    pub card: String,
    /// To where it could be moved; none once it was cancelled or has begun.
    pub free: FreeSlots,
}

impl Casella {
    /// What an address leads to, with free slots from an instant on (none: from now on).
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is no address of this Casella.
    pub async fn follow_link(
        &self,
        address: &str,
        from: Option<Timestamp>,
    ) -> Result<Linked, Error> {
        let address = self.addresses.open(address).ok_or(Refusal::NotFound)?;
        let mut connection = self.store.reader().await?;
        match address {
            Address::Card(card) => {
                let card = store::card::find(&mut connection, &[card]).await?.pop();
                let card = card.ok_or(Refusal::NotFound)?;
                if !card.is_open(self.clock.now()) {
                    return self.link_end(&mut connection, card.conversation).await;
                }
                drop(connection);
                self.freshen_calendars(card.agent).await?;
                let mut connection = self.store.reader().await?;
                let free = self
                    .free_slots(&mut connection, card.agent, from, None)
                    .await?;
                let (site, visitor) = self
                    .visitor_of_link(&mut connection, card.conversation)
                    .await?;
                Ok(Linked::Card(LinkedCard {
                    site,
                    agent: self
                        .directory
                        .get()
                        .card(card.agent)
                        .ok_or(Refusal::NotFound)?,
                    asks_email: visitor.profile.email.is_none(),
                    language: visitor.language,
                    zone: visitor.zone,
                    free,
                }))
            }
            Address::Meeting(meeting) => {
                let found = store::meeting::find(&mut connection, &[meeting])
                    .await?
                    .pop();
                let stored = found.ok_or(Refusal::NotFound)?;
                if !meeting_is_open(stored.meeting.span.end(), self.clock.now()) {
                    return self.link_end(&mut connection, stored.conversation).await;
                }
                drop(connection);
                self.freshen_calendars(stored.agent).await?;
                let mut connection = self.store.reader().await?;
                let free = if stored.meeting.cancel(self.clock.now()).is_ok() {
                    self.free_slots(&mut connection, stored.agent, from, Some(meeting))
                        .await?
                } else {
                    FreeSlots::default()
                };
                let (site, visitor) = self
                    .visitor_of_link(&mut connection, stored.conversation)
                    .await?;
                let agent = self.directory.get().card(stored.agent);
                let zone = match stored.zone.as_str() {
                    "" => visitor.zone,
                    zone => zone.to_owned(),
                };
                Ok(Linked::Meeting(LinkedMeeting {
                    site,
                    meeting: stored.card(agent.ok_or(Refusal::NotFound)?, &self.addresses),
                    language: visitor.language,
                    zone,
                    card: self.addresses.card(stored.card),
                    free,
                }))
            }
        }
    }

    /// Books a slot by a card's address, asked for from `from`. `id` is the sender's: repeated with
    /// it, it is booked once.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is no card's address; [`Refusal::NotNow`] for a card that has
    /// ended; [`Refusal::TooMany`] from an address that books very often; else as
    /// [`VisitorCommand::Book`](domain::frame::visitor::VisitorCommand::Book).
    pub async fn book_by_link(
        &self,
        address: &str,
        id: CommandId,
        slot: Slot,
        email: Option<String>,
        zone: &str,
        from: Source,
    ) -> Result<MeetingCard, Error> {
        let Some(Address::Card(card)) = self.addresses.open(address) else {
            return Err(Refusal::NotFound.into());
        };
        self.bookings.take(&from)?;
        let zone = zone.to_owned();
        self.do_by_link(
            from,
            id,
            Deed::Book {
                card,
                slot,
                email,
                zone,
            },
        )
        .await
    }

    /// Moves a meeting by its address; as [`Casella::book_by_link`].
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is no meeting's address; else as
    /// [`VisitorCommand::Reschedule`](domain::frame::visitor::VisitorCommand::Reschedule).
    pub async fn reschedule_by_link(
        &self,
        address: &str,
        id: CommandId,
        slot: Slot,
        zone: &str,
        from: Source,
    ) -> Result<MeetingCard, Error> {
        let Some(Address::Meeting(meeting)) = self.addresses.open(address) else {
            return Err(Refusal::NotFound.into());
        };
        let zone = zone.to_owned();
        self.do_by_link(
            from,
            id,
            Deed::Reschedule {
                meeting,
                slot,
                zone,
            },
        )
        .await
    }

    /// Calls a meeting off by its address; as [`Casella::book_by_link`].
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is no meeting's address; [`Refusal::NotNow`] if it was
    /// cancelled before or has begun.
    pub async fn cancel_by_link(
        &self,
        address: &str,
        id: CommandId,
        from: Source,
    ) -> Result<MeetingCard, Error> {
        let Some(Address::Meeting(meeting)) = self.addresses.open(address) else {
            return Err(Refusal::NotFound.into());
        };
        self.do_by_link(from, id, Deed::Cancel { meeting }).await
    }

    async fn do_by_link(
        &self,
        from: Source,
        id: CommandId,
        deed: Deed,
    ) -> Result<MeetingCard, Error> {
        let (origin, by) = (Origin::Address(from), By::Link(from));
        let task = Task::Meeting { by, id, deed };
        match self.writer.perform(origin, task).await? {
            Done::Visitor(Answer::Booked(meeting)) => Ok(meeting),
            _ => Err(Refusal::Unavailable.into()),
        }
    }

    async fn link_end(
        &self,
        connection: &mut Connection,
        conversation: domain::ConversationId,
    ) -> Result<Linked, Error> {
        let (site, visitor) = self.visitor_of_link(connection, conversation).await?;
        Ok(Linked::Ended(LinkEnd {
            site,
            language: visitor.language,
        }))
    }

    /// The site and the visitor of a conversation from which a link came.
    async fn visitor_of_link(
        &self,
        connection: &mut Connection,
        conversation: domain::ConversationId,
    ) -> Result<(Site, domain::visitor::Visitor), Error> {
        let now = self.clock.now();
        let visitor = store::conversation::visitor_of(connection, conversation).await?;
        let visitor = visitor.ok_or(Refusal::NotFound)?;
        let known = store::visitor::of_id(connection, visitor, now).await?;
        let known = known.ok_or(Refusal::NotFound)?;
        let site = self.directory.get().site(known.site).cloned();
        Ok((site.ok_or(Refusal::NotFound)?, known.visitor))
    }
}
