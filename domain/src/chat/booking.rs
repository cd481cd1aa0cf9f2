//! Meetings: cards that the visitor was given, their free slots, and what was booked.

use super::{ChatClient, Effect, Fate, Intent, Link, Notice, Outgoing};
use crate::{
    CardId, CommandId, Refusal, Timestamp,
    frame::visitor::VisitorRequest,
    meeting::{CalendarCard, MeetingCard, MeetingState, Slot},
    message::Body,
};

/// What is known of the free slots of a card's calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSlots {
    pub card: CardId,
    /// How long a meeting lasts, in minutes.
    pub length: u16,
    /// In order. None at all: the agent cannot be met.
    pub slots: Vec<Slot>,
    /// From where to ask for later ones; none: there are no more.
    pub next: Option<Timestamp>,
    /// No email of the visitor is known: booking needs one.
    pub asks_email: bool,
}

impl ChatClient {
    /// The newest meeting that was booked by a card.
    pub fn meeting_of(&self, card: CardId) -> Option<&MeetingCard> {
        let of_card = |meeting: &&MeetingCard| meeting.card == card;
        self.meetings.iter().rev().find(of_card)
    }

    /// The free slots of a card, once they were asked for and came.
    pub fn slots_of(&self, card: CardId) -> Option<&FreeSlots> {
        self.slots.iter().find(|slots| slots.card == card)
    }

    /// The slot whose booking by a card is on its way.
    pub fn booking(&self, card: CardId) -> Option<Slot> {
        self.outbox
            .iter()
            .find_map(|outgoing| match &outgoing.intent {
                Intent::Book { card: of, slot, .. } if *of == card => Some(*slot),
                _ => None,
            })
    }

    /// Whether no newer card is of the same calendar: only that one is there to choose from.
    pub fn is_newest(&self, card: &CalendarCard) -> bool {
        let mut newest = card.card;
        for thread in &self.threads {
            for message in &thread.messages {
                if let Body::Calendar(of) = &message.body
                    && of.agent.id == card.agent.id
                {
                    newest = of.card;
                }
            }
        }
        newest == card.card
    }

    /// Asks for the slots of the cards to choose from, each once until they are
    /// [forgotten](Self::forget_slots).
    pub fn want_slots(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.link != Link::Up {
            return effects;
        }
        // Plain loops: this is a part of what every visitor loads.
        for thread in &self.threads {
            for message in &thread.messages {
                if let Body::Calendar(card) = &message.body
                    && !self.asked.contains(&card.card)
                    && self.is_newest(card)
                    && !self.is_booked(card.card)
                {
                    self.asked.push(card.card);
                    self.bookings += 1;
                    effects.push(ask(card.card, None));
                }
            }
        }
        effects
    }

    fn is_booked(&self, card: CardId) -> bool {
        let meeting = self.meeting_of(card);
        meeting.is_some_and(|meeting| meeting.state == MeetingState::Booked)
    }

    /// Changes whenever something about cards, slots or meetings does.
    pub fn bookings(&self) -> u32 {
        self.bookings
    }

    /// Whether a card that is there to choose from asks for the visitor's email.
    pub fn card_asks_email(&self) -> bool {
        let asks = |slots: &&FreeSlots| slots.asks_email && !slots.slots.is_empty();
        let mut asking = self.slots.iter().filter(asks);
        asking.any(|slots| !self.is_booked(slots.card))
    }

    /// What was free may no longer be. The slots stay until newer ones come.
    pub fn forget_slots(&mut self) {
        self.asked.clear();
    }

    /// Asks for slots after those that are known, if there are any.
    pub fn ask_for_later_slots(&self, card: CardId) -> Option<Effect> {
        let from = self.slots_of(card)?.next?;
        Some(ask(card, Some(from)))
    }

    /// The visitor books a slot; one a card is on its way at a time. Of a refusal
    /// [`Effect::NotBooked`] tells.
    pub fn book(
        &mut self,
        id: CommandId,
        now: Timestamp,
        card: CardId,
        slot: Slot,
        email: Option<String>,
        zone: String,
    ) -> Vec<Effect> {
        if self.booking(card).is_some() {
            return Vec::new();
        }
        self.bookings += 1;
        self.push(Outgoing {
            id,
            at: now,
            intent: Intent::Book {
                card,
                slot,
                email,
                zone,
            },
            fate: Fate::Waiting,
        })
    }

    /// Free slots came.
    pub(super) fn take_slots(&mut self, from: Option<Timestamp>, new: FreeSlots) {
        self.bookings += 1;
        match self.slots.iter_mut().find(|slots| slots.card == new.card) {
            // Later ones, as long as they follow what is there.
            Some(known) if from.is_some() && known.next == from => {
                known.slots.extend(new.slots);
                known.next = new.next;
            }
            Some(_) if from.is_some() => {}
            Some(known) => *known = new,
            None => self.slots.push(new),
        }
    }

    /// Meetings were booked or changed.
    pub(super) fn take_meetings(&mut self, meetings: Vec<MeetingCard>) {
        self.bookings += 1;
        for meeting in meetings {
            // A slot is taken, or free again.
            self.forget_slots();
            let at = self
                .meetings
                .partition_point(|known| known.meeting < meeting.meeting);
            match self.meetings.get_mut(at) {
                Some(known) if known.meeting == meeting.meeting => {
                    if known.sequence <= meeting.sequence {
                        *known = meeting;
                    }
                }
                _ => self.meetings.insert(at, meeting),
            }
        }
    }

    pub(super) fn booked(
        &mut self,
        id: CommandId,
        meeting: MeetingCard,
        effects: &mut Vec<Effect>,
    ) {
        self.take_meetings(vec![meeting]);
        // Whether or not the meeting came first: the tab that books tells, and only that one.
        if self.outgoing(id).is_some() {
            effects.push(Effect::Tell(Notice::MeetingBooked));
        }
        self.drop_outgoing(id, effects);
    }

    /// The slot was not booked: the visitor chooses another among those that are free now.
    pub(super) fn not_booked(
        &mut self,
        id: CommandId,
        card: CardId,
        refusal: Refusal,
        effects: &mut Vec<Effect>,
    ) {
        self.drop_outgoing(id, effects);
        self.bookings += 1;
        effects.push(Effect::NotBooked(card, refusal));
        if matches!(
            refusal,
            Refusal::Taken | Refusal::NotNow | Refusal::NoCalendar
        ) {
            effects.push(ask(card, None));
        }
    }
}

fn ask(card: CardId, from: Option<Timestamp>) -> Effect {
    Effect::Send(VisitorRequest::Slots { card, from })
}
