//! Left messages, and chats whose agent is gone: whoever picks one up has it.

use std::time::Duration;

use domain::{
    ConversationId, Refusal,
    frame::{
        agent::{AgentCommand, Change, Moved, RowState},
        visitor::{ChatState, VisitorEvent},
    },
    inbox::Tab,
};

use crate::{
    on_every_database,
    support::{Agent, Company, Visitor, postgres, words},
};

/// Ada found nobody and left a message.
async fn left(company: &Company) -> (Visitor, ConversationId) {
    let mut ada = company.visitor().await;
    let chat = ada.start(Some("Hi")).await.unwrap();
    ada.state(ChatState::Fallback).await;
    assert_eq!(ada.leave(Some(chat), "Please call").await, Ok(chat));
    ada.state(ChatState::Unanswered).await;
    (ada, chat)
}

async fn pick_up(agent: &mut Agent, conversation: ConversationId) -> Result<(), Refusal> {
    agent
        .command(AgentCommand::PickUp { conversation })
        .await
        .map(drop)
}

fn moved(change: &Change) -> Option<(String, Moved)> {
    match change {
        Change::Moved { to, how, .. } => Some((to.clone(), *how)),
        _ => None,
    }
}

on_every_database! {
    async fn a_left_message_is_picked_up_by_one_of_two_at_once(company: Company) {
        let mut maya = company.agent_away("Maya").await;
        let mut jun = company.agent_away("Jun").await;
        let (mut ada, chat) = left(&company).await;
        for agent in [&mut maya, &mut jun] {
            let row = agent.row(chat, |row| row.state == RowState::Unanswered).await;
            assert_eq!((row.own, &*row.agent, &*row.preview, row.unread), (false, "", "Please call", 2));
            let rows = company.node.list(&agent.who, Tab::Unanswered, None).await.unwrap().rows;
            assert_eq!(rows.len(), 1);
            assert_eq!(words(&company.node.open_conversation(&agent.who, chat).await.unwrap().messages), ["Hi", "Please call"]);
        }
        ada.write(chat, "or write").await.unwrap();
        assert_eq!(ada.start(None).await, Err(Refusal::AlreadyOpen));
        let (first, second) = tokio::join!(pick_up(&mut maya, chat), pick_up(&mut jun, chat));
        let ((winner, _), (loser, refused)) = match first {
            Ok(()) => ((&mut maya, first), (&mut jun, second)),
            Err(_) => ((&mut jun, second), (&mut maya, first)),
        };
        assert_eq!(refused, Err(Refusal::NoLongerWaiting));
        loser.change(|change| (*change == Change::Lost(chat)).then_some(())).await;
        assert!(company.node.open_conversation(&loser.who, chat).await.is_err());
        assert_eq!(loser.write(chat, "me too").await, Err(Refusal::NotFound));
        winner.seen(chat, 4).await;
        winner.write(chat, "Hello").await.unwrap();
        ada.seen(5).await;
        assert_eq!(ada.words(), ["Hi", "Please call", "or write", "Hello"]);
        ada.state(ChatState::Active).await;
    }

    async fn a_message_is_left_at_once_where_nobody_is(company: Company) {
        let mut maya = company.agent_away("Maya").await;
        let mut ada = company.visitor().await;
        assert_eq!(ada.leave(None, "  ").await, Err(Refusal::Empty));
        let chat = ada.leave(None, "Call me").await.unwrap();
        ada.state(ChatState::Unanswered).await;
        maya.row(chat, |row| row.state == RowState::Unanswered).await;
        assert_eq!(ada.leave(Some(chat), "again").await, Err(Refusal::NotNow));
        assert_eq!(ada.leave(None, "again").await, Err(Refusal::AlreadyOpen));
        ada.write(chat, "again").await.unwrap();
        let mut eve = company.visitor().await;
        assert_eq!(eve.leave(Some(chat), "hm").await, Err(Refusal::NotFound));
    }

    async fn the_clock_of_a_picked_up_chat_waits_for_its_visitor(company: Company) {
        let mut maya = company.agent_away("Maya").await;
        let (ada, chat) = left(&company).await;
        let token = ada.token;
        drop(ada);
        tokio::time::sleep(Duration::from_secs(6)).await;
        pick_up(&mut maya, chat).await.unwrap();
        maya.write(chat, "Here I am").await.unwrap();
        company.clock.advance(Duration::from_secs(3_000));
        tokio::time::sleep(Duration::from_secs(2)).await;
        let rows = company.node.list(&maya.who, Tab::Active, None).await.unwrap().rows;
        assert_eq!((rows.len(), rows[0].closes_at), (1, None));
        let mut ada = Visitor::connect(&company.node, token, Vec::new()).await;
        ada.state(ChatState::Active).await;
        maya.row(chat, |row| row.state == RowState::Active && row.visitor_connected).await;
        company.clock.advance(Duration::from_secs(541));
        ada.until(|event| match event {
            VisitorEvent::Chat { chat, .. } => chat.closes_at,
            _ => None,
        }).await;
    }

    async fn the_chat_of_an_agent_who_vanished_is_for_everybody(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.write(chat, "Hello").await.unwrap();
        let who = maya.who.clone();
        drop(maya);
        tokio::time::sleep(Duration::from_secs(6)).await;
        // Nothing waits for an answer.
        company.clock.advance(Duration::from_secs(200));
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!jun.heard_of(chat));
        ada.write(chat, "Are you there?").await.unwrap();
        assert!(ada.chat(|chat| chat.away).await.state == ChatState::Active);
        let row = jun.row(chat, |row| row.away).await;
        assert_eq!((row.state, row.own, &*row.agent), (RowState::Active, false, "Maya"));
        assert_eq!(company.node.list(&jun.who, Tab::Unanswered, None).await.unwrap().rows.len(), 1);
        // The agent's own word takes it back.
        let mut maya = Agent::connect(&company.node, who, Default::default()).await;
        maya.write(chat, "Sorry").await.unwrap();
        jun.change(|change| (*change == Change::Lost(chat)).then_some(())).await;
        assert!(!ada.chat(|chat| !chat.away && chat.last == 5).await.away);
        assert_eq!(pick_up(&mut jun, chat).await, Err(Refusal::NoLongerWaiting));
    }

    async fn signing_out_leaves_active_chats_to_others_at_once(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.write(chat, "Hello").await.unwrap();
        let mut waiting = company.visitor().await;
        waiting.start(None).await.unwrap();
        maya.offer().await;
        // With another session connected the agent is still there.
        let second = company.sign_in(&company.node, "Maya").await;
        company.node.sign_out(&second.who).await.unwrap();
        maya.settle().await;
        assert_eq!(maya.offers.len(), 1);
        company.node.sign_out(&maya.who).await.unwrap();
        jun.row(chat, |row| row.away).await;
        waiting.state(ChatState::Fallback).await;
        ada.chat(|chat| chat.away).await;
        pick_up(&mut jun, chat).await.unwrap();
        assert_eq!(ada.chat(|chat| !chat.away && chat.agent.as_ref().is_some_and(|agent| agent.name == "Jun")).await.id, chat);
        let mut maya = Agent::connect(&company.node, maya.who.clone(), maya.cursor.clone()).await;
        assert_eq!(maya.change(moved).await, ("Jun".to_owned(), Moved::PickedUp));
        assert!(company.node.list(&maya.who, Tab::Active, None).await.unwrap().rows.is_empty());
    }

    async fn a_disabled_agents_chats_are_for_everybody(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.write(chat, "Hello").await.unwrap();
        let mut ben = company.visitor().await;
        ben.start(None).await.unwrap();
        maya.offer().await;
        let disabled = backend::AgentChanges { disabled: Some(true), ..Default::default() };
        company.node.set_agent(maya.who.agent.id, disabled).await.unwrap();
        assert_eq!(maya.closed().await, backend::Closed::SignedOut);
        ben.state(ChatState::Fallback).await;
        let row = jun.row(chat, |row| row.state == RowState::Unanswered).await;
        assert_eq!(row.agent, "");
        ada.state(ChatState::Unanswered).await;
        assert!(company.node.sign_in("maya@example.com", "correct horse", "").await.is_err());
        pick_up(&mut jun, chat).await.unwrap();
        jun.seen(chat, 4).await;
        // The name stays in the transcript.
        assert!(jun.messages(chat).iter().any(|message| matches!(&message.author, domain::message::Author::Agent { name, .. } if name == "Maya")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_disabled_on_one_node_is_gone_on_all() {
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let other = company.another_node().await;
    company.add("Maya", domain::agent::Role::Agent).await;
    let mut maya = company.sign_in(&other, "Maya").await;
    maya.switch(true).await;
    let mut jun = company.agent_away("Jun").await;
    let mut ada = company.visitor().await;
    let chat = ada.start(Some("Hi")).await.unwrap();
    maya.accept().await;
    let disabled = backend::AgentChanges {
        disabled: Some(true),
        ..Default::default()
    };
    company
        .node
        .set_agent(maya.who.agent.id, disabled)
        .await
        .unwrap();
    jun.row(chat, |row| row.state == RowState::Unanswered).await;
    assert_eq!(maya.closed().await, backend::Closed::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_whose_node_died_vanishes_for_the_others() {
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let other = company.another_node().await;
    company.add("Maya", domain::agent::Role::Agent).await;
    let mut maya = company.sign_in(&other, "Maya").await;
    maya.switch(true).await;
    let mut jun = company.agent_away("Jun").await;
    let mut ada = company.visitor().await;
    let chat = ada.start(Some("Hi")).await.unwrap();
    maya.accept().await;
    other.stop().await;
    ada.write(chat, "Hello?").await.unwrap();
    company.clock.advance(Duration::from_secs(125));
    jun.row(chat, |row| row.away).await;
    pick_up(&mut jun, chat).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_pick_up_at_once_one_has_it() {
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let other = company.another_node().await;
    let mut maya = company.agent_away("Maya").await;
    company.add("Jun", domain::agent::Role::Agent).await;
    let mut jun = company.sign_in(&other, "Jun").await;
    for _ in 0..10 {
        let (mut ada, chat) = left(&company).await;
        jun.row(chat, |row| row.state == RowState::Unanswered).await;
        let (first, second) = tokio::join!(pick_up(&mut maya, chat), pick_up(&mut jun, chat));
        assert_eq!(
            [first, second].iter().filter(|done| done.is_ok()).count(),
            1
        );
        assert!([first, second].contains(&Err(Refusal::NoLongerWaiting)));
        let has = ada.chat(|chat| chat.state == ChatState::Active).await;
        let winner = if first.is_ok() { "Maya" } else { "Jun" };
        assert_eq!(has.agent.unwrap().name, winner);
    }
}
