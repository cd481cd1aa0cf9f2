//! Offers by web push, as a push service and a browser see them.

mod browser;
mod service;

use std::{sync::Arc, time::Duration};

use backend::{Casella, Settings, SignedIn};
use domain::{
    SiteId,
    availability::{Block, Schedule},
    frame::{agent::Cursor, visitor::ChatState},
    settings::Notifications,
};

use crate::support::{Agent, Company, Database, databases, postgres};
use browser::Browser;
use service::{SOON, Service};

/// A company whose nodes may reach a push service on this machine.
async fn company(database: Database, service: &Service) -> Company {
    let settings = Settings {
        allow_outgoing: vec![service.host()],
        contact: Some("https://chat.example.com".into()),
        ..database.settings()
    };
    Company::start_with(database, settings).await
}

/// An agent who is available all day, wants offers while the inbox is closed, and is not connected.
async fn agent_at_home(company: &Company, name: &str) -> SignedIn {
    let agent = company.agent_away(name).await;
    let who = agent.who.clone();
    company.node.sign_out(&agent.who).await.unwrap();
    // Longer ago than anybody counts as still there.
    company.clock.advance(Duration::from_secs(90));
    let day = Block::parse("00:00", "24:00").unwrap();
    let always = Schedule::new(None, std::array::from_fn(|_| vec![day])).unwrap();
    company.node.set_schedule(&who, always).await.unwrap();
    let on = Notifications {
        when_closed: true,
        ..Notifications::default()
    };
    company.node.set_notifications(&who, on).await.unwrap();
    who
}

async fn site(node: &Casella) -> SiteId {
    node.sites().await.unwrap()[0].id
}

