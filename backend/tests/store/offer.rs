//! Who is asked, and in which order.

use std::time::Duration;

use backend::random;
use domain::{
    Refusal,
    frame::{
        agent::{AgentCommand, Change},
        visitor::ChatState,
    },
    site::OwnerAway,
};

use crate::{
    on_every_database,
    support::{Company, Visitor, here, postgres},
};

on_every_database! {
    async fn the_owner_is_asked_first_and_nobody_after_them(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent("Jun").await;
        company.account("acme.com", &jun).await;
        let mut ada = company.visitor().await;
        ada.start_as(Some("ada@ACME.com"), None).await.unwrap();
        let conversation = jun.offer().await.conversation;
        jun.command(AgentCommand::Decline { conversation }).await.unwrap();
        ada.state(ChatState::Fallback).await;
        maya.settle().await;
        assert!(!maya.heard_of(conversation));
        // The email is known now; the turn has not moved.
        ada.start(None).await.unwrap();
        jun.offer().await;
        company.visitor().await.start(None).await.unwrap();
        maya.offer().await;
    }

    async fn an_owner_who_is_away_leaves_it_to_the_team_or_to_nobody(company: Company) {
        let mut maya = company.agent("Maya").await;
        let jun = company.agent_away("Jun").await;
        company.account("acme.com", &jun).await;
        company.visitor().await.start_as(Some("ada@acme.com"), None).await.unwrap();
        maya.accept().await;
        company.set_site(|settings| settings.owner_away = OwnerAway::Fallback).await;
        let mut ben = company.visitor().await;
        ben.start_as(Some("ben@acme.com"), None).await.unwrap();
        ben.state(ChatState::Fallback).await;
        let mut eve = company.visitor().await;
        eve.start_as(Some("eve@example.org"), None).await.unwrap();
        maya.offer().await;
    }

    async fn a_team_is_asked_in_its_own_order(company: Company) {
        let mut ann = company.agent("Ann").await;
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent("Jun").await;
        company.team(&[&jun, &maya]).await;
        for _ in 0..2 {
            company.visitor().await.start(None).await.unwrap();
            jun.accept().await;
            company.visitor().await.start(None).await.unwrap();
            maya.accept().await;
        }
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        let conversation = jun.offer().await.conversation;
        jun.command(AgentCommand::Decline { conversation }).await.unwrap();
        maya.offer().await;
        maya.command(AgentCommand::Decline { conversation }).await.unwrap();
        ada.state(ChatState::Fallback).await;
        ann.settle().await;
        assert!(!ann.heard_of(conversation));
    }

    async fn others_than_the_team_are_asked_only_where_the_site_allows_it(company: Company) {
        let mut ann = company.agent("Ann").await;
        let mut maya = company.agent_away("Maya").await;
        company.team(&[&maya]).await;
        let site = company.node.sites().await.unwrap()[0].id;
        assert!(!company.node.somebody_is_available(site).await.unwrap());
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        ada.state(ChatState::Fallback).await;
        company.set_site(|settings| settings.beyond_team = true).await;
        assert!(company.node.somebody_is_available(site).await.unwrap());
        company.visitor().await.start(None).await.unwrap();
        ann.accept().await;
        // Never after an offer that the team missed.
        maya.switch(true).await;
        let mut ben = company.visitor().await;
        ben.start(None).await.unwrap();
        let conversation = maya.offer().await.conversation;
        maya.command(AgentCommand::Decline { conversation }).await.unwrap();
        ben.state(ChatState::Fallback).await;
        ann.settle().await;
        assert!(!ann.heard_of(conversation));
    }

    async fn nobody_has_more_chats_than_the_limit(company: Company) {
        let mut maya = company.agent("Maya").await;
        let limit = backend::AgentChanges { chat_limit: Some(2), ..Default::default() };
        company.node.set_agent(maya.who.agent.id, limit).await.unwrap();
        company.visitor().await.start(None).await.unwrap();
        let conversation = maya.accept().await;
        company.visitor().await.start(None).await.unwrap();
        maya.offer().await;
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        ada.state(ChatState::Fallback).await;
        maya.command(AgentCommand::End { conversation }).await.unwrap();
        ada.start(None).await.unwrap();
        ada.state(ChatState::Waiting).await;
    }

    async fn two_offers_missed_in_a_row_set_the_agent_unavailable(company: Company) {
        let mut maya = company.agent("Maya").await;
        for round in 0..3 {
            let mut ada = company.visitor().await;
            ada.start(None).await.unwrap();
            let conversation = maya.offer().await.conversation;
            if round == 1 {
                // Declining ends the row.
                maya.command(AgentCommand::Decline { conversation }).await.unwrap();
            } else {
                company.clock.advance(Duration::from_secs(101));
            }
            maya.no_offer().await;
            ada.state(ChatState::Fallback).await;
        }
        maya.settle().await;
        let mut ada = company.visitor().await;
        let mut eve = company.visitor().await;
        for visitor in [&mut eve, &mut ada] {
            visitor.start(None).await.unwrap();
            maya.offer().await;
            company.clock.advance(Duration::from_secs(101));
            maya.no_offer().await;
        }
        let missed = |change: &Change| match change {
            Change::Availability(availability) if availability.missed => Some(*availability),
            _ => None,
        };
        let told = maya.change(missed).await;
        assert!(!told.available && !maya.who.agent.disabled);
        assert!(company.node.inbox(&maya.who).await.unwrap().availability.missed);
        ada.start(None).await.unwrap();
        maya.switch(true).await;
        assert!(!company.node.inbox(&maya.who).await.unwrap().availability.missed);
        let mut ben = company.visitor().await;
        ben.start(None).await.unwrap();
        maya.offer().await;
    }

    async fn one_stranger_sets_nobody_unavailable(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = Visitor::greet_from(&company.node, Visitor::hello(random(), Vec::new()), here()).await;
        let mut eve = Visitor::greet_from(&company.node, Visitor::hello(random(), Vec::new()), here()).await;
        // One visitor again and again, then another of the same address.
        for visitor in [&mut ada, &mut eve] {
            for _ in 0..2 {
                visitor.start(None).await.unwrap();
                maya.offer().await;
                company.clock.advance(Duration::from_secs(101));
                maya.no_offer().await;
            }
        }
        assert!(company.node.inbox(&maya.who).await.unwrap().availability.available);
        let mut ben = company.visitor().await;
        ben.start(None).await.unwrap();
        maya.offer().await;
        company.clock.advance(Duration::from_secs(101));
        maya.no_offer().await;
        maya.change(|change| match change {
            Change::Availability(availability) => availability.missed.then_some(()),
            _ => None,
        }).await;
    }

    async fn a_blocked_email_domain_is_refused(company: Company) {
        let mut maya = company.agent("Maya").await;
        company.set_site(|settings| settings.blocked_domains = vec!["rival.com".parse().unwrap()]).await;
        let mut eve = company.visitor().await;
        assert_eq!(eve.start_as(Some("eve@Rival.com"), None).await, Err(Refusal::EmailNotTaken));
        eve.start_as(Some("eve@example.com"), None).await.unwrap();
        maya.accept().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_take_turns_together_and_keep_the_limit() {
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let other = company.another_node().await;
    let mut agents = Vec::new();
    for name in ["Ann", "Jun", "Maya"] {
        agents.push(company.agent(name).await);
    }
    let starts = (0..18_u8).map(|n| {
        let node = if n % 2 == 0 { &company.node } else { &other };
        let node = std::sync::Arc::clone(node);
        async move {
            let mut ada = Visitor::connect(&node, [n; 32], Vec::new()).await;
            ada.start(None).await.unwrap();
            ada
        }
    });
    let visitors = futures_of(starts).await;
    for agent in &mut agents {
        while agent.offers.len() < 5 {
            agent.settle().await;
        }
        assert_eq!(agent.offers.len(), 5, "the limit");
    }
    let mut fallen_back = 0;
    for mut ada in visitors {
        let chat = ada
            .chat(|chat| matches!(chat.state, ChatState::Waiting | ChatState::Fallback))
            .await;
        fallen_back += usize::from(chat.state == ChatState::Fallback);
    }
    assert_eq!(fallen_back, 3);
}

async fn futures_of<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = futures.map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}
