//! Where nobody answers and the site wants it, a visitor is offered to book a meeting.

use domain::{
    ConversationId,
    conversation::{EndReason, State},
    frame::{agent::AgentCommand, visitor::ChatState},
    meeting::MeetingChange,
    message::{Author, Body, EndedBy, SystemMessage},
    site::OwnerAway,
};

use super::{book, card, heard, hours, met, slots};
use crate::{
    on_every_database,
    support::{Agent, Company, Visitor},
};

async fn switched_on(company: &Company) {
    company
        .set_site(|settings| settings.fallback_meetings = true)
        .await;
}

fn cards(visitor: &Visitor) -> Vec<String> {
    visitor
        .messages
        .iter()
        .filter_map(|(_, message)| match (&message.author, &message.body) {
            (Author::System, Body::Calendar(card)) => Some(card.agent.name.clone()),
            _ => None,
        })
        .collect()
}

/// Ada asks, and nobody is there.
async fn fall_back(company: &Company, email: Option<&str>) -> (Visitor, ConversationId) {
    let mut ada = company.visitor().await;
    let conversation = ada.start_as(email, Some("Anybody?")).await.unwrap();
    ada.state(ChatState::Fallback).await;
    (ada, conversation)
}

async fn decline(agent: &mut Agent) {
    let conversation = agent.offer().await.conversation;
    agent
        .command(AgentCommand::Decline { conversation })
        .await
        .unwrap();
}

on_every_database! {
    async fn booking_ends_the_chat_that_nobody_took_as_missed(company: Company) {
        switched_on(&company).await;
        let mut maya = met(&company, "Maya").await;
        maya.switch(false).await;
        let (mut ada, conversation) = fall_back(&company, Some("ada@example.com")).await;
        assert_eq!(cards(&ada), ["Maya"]);
        let card = card(&mut ada).await.card;
        let free = slots(&mut ada, card).await;
        let meeting = book(&mut ada, card, free[0]).await.unwrap();
        ada.state(ChatState::Ended).await;
        let last = &ada.messages.last().unwrap().1;
        assert_eq!(last.body, Body::System(SystemMessage::Ended(EndedBy::Nobody)));
        let row = heard(&mut maya, meeting.meeting, MeetingChange::Booked).await;
        assert_eq!(row.conversation, conversation);
        let page = company.node.meetings(&maya.who, false, false, None).await.unwrap();
        assert_eq!(page.meetings, [row]);
        let head = company.head(conversation).await;
        assert!(matches!(head.state, State::Ended { reason: EndReason::Missed, .. }), "{head:?}");
        // The card is good for another one.
        assert!(book(&mut ada, card, free[1]).await.is_ok());
    }

    async fn whoever_was_tried_first_is_offered_first(company: Company) {
        switched_on(&company).await;
        let mut first = met(&company, "Abe").await;
        let mut second = met(&company, "Bea").await;
        let mut ada = company.visitor().await;
        ada.start(Some("Hello")).await.unwrap();
        let (one, other) = tokio::select! {
            _ = first.offer() => ("Abe", "Bea"),
            _ = second.offer() => ("Bea", "Abe"),
        };
        assert_ne!(one, other);
        if one == "Abe" {
            decline(&mut first).await;
            decline(&mut second).await;
        } else {
            decline(&mut second).await;
            decline(&mut first).await;
        }
        ada.state(ChatState::Fallback).await;
        assert_eq!(cards(&ada), [one]);
    }

    async fn an_owner_who_is_away_is_met_instead(company: Company) {
        switched_on(&company).await;
        let jun = met(&company, "Jun").await;
        let mut maya = met(&company, "Maya").await;
        maya.switch(false).await;
        company.account("acme.example", &maya).await;
        // The team is asked first, unless the site wants the owner's slots at once.
        company.set_site(|settings| settings.owner_away = OwnerAway::Fallback).await;
        let (ada, _) = fall_back(&company, Some("ada@acme.example")).await;
        assert_eq!(cards(&ada), ["Maya"]);
        assert!(jun.offers.is_empty());
        // Without meeting hours of the owner, the next in turn.
        company.node.set_meeting_hours(&maya.who, Default::default()).await.unwrap();
        let (bob, _) = fall_back(&company, Some("bob@acme.example")).await;
        assert_eq!(cards(&bob), ["Jun"]);
    }

    async fn without_a_free_slot_there_is_the_message_alone(company: Company) {
        switched_on(&company).await;
        let mut maya = company.agent("Maya").await;
        maya.switch(false).await;
        let (ada, _) = fall_back(&company, None).await;
        assert!(cards(&ada).is_empty(), "nobody has meeting hours");
        // Nothing can be booked as far ahead as the notice asks for.
        let never = hours(|terms| { terms.notice = 72; terms.horizon = 1; });
        company.node.set_meeting_hours(&maya.who, never).await.unwrap();
        let (bob, _) = fall_back(&company, None).await;
        assert!(cards(&bob).is_empty(), "no slot is free");
        company.node.set_meeting_hours(&maya.who, hours(|_| ())).await.unwrap();
        let (cy, _) = fall_back(&company, None).await;
        assert_eq!(cards(&cy), ["Maya"]);
        company.set_site(|settings| settings.fallback_meetings = false).await;
        let (dan, _) = fall_back(&company, None).await;
        assert!(cards(&dan).is_empty(), "the site does not want it");
    }

    async fn a_left_message_stays_to_be_answered_though_a_meeting_was_booked(company: Company) {
        switched_on(&company).await;
        let mut maya = met(&company, "Maya").await;
        maya.switch(false).await;
        let (mut ada, conversation) = fall_back(&company, Some("ada@example.com")).await;
        ada.leave(Some(conversation), "Call me").await.unwrap();
        let card = card(&mut ada).await.card;
        let free = slots(&mut ada, card).await;
        book(&mut ada, card, free[0]).await.unwrap();
        maya.command(AgentCommand::PickUp { conversation }).await.unwrap();
        let open = company.node.open_conversation(&maya.who, conversation).await.unwrap();
        assert_eq!(open.meetings.len(), 1);
    }
}
