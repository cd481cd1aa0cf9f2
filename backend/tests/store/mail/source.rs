//! Whoever writes to many addresses is sent few confirmations, and books so often and not more.

use std::net::{IpAddr, Ipv4Addr};

use backend::bound::Source;
use domain::{
    Refusal,
    bound::Bound,
    meeting::{CalendarCard, MeetingCard, Slot},
};

use super::{budget::sent, *};
use crate::{
    meeting::{card, chat, met, share_own, slots},
    support::here,
};

/// Booked by a card's link for an address.
async fn book(
    company: &Company,
    card: &CalendarCard,
    slot: Slot,
    email: String,
    from: Source,
) -> Result<MeetingCard, Refusal> {
    let (node, id) = (&company.node, company.id());
    let booked = node.book_by_link(&card.address, id, slot, Some(email), "UTC", from);
    booked.await.map_err(|error| error.refusal())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_books_for_many_addresses_is_sent_few_confirmations() {
    for database in databases().await {
        let (company, _office) = company(database).await;
        let mut maya = met(&company, "Maya").await;
        let mut cards = Vec::new();
        let mut free = Vec::new();
        for _ in 0..7 {
            let (mut visitor, conversation) = chat(&company, &mut maya, None).await;
            share_own(&mut maya, conversation).await.unwrap();
            let card = card(&mut visitor).await;
            free = slots(&mut visitor, card.card).await;
            cards.push(card);
            let end = AgentCommand::End { conversation };
            maya.command(end).await.unwrap();
        }
        let (most, of_address) = (Bound::VisitorMail.amount(), Bound::AddressMail.amount());
        let mut confirmed = 0;
        for (n, card) in cards.iter().enumerate() {
            let mut meetings = Vec::new();
            for (m, slot) in free.iter().take(most).enumerate() {
                let email = format!("reader-{n}-{m}@victim.example");
                let meeting = book(&company, card, *slot, email.clone(), here()).await;
                let meeting = meeting.unwrap();
                assert_eq!(meeting.email == email, confirmed < of_address, "{n} {m}");
                confirmed += usize::from(!meeting.email.is_empty());
                meetings.push(meeting);
            }
            sent(&company).await;
            for meeting in meetings {
                let (node, id) = (&company.node, company.id());
                let cancelled = node.cancel_by_link(&meeting.address, id, here());
                cancelled.await.unwrap();
            }
            let email = format!("reader-{n}@victim.example");
            let one_more = book(&company, card, free[20 + n], email, here()).await;
            assert_eq!(one_more.unwrap().email, "", "{n}");
        }
        assert_eq!(confirmed, of_address);
        // Of somebody else it is still confirmed.
        let other = IpAddr::from(Ipv4Addr::new(192, 0, 2, 7)).into();
        let email = "somebody@acme.example".to_owned();
        let meeting = book(&company, &cards[6], free[9], email.clone(), other).await;
        assert_eq!(meeting.unwrap().email, email);
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_one_address_so_many_meetings_are_booked_and_not_more() {
    for database in databases().await {
        let (company, _office) = company(database).await;
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, None).await;
        share_own(&mut maya, conversation).await.unwrap();
        let card = card(&mut ada).await;
        let slots = slots(&mut ada, card.card).await;
        let email = "ada@acme.example";
        let mut taken = 0;
        loop {
            // At no time of the calendar, so that nothing else bounds it.
            let never = Slot(Timestamp(1));
            let tried = book(&company, &card, never, email.into(), here()).await;
            if tried == Err(Refusal::TooMany) {
                break;
            }
            assert_eq!(tried, Err(Refusal::NotNow));
            taken += 1;
        }
        assert!(taken >= Bound::AddressBookings.amount(), "{taken}");
        // The same person in the chat, whom the same address leads to.
        let hello = Visitor::hello(ada.token, Vec::new());
        let mut ada = Visitor::greet_from(&company.node, hello, here()).await;
        let in_chat = crate::meeting::book(&mut ada, card.card, slots[0]).await;
        assert_eq!(in_chat, Err(Refusal::TooMany));
        let other = IpAddr::from(Ipv4Addr::new(192, 0, 2, 7)).into();
        let booked = book(&company, &card, slots[0], email.into(), other).await;
        assert!(booked.is_ok(), "{booked:?}");
        company.node.stop().await;
    }
}
