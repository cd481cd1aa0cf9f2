//! Meetings: booked, moved, given to another agent, called off; and calendars that are shared.
//!
//! Whoever changes a meeting holds the rows of its agents' meeting hours until the commit, on any
//! node. What is decided here about free time is therefore still so when it is written.

mod deed;
mod fallback;
mod read;

use domain::{
    AgentId, CardId, CommandId, MeetingId, Refusal, VisitorId,
    account::EmailDomain,
    activity::{ActivityKind, MeetingFact},
    agent::AgentCard,
    bound::Bound,
    conversation::State,
    frame::visitor::Answer,
    meeting::{
        CalendarCard, Meeting, MeetingCard, MeetingChange, MeetingRow, Slot, Span, slots::is_free,
    },
    message::Body,
    permission::{Action, Stand, Viewer},
    text::Email,
    visitor::{Profile, ProfileField},
};

use uuid::Uuid;

use super::{Done, batch::Batch};
use crate::{
    bound, calendars,
    clock::random,
    live::event::{Event, MeetingChanged},
    store::{self, Connection, card::Card, meeting::Stored},
};

pub use deed::{By, Deed};
pub use read::Meetings;

/// A meeting that is being worked on.
pub struct Working {
    /// As it is stored; none if it is new.
    pub before: Option<Stored>,
    pub now: Stored,
    /// What became of it last; none: it is as it was.
    how: Option<MeetingChange>,
    /// An agent did that; else the visitor, or who has a link.
    pub by_agent: bool,
    /// A hash of the network address from where it was booked just now, if that is known.
    pub source: Option<Uuid>,
}

