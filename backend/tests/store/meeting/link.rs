//! Cards and meetings behind their links, without a session.

use backend::meeting::{Linked, LinkedCard, LinkedMeeting};
use domain::{
    Refusal,
    frame::{agent::AgentCommand, visitor::VisitorEvent},
    meeting::{MeetingChange, MeetingState},
};

use super::{HOUR, book, card, chat, heard, met, own_card, share_own, told};
use crate::{
    on_every_database,
    support::{Company, Visitor, here},
};

async fn at_card(company: &Company, address: &str) -> LinkedCard {
    match company.node.follow_link(address, None).await.unwrap() {
        Linked::Card(card) => card,
        other => panic!("{other:?}"),
    }
}

async fn at_meeting(company: &Company, address: &str) -> LinkedMeeting {
    match company.node.follow_link(address, None).await.unwrap() {
        Linked::Meeting(meeting) => meeting,
        other => panic!("{other:?}"),
    }
}

async fn is_over(company: &Company, address: &str) -> bool {
    let followed = company.node.follow_link(address, None).await.unwrap();
    matches!(followed, Linked::Ended(_))
}

fn refusal<T: std::fmt::Debug>(result: Result<T, backend::Error>) -> Refusal {
    result.unwrap_err().refusal()
}

on_every_database! {
    async fn whoever_has_the_link_books_moves_and_cancels(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, None).await;
        share_own(&mut maya, conversation).await.unwrap();
        let address = card(&mut ada).await.address;
        maya.command(AgentCommand::End { conversation }).await.unwrap();

        let page = at_card(&company, &address).await;
        assert_eq!((page.agent.name.as_str(), page.zone.as_str()), ("Maya", "Europe/Rome"));
        assert!(page.asks_email);
        assert_eq!((page.free.length, page.free.slots.len(), page.free.next), (30, 16 * 59, None));
        let slots = page.free.slots;
        let node = &company.node;
        let unknown = node.book_by_link(&address, company.id(), slots[0], None, "UTC", here()).await;
        assert_eq!(refusal(unknown), Refusal::Required);
        let id = company.id();
        let email = || Some("ada@example.com".to_owned());
        let booked = node.book_by_link(&address, id, slots[0], email(), "Asia/Tokyo", here()).await.unwrap();
        let again = node.book_by_link(&address, id, slots[0], email(), "Asia/Tokyo", here()).await.unwrap();
        assert_eq!(booked, again);
        assert_eq!(told(&mut ada, booked.meeting, 0).await, booked);
        heard(&mut maya, booked.meeting, MeetingChange::Booked).await;
        assert!(!at_card(&company, &address).await.asks_email);

        let page = at_meeting(&company, &booked.address).await;
        assert_eq!((&page.meeting, page.zone.as_str(), &page.card), (&booked, "Asia/Tokyo", &address));
        assert!(page.free.slots.contains(&slots[0]), "it is not in its own way");
        let moved = node.reschedule_by_link(&booked.address, company.id(), slots[4], "UTC", here()).await.unwrap();
        assert_eq!((moved.span.start(), moved.sequence, &moved.address), (slots[4].0, 1, &booked.address));
        let gone = node.cancel_by_link(&booked.address, company.id(), here()).await.unwrap();
        assert_eq!(gone.state, MeetingState::Cancelled);
        let page = at_meeting(&company, &booked.address).await;
        assert!(page.free.slots.is_empty() && page.meeting == gone);
        let twice = node.cancel_by_link(&booked.address, company.id(), here()).await;
        assert_eq!(refusal(twice), Refusal::NotNow);
    }

    async fn an_address_opens_what_it_was_made_for_only(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        share_own(&mut maya, conversation).await.unwrap();
        let address = card(&mut ada).await.address;
        let node = &company.node;
        let slot = at_card(&company, &address).await.free.slots[0];
        let booked = node.book_by_link(&address, company.id(), slot, None, "", here()).await.unwrap();
        for none in ["", "x", &address[1..], &address.to_lowercase(), &booked.meeting.to_string()] {
            assert_eq!(refusal(node.follow_link(none, None).await), Refusal::NotFound);
            let by = node.book_by_link(none, company.id(), slot, None, "", here()).await;
            assert_eq!(refusal(by), Refusal::NotFound);
        }
        let by_meeting = node.book_by_link(&booked.address, company.id(), slot, None, "", here()).await;
        assert_eq!(refusal(by_meeting), Refusal::NotFound);
        assert_eq!(refusal(node.cancel_by_link(&address, company.id(), here()).await), Refusal::NotFound);
        // Other nodes and later starts know the same addresses.
        company.node.stop().await;
        let again = company.another_node().await;
        assert!(again.follow_link(&address, None).await.is_ok());
        let mut late = Visitor::connect(&again, ada.token, Vec::new()).await;
        assert_eq!(card(&mut late).await.address, address);
        again.stop().await;
    }

    async fn a_card_ends_after_ninety_days_and_when_it_is_withdrawn(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let jun = company.agent("Jun").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        share_own(&mut maya, conversation).await.unwrap();
        let first = card(&mut ada).await;
        let node = &company.node;
        let slots = at_card(&company, &first.address).await.free.slots;

        assert_eq!(refusal(node.withdraw_card(&jun.who, first.card).await), Refusal::NotFound);
        assert!(!is_over(&company, &first.address).await);
        node.withdraw_card(&maya.who, first.card).await.unwrap();
        node.withdraw_card(&maya.who, first.card).await.unwrap();
        assert!(is_over(&company, &first.address).await);
        // The chat is told at once, and told the same when it asks.
        let told = |event: &VisitorEvent| match event {
            VisitorEvent::Slots { card, length, slots, .. } if *card == first.card => {
                Some((*length, slots.len()))
            }
            _ => None,
        };
        assert_eq!(ada.until(told).await, (0, 0));
        assert!(super::slots(&mut ada, first.card).await.is_empty());
        let by_link = node.book_by_link(&first.address, company.id(), slots[0], None, "", here()).await;
        assert_eq!(refusal(by_link), Refusal::NotNow);
        assert_eq!(book(&mut ada, first.card, slots[0]).await, Err(Refusal::NotNow));
        let mut again = Visitor::connect(node, ada.token, Vec::new()).await;
        assert_eq!(card(&mut again).await.address, "");

        share_own(&mut maya, conversation).await.unwrap();
        let second = loop {
            let last = card(&mut again).await;
            if last.card != first.card {
                break last;
            }
            again.until(|event| matches!(event, VisitorEvent::Chat { .. }).then_some(())).await;
        };
        company.clock.advance(HOUR * 24 * 89);
        assert!(!is_over(&company, &second.address).await);
        company.clock.advance(HOUR * 24);
        assert!(is_over(&company, &second.address).await);
        let late = node.book_by_link(&second.address, company.id(), slots[0], None, "", here()).await;
        assert_eq!(refusal(late), Refusal::NotNow);
    }

    async fn the_link_of_a_meeting_ends_a_day_after_it(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let slots = super::slots(&mut ada, card).await;
        let meeting = book(&mut ada, card, slots[0]).await.unwrap();
        let base = "https://chat.example.com";
        let end = meeting.span.end();
        company.clock.advance(end.since(company.clock.now()) + HOUR * 23);
        assert!(!is_over(&company, &meeting.address).await);
        assert!(company.node.meeting_file(&meeting.address, base).await.is_ok());
        company.clock.advance(HOUR);
        assert!(is_over(&company, &meeting.address).await);
        assert!(company.node.meeting_file(&meeting.address, base).await.is_err());
    }

    async fn later_slots_are_asked_for_from_where_the_first_end(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let often = super::hours(|terms| terms.length = 15);
        company.node.set_meeting_hours(&maya.who, often).await.unwrap();
        let (mut ada, conversation) = chat(&company, &mut maya, None).await;
        share_own(&mut maya, conversation).await.unwrap();
        let address = card(&mut ada).await.address;
        let first = at_card(&company, &address).await.free;
        assert_eq!(first.slots.len(), domain::meeting::SLOTS);
        let Ok(Linked::Card(rest)) = company.node.follow_link(&address, first.next).await else { panic!() };
        assert_eq!((rest.free.slots.len(), rest.free.next), (32 * 59 - 1000, None));
        assert!(rest.free.slots[0].0 > first.slots[999].0);
        assert!(rest.free.slots[0].0.since(first.slots[999].0) < HOUR * 24);
    }
}
