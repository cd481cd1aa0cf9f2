//! What a commit must know of meetings and calendars.

use std::{collections::HashMap, time::Duration};

use domain::{
    AgentId, CardId, ConversationId, MeetingId, Timestamp, VisitorId,
    meeting::{HORIZONS, Slot, Span, slots::concerned},
};

use super::Working;
use crate::{
    store::{self, Connection, card::Card, hours::AgentHours, meeting::Stored},
    writer::wants::Wants,
};

/// Cards, meetings and calendars that the tasks of a commit concern.
#[derive(Default)]
pub struct Meetings {
    pub cards: HashMap<CardId, Card>,
    pub new_cards: Vec<Card>,
    /// Cards that are withdrawn.
    pub withdrawn: Vec<CardId>,
    pub working: HashMap<MeetingId, Working>,
    pub hours: HashMap<AgentId, AgentHours>,
    /// Booked meetings around the slots that are asked for, as they are stored.
    around: Vec<Stored>,
    busy: HashMap<AgentId, Vec<Span>>,
    /// How many meetings each visitor has that have not begun, and how many they booked within a day.
    pub counts: HashMap<VisitorId, (u32, u32)>,
}

impl Meetings {
    /// Reads cards and meetings without a lock; returns the conversations that they belong to.
    pub async fn find(
        &mut self,
        connection: &mut Connection,
        wants: &Wants,
    ) -> Result<Vec<ConversationId>, sqlx::Error> {
        let cards = store::card::find(connection, &wants.cards).await?;
        self.cards = cards.into_iter().map(|card| (card.id, card)).collect();
        let meetings = store::meeting::find(connection, &wants.meetings).await?;
        let of_meetings = meetings.iter().map(|meeting| meeting.conversation);
        let of_cards = self.cards.values().map(|card| card.conversation);
        Ok(of_meetings.chain(of_cards).collect())
    }

    /// Locks the meetings, then the hours of everybody whose time is concerned, and reads what
    /// stands around it.
    pub async fn lock(
        &mut self,
        connection: &mut Connection,
        wants: &Wants,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let meetings = store::meeting::lock(connection, &wants.meetings).await?;
        let of_cards = self.cards.values().map(|card| card.agent);
        let of_meetings = meetings.iter().map(|meeting| meeting.agent);
        let mut agents: Vec<AgentId> = of_cards
            .chain(of_meetings)
            .chain(wants.receivers.iter().copied())
            .collect();
        agents.sort_unstable();
        agents.dedup();
        store::hours::lock(connection, &agents).await?;
        // Who withdraws a card holds the same lock.
        let cards = store::card::find(connection, &wants.cards).await?;
        self.cards = cards.into_iter().map(|card| (card.id, card)).collect();
        let read: Vec<AgentId> = agents.iter().chain(&wants.shared).copied().collect();
        let hours = store::hours::of(connection, &read).await?;
        self.hours = hours
            .into_iter()
            .map(|hours| (hours.agent, hours))
            .collect();
        let moved = meetings.iter().map(|meeting| meeting.meeting.span.start());
        let slots = wants.slots.iter().map(|Slot(start)| *start).chain(moved);
        if let Some(stretch) = stretch(slots, now) {
            self.around = store::meeting::around(connection, &agents, stretch).await?;
            for agent in agents {
                let busy = store::busy::within(connection, agent, stretch).await?;
                self.busy.insert(agent, busy);
            }
        }
        for meeting in meetings {
            self.working.insert(
                meeting.id,
                Working {
                    before: Some(meeting.clone()),
                    now: meeting,
                    how: None,
                    by_agent: false,
                    source: None,
                },
            );
        }
        Ok(())
    }

    /// Reads how many meetings these visitors have before them, and booked.
    pub async fn count(
        &mut self,
        connection: &mut Connection,
        visitors: &[VisitorId],
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let counts = store::meeting::count_of(connection, visitors, now).await?;
        self.counts = counts.into_iter().collect();
        Ok(())
    }

    /// When an agent has meetings, by now; `except` is not counted.
    pub fn booked(&self, agent: AgentId, except: Option<MeetingId>) -> Vec<Span> {
        let stored = self
            .around
            .iter()
            .filter(|stored| !self.working.contains_key(&stored.id));
        let working = self.working.values().map(|working| &working.now);
        stored
            .chain(working)
            .filter(|stored| stored.agent == agent && stored.is_booked())
            .filter(|stored| Some(stored.id) != except)
            .map(|stored| stored.meeting.span)
            .collect()
    }

    /// When an agent is busy otherwise.
    pub fn busy_of(&self, agent: AgentId) -> &[Span] {
        self.busy.get(&agent).map_or(&[], Vec::as_slice)
    }

    /// Those that are not as they were.
    pub fn changed(&self) -> impl Iterator<Item = &Working> {
        self.working
            .values()
            .filter(|working| working.how.is_some())
    }
}

/// What must be known to decide about these beginnings of meetings. What nobody can book, since it is
/// past or further ahead than any horizon, needs nothing.
fn stretch(starts: impl Iterator<Item = Timestamp>, now: Timestamp) -> Option<Span> {
    let day = Duration::from_secs(24 * 60 * 60);
    let last = now + day * u32::from(*HORIZONS.end() + 1);
    let mut starts = starts.filter(|start| now - day <= *start && *start <= last);
    let first = starts.next()?;
    let (first, last) = starts.fold((first, first), |(first, last), start| {
        (first.min(start), last.max(start))
    });
    Span::new(first, last + Duration::from_micros(1)).map(concerned)
}