impl Batch<'_> {
    /// Does something to a meeting, or makes one.
    pub(super) fn meeting(&mut self, by: &By, id: CommandId, deed: &Deed) -> Result<Done, Refusal> {
        let actor = match by {
            By::Visitor(key, _) => key.to_vec(),
            By::Agent(who) => who.agent.0.as_bytes().to_vec(),
            By::Link(_) => match deed {
                Deed::Book { card, .. } => card.0.as_bytes().to_vec(),
                Deed::Reschedule { meeting, .. }
                | Deed::Cancel { meeting }
                | Deed::Reassign { meeting, .. } => meeting.0.as_bytes().to_vec(),
            },
        };
        if let Some(answer) = self.answer_of::<Answer>(id, &actor) {
            return answer.map(Done::Visitor);
        }
        let meeting = match deed {
            Deed::Book {
                card,
                slot,
                email,
                zone,
            } => {
                self.is_open(*card)?;
                let booked = self.book(by, *card, *slot, email.as_deref(), zone);
                if let Err(refusal) = &booked {
                    self.mail_not_booked(*card, *refusal);
                }
                booked?
            }
            Deed::Reschedule {
                meeting,
                slot,
                zone,
            } => self.reschedule(by, *meeting, *slot, zone)?,
            Deed::Cancel { meeting } => self.cancel_meeting(by, *meeting)?,
            Deed::Reassign { meeting, to } => self.reassign(by, *meeting, *to)?,
        };
        let answer = Answer::Booked(self.meeting_card(&meeting));
        self.keep_answer(id, &actor, &answer);
        Ok(Done::Visitor(answer))
    }

    fn book(
        &mut self,
        by: &By,
        card: CardId,
        slot: Slot,
        email: Option<&str>,
        zone: &str,
    ) -> Result<Stored, Refusal> {
        let card = *self.meetings.cards.get(&card).ok_or(Refusal::NotFound)?;
        match by {
            By::Visitor(key, _) => self.own_chat(key, card.conversation)?,
            By::Link(_) => {}
            By::Agent(_) => return Err(Refusal::Forbidden),
        }
        let head = &self.chat(card.conversation)?.head;
        let (visitor, site) = (head.visitor, head.site);
        let known = self.visitors.get(&visitor).ok_or(Refusal::NotFound)?;
        if known.visitor.blocked {
            return Err(Refusal::Blocked);
        }
        let typed = match email.map(str::trim) {
            None | Some("") => None,
            Some(email) => Some(Email::try_from(email.to_owned())?),
        };
        let email = typed
            .clone()
            .or_else(|| known.visitor.profile.email.clone());
        let email = email.ok_or(Refusal::Required)?;
        let settings = self.directory.site(site).map(|site| &site.settings);
        let domain = EmailDomain::of(&email);
        if settings
            .zip(domain)
            .is_some_and(|(site, domain)| site.blocked_domains.contains(&domain))
        {
            return Err(Refusal::EmailNotTaken);
        }
        let span = self.free(card.agent, slot, None)?;
        self.may_book(visitor)?;
        let source = by.from().map(|from| from.hash(self.addresses));
        let mailed = self.may_confirm(visitor, &email, source);
        let meeting = Stored {
            id: MeetingId::new(self.now, random()),
            card: card.id,
            conversation: card.conversation,
            visitor,
            agent: card.agent,
            meeting: Meeting::book(span),
            email: email.to_string(),
            zone: domain::visitor::zone(zone).to_owned(),
            booked_at: self.now,
            mailed,
        };
        self.end_fallback(&card)?;
        if let Some(email) = typed {
            self.typed_email(visitor, email);
        }
        self.meetings.working.insert(
            meeting.id,
            Working {
                before: None,
                now: meeting.clone(),
                how: Some(MeetingChange::Booked),
                by_agent: false,
                source,
            },
        );
        self.meeting_happened(&meeting, ActivityKind::MeetingScheduled);
        Ok(meeting)
    }

    /// That a visitor may have one more meeting, of those that come and of those of a day.
    fn may_book(&mut self, visitor: VisitorId) -> Result<(), Refusal> {
        let (coming, booked) = self.meetings.counts.entry(visitor).or_default();
        for (count, most) in [
            (&*coming, Bound::VisitorMeetings),
            (&*booked, Bound::VisitorBookings),
        ] {
            if usize::try_from(*count).is_ok_and(|count| count >= most.amount()) {
                return Err(bound::met(most));
            }
        }
        *coming += 1;
        *booked += 1;
        Ok(())
    }

    /// That one can still book by a card. An unknown one is told of by who looks for it.
    fn is_open(&self, card: CardId) -> Result<(), Refusal> {
        let known = self.meetings.cards.get(&card);
        if known.is_some_and(|card| !card.is_open(self.now)) {
            return Err(Refusal::NotNow);
        }
        Ok(())
    }

    /// Nobody books by a card any more: the agent's whose calendar it is, or as supervisor anybody's.
    /// Once more it changes nothing.
    pub(super) fn withdraw_card(&mut self, who: Viewer, id: CardId) -> Result<Done, Refusal> {
        let card = *self.meetings.cards.get(&id).ok_or(Refusal::NotFound)?;
        may_manage(who, card.agent)?;
        if card.withdrawn || self.meetings.withdrawn.contains(&id) {
            return Ok(Done::Silently);
        }
        if let Some(card) = self.meetings.cards.get_mut(&id) {
            card.withdrawn = true;
        }
        self.meetings.withdrawn.push(id);
        if who.agent != card.agent {
            self.did(who, "withdraw_card", id.0);
        }
        let visitor = self.chat(card.conversation)?.head.visitor;
        let key = self.visitors.get(&visitor).map(|known| known.key);
        self.events
            .extend(key.map(|key| Event::CardWithdrawn { key, card: id }));
        Ok(Done::Silently)
    }

    /// What was typed to book belongs to the visitor, as what is typed into a form.
    fn typed_email(&mut self, visitor: VisitorId, email: Email) {
        let Some(known) = self.visitors.get_mut(&visitor) else {
            return;
        };
        let before = known.visitor.profile.email.clone();
        let typed = Profile {
            email: Some(email),
            ..Profile::default()
        };
        known.visitor.profile.typed(typed, known.held);
        if known.visitor.profile.email != before {
            self.visitor_changed(visitor);
            self.touch_open_chat(visitor);
            let fields = vec![ProfileField::Email];
            self.happened(visitor, ActivityKind::FormFilled { fields });
        }
    }

    /// Whoever books where nobody answered is answered: the chat is over.
    fn end_fallback(&mut self, card: &Card) -> Result<(), Refusal> {
        let id = card.conversation;
        if !matches!(self.chat(id)?.head.state, State::Fallback { .. }) {
            return Ok(());
        }
        let now = self.now;
        let end = self.step(id, |head| head.end_by_visitor(now))?;
        self.announce(id, end)
    }

    fn reschedule(
        &mut self,
        by: &By,
        id: MeetingId,
        slot: Slot,
        zone: &str,
    ) -> Result<Stored, Refusal> {
        if matches!(by, By::Agent(_)) {
            return Err(Refusal::Forbidden);
        }
        let mut meeting = self.meeting_of(by, id)?;
        let visitor = self.visitors.get(&meeting.visitor);
        if visitor.is_some_and(|known| known.visitor.blocked) {
            return Err(Refusal::Blocked);
        }
        // What cannot be moved at all is told before what is wrong with the time.
        meeting.meeting.cancel(self.now)?;
        if slot.0 == meeting.meeting.span.start() {
            return Ok(meeting);
        }
        let changes = usize::try_from(meeting.meeting.sequence).unwrap_or(usize::MAX);
        if changes >= Bound::MeetingChanges.amount() {
            return Err(bound::met(Bound::MeetingChanges));
        }
        let span = self.free(meeting.agent, slot, Some(id))?;
        meeting.meeting = meeting.meeting.reschedule(span, self.now)?;
        let zone = domain::visitor::zone(zone);
        if !zone.is_empty() {
            meeting.zone = zone.to_owned();
        }
        self.meeting_changed(by, meeting.clone(), MeetingChange::Rescheduled);
        self.meeting_happened(&meeting, ActivityKind::MeetingRescheduled);
        Ok(meeting)
    }

    fn cancel_meeting(&mut self, by: &By, id: MeetingId) -> Result<Stored, Refusal> {
        let mut meeting = self.meeting_of(by, id)?;
        meeting.meeting = meeting.meeting.cancel(self.now)?;
        let (coming, _) = self.meetings.counts.entry(meeting.visitor).or_default();
        *coming = coming.saturating_sub(1);
        self.meeting_changed(by, meeting.clone(), MeetingChange::Cancelled);
        self.meeting_happened(&meeting, ActivityKind::MeetingCancelled);
        if let By::Agent(who) = by
            && who.agent != meeting.agent
        {
            self.did(*who, "cancel_meeting", id.0);
        }
        Ok(meeting)
    }

    fn reassign(&mut self, by: &By, id: MeetingId, to: AgentId) -> Result<Stored, Refusal> {
        let By::Agent(who) = by else {
            return Err(Refusal::Forbidden);
        };
        let mut meeting = self.meeting_of(by, id)?;
        let from = meeting.agent;
        meeting.meeting = meeting.meeting.reassign(self.now)?;
        if to == from {
            return Err(Refusal::NotNow);
        }
        self.has_time(to, meeting.meeting.span)?;
        meeting.agent = to;
        self.meeting_changed(by, meeting.clone(), MeetingChange::Reassigned);
        self.meeting_happened(&meeting, ActivityKind::MeetingRescheduled);
        if who.agent != from {
            self.did(*who, "reassign_meeting", id.0);
        }
        Ok(meeting)
    }

    /// A meeting that is to be changed. To whom it is nothing it does not exist.
    fn meeting_of(&self, by: &By, id: MeetingId) -> Result<Stored, Refusal> {
        let working = self.meetings.working.get(&id).ok_or(Refusal::NotFound)?;
        let meeting = &working.now;
        match by {
            By::Visitor(key, _) => self.own_chat(key, meeting.conversation)?,
            By::Link(_) => {}
            By::Agent(who) => may_manage(*who, meeting.agent)?,
        }
        Ok(meeting.clone())
    }

    /// The meeting of a slot of an agent's calendar, if it is free; `except`: what is moved is not
    /// in its own way.
    fn free(&self, agent: AgentId, slot: Slot, except: Option<MeetingId>) -> Result<Span, Refusal> {
        let hours = self.meetings.hours.get(&agent);
        let hours = hours.filter(|hours| hours.is_open());
        let hours = &hours.ok_or(Refusal::NoCalendar)?.hours;
        let booked = self.meetings.booked(agent, except);
        let busy = self.meetings.busy_of(agent);
        if is_free(hours, &booked, busy, self.now, slot) {
            Ok(hours.terms.meeting(slot))
        } else if is_free(hours, &[], &[], self.now, slot) {
            Err(Refusal::Taken)
        } else {
            // Too soon, too far ahead, or outside the hours, which may have changed.
            Err(Refusal::NotNow)
        }
    }

    /// That an agent can be met and has nothing else at a time that was agreed upon with another.
    fn has_time(&self, agent: AgentId, span: Span) -> Result<(), Refusal> {
        let hours = self.meetings.hours.get(&agent);
        let hours = hours.filter(|hours| hours.is_open());
        let buffer = hours.ok_or(Refusal::NoCalendar)?.hours.terms.buffer();
        let with_buffer = |span: Span| Span::new(span.start(), span.end() + buffer).unwrap_or(span);
        let (span, booked) = (with_buffer(span), self.meetings.booked(agent, None));
        let meets = booked
            .into_iter()
            .any(|other| with_buffer(other).overlaps(span));
        let busy = self.meetings.busy_of(agent).iter();
        if meets || busy.into_iter().any(|busy| busy.overlaps(span)) {
            return Err(Refusal::Taken);
        }
        Ok(())
    }

    fn meeting_changed(&mut self, by: &By, meeting: Stored, how: MeetingChange) {
        if let Some(working) = self.meetings.working.get_mut(&meeting.id) {
            working.now = meeting;
            working.how = Some(how);
            working.by_agent = matches!(by, By::Agent(_));
        }
    }

    fn meeting_happened(&mut self, meeting: &Stored, kind: fn(MeetingFact) -> ActivityKind) {
        let fact = MeetingFact {
            meeting: meeting.id,
            start: meeting.meeting.span.start(),
            agent: self.name(meeting.agent).unwrap_or_default(),
        };
        self.happened(meeting.visitor, kind(fact));
    }

    /// The card of a calendar that an agent shares.
    pub(super) fn share(
        &mut self,
        conversation: domain::ConversationId,
        agent: AgentId,
    ) -> Result<Body, Refusal> {
        let hours = self.meetings.hours.get(&agent);
        if !hours.is_some_and(|hours| hours.is_open()) {
            return Err(Refusal::NoCalendar);
        }
        let card = Card {
            id: CardId::new(self.now, random()),
            conversation,
            agent,
            at: self.now,
            withdrawn: false,
        };
        let body = CalendarCard {
            card: card.id,
            agent: self.directory.card(agent).ok_or(Refusal::NoCalendar)?,
            address: self.addresses.card(card.id),
        };
        self.meetings.new_cards.push(card);
        Ok(Body::Calendar(body))
    }

    /// A meeting as its visitor sees it.
    fn meeting_card(&self, meeting: &Stored) -> MeetingCard {
        let agent = self.directory.card(meeting.agent);
        // Of an agent whom another node added a moment ago the name comes with the next reading.
        let agent = agent.unwrap_or_else(|| AgentCard {
            id: meeting.agent,
            name: String::new(),
            photo: None,
        });
        meeting.card(agent, self.addresses)
    }

    /// Writes what became of meetings, and what follows from it; everything about a change of a
    /// meeting that must not be lost belongs here. Returns what is told of it.
    pub(super) async fn write_meetings(
        &self,
        connection: &mut Connection,
    ) -> Result<Vec<Event>, sqlx::Error> {
        store::card::add(connection, &self.meetings.new_cards).await?;
        store::card::withdraw(connection, &self.meetings.withdrawn, self.now).await?;
        let mut changed: Vec<&Working> = self.meetings.changed().collect();
        changed.sort_by_key(|working| working.now.id);
        let of = |new: bool| -> Vec<&Stored> {
            let those = changed
                .iter()
                .filter(|working| working.before.is_none() == new);
            those.map(|working| &working.now).collect()
        };
        // What is moved or called off goes first: its slot may be somebody else's now.
        store::meeting::save(connection, &of(false)).await?;
        store::meeting::add(connection, &of(true)).await?;
        let mut events = Vec::with_capacity(changed.len());
        for working in changed {
            let Some(changed) = self.meeting_event(working) else {
                continue;
            };
            let before = working.before.as_ref().map(|before| before.agent);
            calendars::follow(connection, before, &changed.row, self.now).await?;
            events.push(Event::Meeting(Box::new(changed)));
        }
        Ok(events)
    }

    fn meeting_event(&self, working: &Working) -> Option<MeetingChanged> {
        let (meeting, how) = (&working.now, working.how?);
        let head = &self.chats.get(&meeting.conversation)?.head;
        let known = self.visitors.get(&meeting.visitor)?;
        let mut told: Vec<AgentId> = [Some(meeting.agent), head.agent()]
            .into_iter()
            .chain([working.before.as_ref().map(|before| before.agent)])
            .flatten()
            .collect();
        told.sort_unstable();
        told.dedup();
        let agent = self.directory.agent(meeting.agent);
        Some(MeetingChanged {
            row: MeetingRow {
                meeting: meeting.id,
                card: meeting.card,
                conversation: meeting.conversation,
                agent: meeting.agent,
                agent_name: agent
                    .map(|agent| agent.name.to_string())
                    .unwrap_or_default(),
                agent_disabled: agent.is_some_and(|agent| agent.disabled),
                visitor: known.visitor.profile.name.clone().map(String::from),
                email: meeting.email.clone(),
                zone: meeting.zone.clone(),
                span: meeting.meeting.span,
                state: meeting.meeting.state,
                sequence: meeting.meeting.sequence,
            },
            card: self.meeting_card(meeting),
            how,
            key: known.key,
            told,
        })
    }
}

/// That somebody may cancel or give away an agent's meeting.
fn may_manage(who: Viewer, agent: AgentId) -> Result<(), Refusal> {
    let action = if who.agent == agent {
        Action::ManageMeetings
    } else {
        Action::ManageAllMeetings
    };
    if who.may(action, Stand::None) {
        Ok(())
    } else {
        Err(Refusal::NotFound)
    }
}
