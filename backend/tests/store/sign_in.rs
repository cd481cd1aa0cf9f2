//! Signing in: what is tried costs and tells the same, guessing is slow, and sessions end.

use std::{sync::Arc, time::Duration};

use backend::{
    AgentChanges, Browser, Casella, Error, SessionToken, SignedIn, random,
    store::{Store, sql::Statement},
};
use domain::{Refusal, Timestamp, agent::Role, frame::visitor::VisitorCommand};
use tokio::sync::mpsc;

use crate::support::Company;

const PASSWORD: &str = "correct horse";
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn sign_in(
    node: &Casella,
    email: &str,
    password: &str,
) -> Result<(SessionToken, SignedIn), Error> {
    node.sign_in(email, password, "Test/1.0").await
}

/// What a wrong password is answered.
async fn refused(node: &Casella, email: &str) -> Refusal {
    let tried = sign_in(node, email, "wrong horse").await;
    tried.map(drop).unwrap_err().refusal()
}

/// Tries wrong passwords for an email, all at once, and says how many were refused unseen once all
/// others are looked at or wait. The ones that wait are given up.
async fn guess(node: &Arc<Casella>, email: &'static str, count: usize) -> usize {
    let (tell, mut told) = mpsc::unbounded_channel();
    let tries: Vec<_> = (0..count)
        .map(|_| {
            let (node, tell) = (Arc::clone(node), tell.clone());
            tokio::spawn(async move {
                let refusal = refused(&node, email).await;
                let _ = tell.send(refusal);
            })
        })
        .collect();
    let (mut wrong, mut unseen) = (0, 0);
    // Nine are taken, of which four wait.
    while wrong + unseen < count - 4 {
        match told.recv().await.unwrap() {
            Refusal::Forbidden => wrong += 1,
            Refusal::TooMany => unseen += 1,
            other => panic!("{other}"),
        }
    }
    tries.iter().for_each(tokio::task::JoinHandle::abort);
    unseen
}

/// Makes Bot an agent who has no password.
async fn forget_password(company: &Company) {
    static FORGET: Statement =
        Statement::new("UPDATE agent SET password_hash = '' WHERE email = 'bot@example.com'");
    let store = Store::open(&company.database.url).await.unwrap();
    let mut connection = store.writer().await.unwrap();
    assert_eq!(connection.execute(&FORGET, &[]).await.unwrap(), 1);
}

/// Waits until the node has noticed that it is later: until then its agents count as gone.
async fn noticed(company: &Company) {
    static BEATS: Statement = Statement::new("SELECT MAX(heartbeat_at) FROM run");
    let store = Store::open(&company.database.url).await.unwrap();
    let mut connection = store.reader().await.unwrap();
    let soon = async {
        loop {
            let row = connection.row(&BEATS, &[]).await.unwrap().unwrap();
            if company.clock.now().since(Timestamp(row.get(0).unwrap())) < Duration::from_secs(3) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), soon)
        .await
        .unwrap();
}