/// Waits until an agent is, or is not, reachable.
async fn reachable(node: &Arc<Casella>, wanted: bool) {
    let site = site(node).await;
    let look = async {
        while node.somebody_is_available(site).await.unwrap() != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let seen = tokio::time::timeout(SOON, look).await;
    seen.unwrap_or_else(|_| panic!("reachable: {wanted}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_reaches_the_browser_of_an_agent_without_a_connection() {
    for database in databases().await {
        let mut service = Service::start().await;
        let company = company(database, &service).await;
        let maya = agent_at_home(&company, "Maya").await;
        reachable(&company.node, false).await;

        let browser = Browser::new(&service.address("maya"));
        company
            .node
            .subscribe_push(&maya, browser.subscription())
            .await
            .unwrap();
        let check = service.request().await;
        check.is_signed_by(
            &company.node.push_key(),
            &service.origin(),
            "https://chat.example.com",
            &company.clock,
        );
        assert_eq!(browser.open(&check.body)["kind"], "check");
        reachable(&company.node, true).await;

        // Each key opens one message: the browser subscribes anew.
        let browser = Browser::new(&service.address("maya"));
        company
            .node
            .subscribe_push(&maya, browser.subscription())
            .await
            .unwrap();
        service.request().await;
        // With other keys it has not worked yet; what was found a moment ago is still remembered.
        company.clock.advance(Duration::from_secs(1));
        reachable(&company.node, true).await;
        let mut visitor = company.visitor().await;
        let conversation = visitor
            .start(Some("Do you deliver to Porto?"))
            .await
            .unwrap();
        let pushed = service.request().await;
        assert_eq!(pushed.path, "/maya");
        assert_eq!(pushed.header("content-encoding"), "aes128gcm");
        assert_eq!(pushed.header("urgency"), "high");
        let kept: u64 = pushed.header("ttl").parse().unwrap();
        assert!((90..=100).contains(&kept), "{kept}");
        let told = browser.open(&pushed.body);
        assert_eq!(told["kind"], "offer");
        assert_eq!(told["conversation"], conversation.to_string());
        assert_eq!(told["title"], "New chat: Ada");
        assert_eq!(told["body"], "Do you deliver to Porto?");
        assert_eq!(told["url"], "/");

        // The inbox opens, and the chat is taken.
        let (_, who) = company
            .node
            .sign_in("maya@example.com", "correct horse", "")
            .await
            .unwrap();
        let mut agent = Agent::connect(&company.node, who, Cursor::default()).await;
        assert_eq!(agent.accept().await, conversation);
        visitor.state(ChatState::Active).await;
        service.nothing_more().await;
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connected_agent_is_called_when_the_last_tab_closes() {
    let mut service = Service::start().await;
    let company = company(databases().await.remove(0), &service).await;
    let maya = agent_at_home(&company, "Maya").await;
    let browser = Browser::new(&service.address("maya"));
    company
        .node
        .subscribe_push(&maya, browser.subscription())
        .await
        .unwrap();
    service.request().await;
    let (_, who) = company
        .node
        .sign_in("maya@example.com", "correct horse", "")
        .await
        .unwrap();
    let mut agent = Agent::connect(&company.node, who, Cursor::default()).await;
    company.visitor().await.start(None).await.unwrap();
    agent.offer().await;
    service.nothing_more().await;
    drop(agent);
    let pushed = service.request().await;
    assert_eq!(pushed.path, "/maya", "called after the tab closed");
    company.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_its_service_knows_no_more_is_forgotten() {
    for database in databases().await {
        let mut service = Service::start().await;
        let company = company(database, &service).await;
        let maya = agent_at_home(&company, "Maya").await;
        for browser in ["phone", "desk"] {
            let subscription = Browser::new(&service.address(browser)).subscription();
            company
                .node
                .subscribe_push(&maya, subscription)
                .await
                .unwrap();
            service.request().await;
        }
        reachable(&company.node, true).await;
        service.answer("phone", 410);
        let mut told = Vec::new();
        company.visitor().await.start(None).await.unwrap();
        for _ in 0..2 {
            told.push(service.request().await.path);
        }
        told.sort();
        assert_eq!(told, ["/desk", "/phone"]);

        // One that is gone is not tried again, and of the second offer the other alone is told.
        service.nothing_more().await;
        company.visitor().await.start(None).await.unwrap();
        assert_eq!(service.request().await.path, "/desk");
        service.nothing_more().await;
        service.answer("desk", 404);
        company.visitor().await.start(None).await.unwrap();
        assert_eq!(service.request().await.path, "/desk");
        reachable(&company.node, false).await;
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_service_did_not_take_is_tried_again() {
    let mut service = Service::start().await;
    let company = company(databases().await.remove(0), &service).await;
    let maya = agent_at_home(&company, "Maya").await;
    service.answer("maya", 503);
    service.answer("maya", 429);
    let browser = Browser::new(&service.address("maya"));
    company
        .node
        .subscribe_push(&maya, browser.subscription())
        .await
        .unwrap();
    for _ in 0..3 {
        service.request().await;
    }
    reachable(&company.node, true).await;
    // A day later it no longer counts as one that works.
    company.clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
    reachable(&company.node, false).await;

    // One that is refused for good counts no more, and is not tried again.
    service.answer("maya", 403);
    company
        .node
        .subscribe_push(&maya, browser.subscription())
        .await
        .unwrap();
    service.request().await;
    service.nothing_more().await;
    reachable(&company.node, false).await;
    company.node.stop().await;
}

/// Each offer is told once, whichever node it was made on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_calls() {
    let Some(database) = postgres().await else {
        return;
    };
    let mut service = Service::start().await;
    let company = company(database, &service).await;
    let settings = Settings {
        allow_outgoing: vec![service.host()],
        ..company.database.settings()
    };
    let other = Casella::start(settings, company.clock.clone())
        .await
        .unwrap();
    let maya = agent_at_home(&company, "Maya").await;
    let browser = Browser::new(&service.address("maya"));
    other
        .subscribe_push(&maya, browser.subscription())
        .await
        .unwrap();
    service.request().await;
    reachable(&company.node, true).await;
    company.visitor().await.start(None).await.unwrap();
    service.request().await;
    service.nothing_more().await;
    other.stop().await;
    company.node.stop().await;
}
