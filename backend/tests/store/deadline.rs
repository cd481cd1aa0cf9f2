//! What time does, with a clock that the test moves.

use std::time::Duration;

use domain::{
    Refusal,
    frame::{
        agent::AgentCommand,
        visitor::{ChatState, VisitorEvent},
    },
    message::{Body, EndedBy, SystemMessage},
};

use crate::{
    on_every_database,
    support::{Agent, Visitor},
};

on_every_database! {
    async fn an_offer_expires_after_100_seconds(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent("Jun").await;
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        let conversation = maya.offer().await.conversation;
        company.clock.advance(Duration::from_secs(101));
        maya.no_offer().await;
        jun.offer().await;
        assert_eq!(maya.command(AgentCommand::Accept { conversation }).await, Err(Refusal::NoLongerWaiting));
        company.clock.advance(Duration::from_secs(101));
        jun.no_offer().await;
        ada.state(ChatState::Fallback).await;
    }

    async fn silence_warns_and_then_ends(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        company.clock.advance(Duration::from_secs(541));
        ada.until(|event| match event {
            VisitorEvent::Chat { chat, .. } => chat.closes_at,
            _ => None,
        }).await;
        ada.write(chat, "still here").await.unwrap();
        assert!(ada.chats.iter().all(|chat| chat.closes_at.is_none()) || {
            ada.until(|event| match event { VisitorEvent::Chat { chat, .. } if chat.closes_at.is_none() => Some(()), _ => None }).await;
            true
        });
        company.clock.advance(Duration::from_secs(541));
        ada.until(|event| match event { VisitorEvent::Chat { chat, .. } => chat.closes_at, _ => None }).await;
        company.clock.advance(Duration::from_secs(60));
        ada.state(ChatState::Ended).await;
        let (_, last) = ada.messages.last().unwrap().clone();
        assert_eq!(last.body, Body::System(SystemMessage::Ended(EndedBy::Inactivity)));
    }

    async fn a_visitor_who_leaves_while_waiting_is_cancelled_after_a_minute(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.offer().await;
        let token = ada.token;
        drop(ada);
        // A reload is no absence: the leave is noted a moment later.
        tokio::time::sleep(Duration::from_secs(6)).await;
        company.clock.advance(Duration::from_secs(61));
        maya.no_offer().await;
        let mut ada = Visitor::connect(&company.node, token, Vec::new()).await;
        let ended = ada.state(ChatState::Ended).await;
        assert_eq!(ended.id, chat);
    }

    async fn deadlines_move_by_the_time_in_which_no_node_ran(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        ada.start(Some("Hi")).await.unwrap();
        let expires = maya.offer().await.expires_at;
        let (who, cursor, token) = (maya.who.clone(), maya.cursor.clone(), ada.token);
        drop((maya, ada));
        company.node.stop().await;
        company.clock.advance(Duration::from_secs(3_600));
        let node = company.another_node().await;
        let mut maya = Agent::connect(&node, who, cursor).await;
        let mut ada = Visitor::connect(&node, token, Vec::new()).await;
        let moved = maya.offer().await.expires_at.since(expires);
        assert!((3_600..3_620).contains(&moved.as_secs()), "{moved:?}");
        let chat = maya.accept().await;
        maya.write(chat, "Sorry for the wait").await.unwrap();
        ada.seen(3).await;
        assert_eq!(ada.words(), ["Hi", "Sorry for the wait"]);
    }
}