crate::on_every_database! {
    async fn a_sign_in_costs_one_hash_whoever_is_meant(company: Company) {
        company.add("Maya", Role::Agent).await;
        let jun = company.add("Jun", Role::Agent).await;
        let disabled = AgentChanges { disabled: Some(true), ..Default::default() };
        company.node.set_agent(jun, disabled).await.unwrap();
        company.add("Bot", Role::Agent).await;
        forget_password(&company).await;
        let mut all = Vec::new();
        for email in ["maya@example.com", "nobody@example.com", "jun@example.com", "bot@example.com", "no email", ""] {
            let before = company.node.passwords_hashed();
            let refusal = refused(&company.node, email).await;
            all.push((company.node.passwords_hashed() - before, refusal));
        }
        assert_eq!(all, [(1, Refusal::Forbidden); 6]);
    }

    async fn whoever_guesses_is_slowed_on_every_node_and_who_was_there_before_is_not(company: Company) {
        company.add("Maya", Role::Agent).await;
        let (_, who) = sign_in(&company.node, "maya@example.com", PASSWORD).await.unwrap();
        let known = company.node.know_browser(&who, None);

        assert_eq!(guess(&company.node, "maya@example.com", 20).await, 11);
        // Nothing tells whether there is such an agent.
        assert_eq!(guess(&company.node, "nobody@example.com", 20).await, 11);

        let mut nodes = vec![Arc::clone(&company.node)];
        if company.database.url.starts_with("postgres") {
            nodes.push(company.another_node().await);
        }
        for node in nodes {
            // Not even the right one is looked at, by whichever node it is asked.
            let stranger = sign_in(&node, "MAYA@example.com", PASSWORD).await.map(drop);
            assert_eq!(stranger.unwrap_err().refusal(), Refusal::TooMany);
            let browser = Browser { known: Some(&known), ..Browser::default() };
            let began = tokio::time::Instant::now();
            node.sign_in("maya@example.com", PASSWORD, browser).await.unwrap();
            assert!(began.elapsed() < Duration::from_secs(20), "it was not made to wait");
            // The browser of somebody else is a stranger's.
            let jun = node.know_browser(&SignedIn { agent: domain::agent::Agent { id: domain::AgentId::new(company.clock.now(), random()), ..who.agent.clone() }, session: who.session }, None);
            let browser = Browser { known: Some(&jun), ..Browser::default() };
            assert_eq!(node.sign_in("maya@example.com", PASSWORD, browser).await.map(drop).unwrap_err().refusal(), Refusal::TooMany);
        }
        // In an hour it is forgotten.
        company.clock.advance(2 * HOUR);
        sign_in(&company.node, "maya@example.com", PASSWORD).await.unwrap();
    }

    async fn a_session_ends_after_90_days_but_not_in_the_middle_of_a_chat(company: Company) {
        company.set_site(|settings| settings.inactivity_seconds = 86_400).await;
        company.add("Maya", Role::Agent).await;
        company.add("Jun", Role::Agent).await;
        let (of_maya, _) = sign_in(&company.node, "maya@example.com", PASSWORD).await.unwrap();
        let (of_jun, _) = sign_in(&company.node, "jun@example.com", PASSWORD).await.unwrap();
        let (idle, _) = sign_in(&company.node, "jun@example.com", PASSWORD).await.unwrap();
        let lasts = async |token: &SessionToken| company.node.session(token).await.unwrap().is_some();
        for _ in 0..4 {
            company.clock.advance(22 * DAY);
            assert!(lasts(&of_maya).await && lasts(&of_jun).await);
        }
        assert!(!lasts(&idle).await, "unused for 30 days");
        company.clock.advance(2 * DAY - HOUR);
        noticed(&company).await;
        let mut maya = company.sign_in(&company.node, "Maya").await;
        maya.switch(true).await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        assert!(lasts(&of_maya).await && lasts(&of_jun).await);
        company.clock.advance(2 * HOUR);
        assert!(lasts(&of_maya).await, "a chat is active");
        assert!(!lasts(&of_jun).await);
        ada.command(VisitorCommand::End { conversation: chat }).await.unwrap();
        assert!(!lasts(&of_maya).await, "the chat is over");
        assert!(company.node.settings(&maya.who).await.unwrap().devices.len() == 1);
    }

    async fn a_chat_that_goes_on_and_on_does_not_keep_a_session_for_ever(company: Company) {
        company.set_site(|settings| settings.inactivity_seconds = 86_400).await;
        company.add("Maya", Role::Agent).await;
        let (token, _) = sign_in(&company.node, "maya@example.com", PASSWORD).await.unwrap();
        for days in [29, 29, 29, 2] {
            company.clock.advance(days * DAY);
            company.node.session(&token).await.unwrap().unwrap();
        }
        company.clock.advance(23 * HOUR);
        noticed(&company).await;
        let mut maya = company.sign_in(&company.node, "Maya").await;
        maya.switch(true).await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        company.clock.advance(20 * HOUR);
        ada.write(chat, "Still there?").await.unwrap();
        assert!(company.node.session(&token).await.unwrap().is_some());
        company.clock.advance(6 * HOUR);
        assert!(company.node.session(&token).await.unwrap().is_none());
        let head = company.head(chat).await;
        assert!(head.is_open(), "the chat goes on, in a session of its own");
    }
}
