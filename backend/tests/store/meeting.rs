//! Calendars that are shared, and meetings that are booked by them.

mod fallback;
mod inbox;
mod link;
mod race;

use std::time::Duration;

use domain::{
    AgentId, CardId, ConversationId, MeetingId, Refusal, Timestamp,
    activity::{ActivityKind, MeetingFact},
    availability::{Block, Schedule},
    frame::{
        agent::{AgentCommand, Answer as AgentAnswer, Change},
        visitor::{Answer, ChatState, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    meeting::{
        CalendarCard, MeetingCard, MeetingChange, MeetingHours, MeetingRow, MeetingState, Slot,
        Terms, TermsDraft,
    },
    message::{Author, Body},
};

use crate::{
    on_every_database,
    support::{Agent, Company, Visitor},
};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Every day from 9 to 17 UTC, half an hour each.
pub fn hours(change: impl FnOnce(&mut TermsDraft)) -> MeetingHours {
    let day = vec![Block::new(9 * 60, 17 * 60).unwrap()];
    let mut terms = TermsDraft::default();
    change(&mut terms);
    MeetingHours {
        week: Schedule::new(None, std::array::from_fn(|_| day.clone())).unwrap(),
        terms: Terms::try_from(terms).unwrap(),
    }
}

/// An agent who can be met.
pub async fn met(company: &Company, name: &str) -> Agent {
    let agent = company.agent(name).await;
    let set = company.node.set_meeting_hours(&agent.who, hours(|_| ()));
    set.await.unwrap();
    agent
}

/// A chat between Ada and an agent.
pub async fn chat(
    company: &Company,
    agent: &mut Agent,
    email: Option<&str>,
) -> (Visitor, ConversationId) {
    let mut ada = company.visitor().await;
    ada.start_as(email, Some("Hello")).await.unwrap();
    let conversation = agent.accept().await;
    ada.state(ChatState::Active).await;
    (ada, conversation)
}

async fn share(
    agent: &mut Agent,
    conversation: ConversationId,
    of: AgentId,
) -> Result<AgentAnswer, Refusal> {
    let command = AgentCommand::ShareCalendar {
        conversation,
        agent: of,
    };
    agent.command(command).await
}

pub async fn share_own(
    agent: &mut Agent,
    conversation: ConversationId,
) -> Result<AgentAnswer, Refusal> {
    let own = agent.who.agent.id;
    share(agent, conversation, own).await
}

/// The last card that a visitor was given.
pub async fn card(visitor: &mut Visitor) -> CalendarCard {
    let found = |visitor: &Visitor| {
        visitor
            .messages
            .iter()
            .rev()
            .find_map(|(_, message)| match &message.body {
                Body::Calendar(card) => Some(card.clone()),
                _ => None,
            })
    };
    loop {
        if let Some(card) = found(visitor) {
            return card;
        }
        visitor
            .until(|event| matches!(event, VisitorEvent::Chat { .. }).then_some(()))
            .await;
    }
}

/// A card of an agent's own calendar.
pub async fn own_card(
    agent: &mut Agent,
    visitor: &mut Visitor,
    conversation: ConversationId,
) -> CardId {
    share_own(agent, conversation).await.unwrap();
    card(visitor).await.card
}

pub async fn slots(visitor: &mut Visitor, card: CardId) -> Vec<Slot> {
    let request = VisitorRequest::Slots { card, from: None };
    visitor.connection.request(request);
    visitor
        .until(|event| match event {
            VisitorEvent::Slots {
                card: of, slots, ..
            } if *of == card => Some(slots.clone()),
            _ => None,
        })
        .await
}

fn booking(card: CardId, slot: Slot) -> VisitorCommand {
    VisitorCommand::Book {
        card,
        slot,
        email: None,
        zone: "Europe/Rome".into(),
    }
}

pub async fn book(visitor: &mut Visitor, card: CardId, slot: Slot) -> Result<MeetingCard, Refusal> {
    booked(visitor.command(booking(card, slot)).await)
}

pub fn booked(answer: Result<Answer, Refusal>) -> Result<MeetingCard, Refusal> {
    answer.map(|answer| match answer {
        Answer::Booked(meeting) => meeting,
        other => panic!("{other:?}"),
    })
}

/// Waits until an agent hears this of a meeting.
async fn heard(agent: &mut Agent, meeting: MeetingId, wanted: MeetingChange) -> MeetingRow {
    agent
        .change(|change| match change {
            Change::Meeting { meeting: row, how } if row.meeting == meeting && *how == wanted => {
                Some(row.clone())
            }
            _ => None,
        })
        .await
}

/// Waits until a tab of the visitor knows of a meeting after this many changes.
async fn told(tab: &mut Visitor, meeting: MeetingId, changes: u32) -> MeetingCard {
    tab.until(|event| match event {
        VisitorEvent::Meetings { meetings } => {
            let wanted = |of: &&MeetingCard| of.meeting == meeting && of.sequence == changes;
            meetings.iter().find(wanted).cloned()
        }
        _ => None,
    })
    .await
}

/// What the activity history says of meetings, the newest first.
async fn facts(
    company: &Company,
    agent: &Agent,
    conversation: ConversationId,
) -> Vec<(&'static str, MeetingFact)> {
    let history = company.node.history(&agent.who, conversation, None);
    let activities = history.await.unwrap().activities;
    activities
        .into_iter()
        .filter_map(|activity| match activity.kind {
            ActivityKind::MeetingScheduled(fact) => Some(("scheduled", fact)),
            ActivityKind::MeetingRescheduled(fact) => Some(("rescheduled", fact)),
            ActivityKind::MeetingCancelled(fact) => Some(("cancelled", fact)),
            _ => None,
        })
        .collect()
}

on_every_database! {
    async fn a_visitor_books_by_the_card_that_the_agent_shared_and_both_sides_see_it(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let mut tab = Visitor::connect(&company.node, ada.token, Vec::new()).await;

        let answer = share_own(&mut maya, conversation).await;
        assert!(matches!(answer, Ok(AgentAnswer::Message { seq: 3, .. })), "{answer:?}");
        let card = card(&mut ada).await;
        assert_eq!(card.agent.name, "Maya");
        // Cards are nobody's words.
        let chat = ada.chats.last().unwrap();
        assert_eq!((chat.unread, chat.last), (1, 3));

        let free = slots(&mut ada, card.card).await;
        let now = company.clock.now();
        assert!(free.iter().all(|slot| slot.0 >= now + HOUR * 24), "{free:?}");
        assert_eq!(free.len(), 16 * 59, "two an hour, eight hours a day, all days but the first of sixty");

        let meeting = book(&mut ada, card.card, free[5]).await.unwrap();
        assert_eq!(meeting.span.start(), free[5].0);
        assert_eq!(meeting.span.end(), free[5].0 + HOUR / 2);
        assert_eq!((meeting.email.as_str(), meeting.sequence), ("ada@example.com", 0));
        assert_eq!(meeting.agent.name, "Maya");
        assert_eq!(told(&mut tab, meeting.meeting, 0).await, meeting);
        let row = heard(&mut maya, meeting.meeting, MeetingChange::Booked).await;
        assert_eq!((row.visitor.as_deref(), row.zone.as_str()), (Some("Ada"), "Europe/Rome"));
        assert_eq!((row.conversation, row.span), (conversation, meeting.span));

        // The slot is gone, and a client that comes later has the meeting.
        let rest = slots(&mut ada, card.card).await;
        assert_eq!(rest.len(), free.len() - 1);
        assert!(!rest.contains(&free[5]));
        let mut late = Visitor::connect(&company.node, ada.token, Vec::new()).await;
        assert_eq!(told(&mut late, meeting.meeting, 0).await, meeting);
        let open = company.node.open_conversation(&maya.who, conversation).await.unwrap();
        assert_eq!(open.meetings, [row]);
        let Body::Calendar(read) = &open.messages[2].body else { panic!("{open:?}") };
        assert_eq!((read, &open.messages[2].author), (&card, &Author::Agent { id: maya.who.agent.id, name: "Maya".into() }));
        let facts = facts(&company, &maya, conversation).await;
        assert_eq!(facts.len(), 1);
        assert_eq!((facts[0].0, facts[0].1.start), ("scheduled", free[5].0));
    }

    async fn the_same_command_books_once_and_gets_the_same_answer(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let share_id = company.id();
        let sharing = AgentCommand::ShareCalendar { conversation, agent: maya.who.agent.id };
        let once = maya.send(share_id, sharing.clone()).await.unwrap();
        assert_eq!(maya.send(share_id, sharing).await, Ok(once));
        let card = card(&mut ada).await.card;
        let free = slots(&mut ada, card).await;
        let id = company.id();
        let first = ada.send(id, booking(card, free[0])).await.unwrap();
        assert_eq!(ada.send(id, booking(card, free[0])).await, Ok(first.clone()));
        let mut tab = Visitor::connect(&company.node, ada.token, Vec::new()).await;
        assert_eq!(tab.send(id, booking(card, free[0])).await, Ok(first));
        let page = company.node.meetings(&maya.who, false, false, None).await.unwrap();
        assert_eq!(page.meetings.len(), 1);
        // Another command for the same slot comes too late, whosever it is.
        assert_eq!(book(&mut ada, card, free[0]).await, Err(Refusal::Taken));
    }

    async fn a_card_is_only_for_its_visitor(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let meeting = book(&mut ada, card, free[0]).await.unwrap().meeting;

        let mut bob = company.visitor().await;
        assert!(slots(&mut bob, card).await.is_empty());
        bob.start_as(Some("bob@example.com"), None).await.unwrap();
        assert!(slots(&mut bob, card).await.is_empty());
        assert_eq!(book(&mut bob, card, free[1]).await, Err(Refusal::NotFound));
        let move_it = VisitorCommand::Reschedule { meeting, slot: free[1], zone: String::new() };
        assert_eq!(bob.command(move_it).await, Err(Refusal::NotFound));
        assert_eq!(bob.command(VisitorCommand::CancelMeeting { meeting }).await, Err(Refusal::NotFound));
    }

    async fn an_email_that_is_not_known_is_asked_for_and_kept(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, None).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        assert_eq!(book(&mut ada, card, free[0]).await, Err(Refusal::Required));
        let with = |email: &str| VisitorCommand::Book {
            card,
            slot: free[0],
            email: Some(email.into()),
            zone: String::new(),
        };
        assert_eq!(ada.command(with("no email")).await, Err(Refusal::Malformed));
        company.set_site(|settings| settings.blocked_domains = vec!["rival.example".parse().unwrap()]).await;
        assert_eq!(ada.command(with("ada@rival.example")).await, Err(Refusal::EmailNotTaken));
        let meeting = booked(ada.command(with("ada@example.com")).await).unwrap();
        assert_eq!(meeting.email, "ada@example.com");
        let open = company.node.open_conversation(&maya.who, conversation).await.unwrap();
        assert_eq!(open.visitor.profile.email.unwrap().to_string(), "ada@example.com");
        // The next one goes there as well.
        assert_eq!(book(&mut ada, card, free[1]).await.unwrap().email, "ada@example.com");
    }

    async fn only_calendars_of_agents_who_can_be_met_are_shared(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let jun = company.agent("Jun").await.who.agent.id;
        assert_eq!(share(&mut maya, conversation, jun).await, Err(Refusal::NoCalendar));
        company.node.set_meeting_hours_of(jun, hours(|_| ())).await.unwrap();
        assert!(share(&mut maya, conversation, jun).await.is_ok());
        let of_jun = card(&mut ada).await;
        assert_eq!(of_jun.agent.name, "Jun");
        let free = slots(&mut ada, of_jun.card).await;
        let meeting = book(&mut ada, of_jun.card, free[0]).await.unwrap();
        assert_eq!(meeting.agent.id, jun);
        // Who has the chat hears of it as well.
        heard(&mut maya, meeting.meeting, MeetingChange::Booked).await;

        let off = backend::AgentChanges { disabled: Some(true), ..Default::default() };
        company.node.set_agent(jun, off).await.unwrap();
        assert_eq!(share(&mut maya, conversation, jun).await, Err(Refusal::NoCalendar));
        assert!(slots(&mut ada, of_jun.card).await.is_empty());
        assert_eq!(book(&mut ada, of_jun.card, free[1]).await, Err(Refusal::NoCalendar));
    }

    async fn what_is_no_slot_any_more_is_not_booked(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let aside = Slot(free[0].0 + Duration::from_secs(60));
        for none in [aside, Slot(Timestamp(i64::MAX)), Slot(Timestamp(i64::MIN)), Slot(company.clock.now())] {
            assert_eq!(book(&mut ada, card, none).await, Err(Refusal::NotNow), "{none:?}");
        }
        // The notice is looked at again, and so are hours that have changed.
        company.clock.advance(HOUR * 24);
        assert_eq!(book(&mut ada, card, free[0]).await, Err(Refusal::NotNow));
        let long = hours(|terms| terms.length = 60);
        company.node.set_meeting_hours(&maya.who, long).await.unwrap();
        let free = slots(&mut ada, card).await;
        let meeting = book(&mut ada, card, free[0]).await.unwrap();
        assert_eq!(meeting.span.end(), free[0].0 + HOUR);
        // A meeting that lasted longer is in the way of what would begin within it.
        company.node.set_meeting_hours(&maya.who, hours(|_| ())).await.unwrap();
        let within = Slot(free[0].0 + HOUR / 2);
        assert_eq!(book(&mut ada, card, within).await, Err(Refusal::Taken));
        // And a buffer of now is kept after what was booked before.
        company.node.set_meeting_hours(&maya.who, hours(|terms| terms.buffer = 30)).await.unwrap();
        let after = Slot(free[0].0 + HOUR);
        assert_eq!(book(&mut ada, card, after).await, Err(Refusal::Taken));
        let later = Slot(free[0].0 + HOUR * 3 / 2);
        assert!(book(&mut ada, card, later).await.is_ok());
    }

    async fn a_day_has_no_more_meetings_than_it_may(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let two = hours(|terms| terms.daily_limit = Some(2));
        company.node.set_meeting_hours(&maya.who, two).await.unwrap();
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let day = |slot: &Slot| slot.0.0.div_euclid(24 * 60 * 60 * 1_000_000);
        let second = day(&free[0]) + 1;
        let of_day: Vec<Slot> = free.iter().copied().filter(|slot| day(slot) == second).collect();
        assert!(book(&mut ada, card, of_day[0]).await.is_ok());
        assert!(book(&mut ada, card, of_day[4]).await.is_ok());
        assert_eq!(book(&mut ada, card, of_day[8]).await, Err(Refusal::Taken));
        assert!(!slots(&mut ada, card).await.iter().any(|slot| day(slot) == second));
    }

    async fn a_visitor_moves_and_cancels_a_meeting(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let first = book(&mut ada, card, free[0]).await.unwrap();
        let meeting = first.meeting;
        let other = book(&mut ada, card, free[9]).await.unwrap();
        let to = |slot: Slot| VisitorCommand::Reschedule { meeting, slot, zone: "Asia/Tokyo".into() };
        assert_eq!(ada.command(to(free[9])).await, Err(Refusal::Taken));
        let moved = booked(ada.command(to(free[3])).await).unwrap();
        assert_eq!((moved.span.start(), moved.sequence), (free[3].0, 1));
        let row = heard(&mut maya, meeting, MeetingChange::Rescheduled).await;
        assert_eq!((row.sequence, row.zone.as_str()), (1, "Asia/Tokyo"));
        // To where it is: nothing changes.
        assert_eq!(booked(ada.command(to(free[3])).await), Ok(moved));
        assert!(book(&mut ada, card, free[0]).await.is_ok(), "the slot it left is free");

        let gone = booked(ada.command(VisitorCommand::CancelMeeting { meeting }).await).unwrap();
        assert_eq!((gone.state, gone.sequence), (MeetingState::Cancelled, 2));
        heard(&mut maya, meeting, MeetingChange::Cancelled).await;
        assert_eq!(ada.command(VisitorCommand::CancelMeeting { meeting }).await, Err(Refusal::NotNow));
        assert_eq!(ada.command(to(free[5])).await, Err(Refusal::NotNow));
        assert!(book(&mut ada, card, free[3]).await.is_ok(), "the slot of a cancelled one is free");
        let said: Vec<_> = facts(&company, &maya, conversation).await;
        let said: Vec<_> = said.iter().filter(|(_, fact)| fact.meeting == meeting).map(|(what, _)| *what).collect();
        assert_eq!(said, ["cancelled", "rescheduled", "scheduled"]);

        // What has begun stays as it is.
        company.clock.advance(HOUR * 24 * 4);
        let begun = VisitorCommand::CancelMeeting { meeting: other.meeting };
        assert_eq!(ada.command(begun).await, Err(Refusal::NotNow));
    }

    async fn a_card_still_books_after_the_end_of_its_chat(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        maya.command(AgentCommand::End { conversation }).await.unwrap();
        ada.state(ChatState::Ended).await;
        let before = company.node.messages(&maya.who, conversation).await.unwrap();
        let meeting = book(&mut ada, card, free[0]).await.unwrap();
        heard(&mut maya, meeting.meeting, MeetingChange::Booked).await;
        assert_eq!(facts(&company, &maya, conversation).await.len(), 1);
        // The chat itself stays as it was: it becomes an activity only.
        assert_eq!(company.node.messages(&maya.who, conversation).await.unwrap(), before);
        assert_eq!(share_own(&mut maya, conversation).await, Err(Refusal::Ended));
        let open = company.node.open_conversation(&maya.who, conversation).await.unwrap();
        assert_eq!(open.meetings.len(), 1);
    }

    async fn nobody_fills_a_calendar_alone(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let mut meetings = Vec::new();
        for slot in &free[..10] {
            meetings.push(book(&mut ada, card, *slot).await.unwrap().meeting);
        }
        assert_eq!(book(&mut ada, card, free[10]).await, Err(Refusal::TooMany));
        let off = VisitorCommand::CancelMeeting { meeting: meetings[0] };
        ada.command(off).await.unwrap();
        assert!(book(&mut ada, card, free[10]).await.is_ok());
    }
}
