//! A client that comes back gets exactly what it missed, on this node or another.

use backend::{
    Closed,
    store::sql::{Bind, Statement},
};
use domain::{
    frame::{
        agent::{AgentCommand, Change},
        visitor::Known,
    },
    message::Message,
};

use crate::{
    on_every_database,
    support::{Agent, Company, Visitor, postgres, words},
};

fn numbers(messages: &[Message]) -> Vec<u32> {
    messages.iter().map(|message| message.seq).collect()
}

on_every_database! {
    async fn an_agent_who_missed_what_cannot_be_read_reads_everything_anew(company: Company) {
        static SPOIL: Statement = Statement::new("UPDATE event SET payload = $1");
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("one")).await.unwrap();
        maya.accept().await;
        maya.seen(chat, 2).await;
        let (who, cursor) = (maya.who.clone(), maya.cursor.clone());
        drop(maya);
        ada.write(chat, "two").await.unwrap();
        let mut connection = company.store().await.writer().await.unwrap();
        // A layout that is not known, an empty one, and one without a version that means nothing.
        for payload in [&[0xff, 1, 2][..], &[], &[0x7f, 0x7f]] {
            connection.execute(&SPOIL, &[Bind::Bytes(payload)]).await.unwrap();
            let maya = Agent::connect(&company.node, who.clone(), cursor.clone()).await;
            assert!(maya.resynchronised, "{payload:?}");
        }
    }

    async fn a_visitor_gets_what_came_meanwhile(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("one")).await.unwrap();
        maya.accept().await;
        ada.seen(2).await;
        let token = ada.token;
        drop(ada);
        maya.write(chat, "two").await.unwrap();
        maya.write(chat, "three").await.unwrap();
        let mut ada = Visitor::connect(&company.node, token, vec![Known { conversation: chat, last: 2 }]).await;
        ada.seen(2).await;
        maya.write(chat, "four").await.unwrap();
        ada.seen(3).await;
        assert_eq!(ada.words(), ["two", "three", "four"]);
    }

    async fn an_agent_gets_what_came_meanwhile(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("one")).await.unwrap();
        maya.accept().await;
        maya.seen(chat, 2).await;
        let (who, cursor) = (maya.who.clone(), maya.cursor.clone());
        drop(maya);
        ada.write(chat, "two").await.unwrap();
        ada.write(chat, "three").await.unwrap();
        let mut maya = Agent::connect(&company.node, who, cursor).await;
        maya.seen(chat, 2).await;
        ada.write(chat, "four").await.unwrap();
        maya.seen(chat, 3).await;
        assert!(!maya.resynchronised);
        assert_eq!(numbers(&maya.messages(chat)), [3, 4, 5]);
    }

    async fn an_agent_who_is_too_far_behind_resynchronises(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        let (who, cursor) = (maya.who.clone(), maya.cursor.clone());
        drop(maya);
        for n in 0..1_001 {
            ada.write(chat, &n.to_string()).await.unwrap();
        }
        let maya = Agent::connect(&company.node, who, cursor).await;
        assert!(maya.resynchronised && maya.changes.is_empty());
    }

    async fn a_restart_loses_nothing(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("one")).await.unwrap();
        maya.accept().await;
        maya.seen(chat, 2).await;
        let (who, cursor, token) = (maya.who.clone(), maya.cursor.clone(), ada.token);
        ada.write(chat, "two").await.unwrap();
        drop((maya, ada));
        company.node.stop().await;
        let node = company.another_node().await;
        let mut ada = Visitor::connect(&node, token, vec![Known { conversation: chat, last: 3 }]).await;
        ada.write(chat, "three").await.unwrap();
        let mut maya = Agent::connect(&node, who, cursor).await;
        maya.seen(chat, 2).await;
        assert_eq!(words(&maya.messages(chat)), ["two", "three"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitor_and_agent_on_two_nodes_see_one_order() {
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let other = company.another_node().await;
    let mut maya = company.agent("Maya").await;
    let mut ada = Visitor::connect(&other, [7; 32], Vec::new()).await;
    let chat = ada.start(Some("Hi")).await.unwrap();
    assert_eq!(maya.accept().await, chat);
    for n in 0..50 {
        let (hers, his) = (format!("ada {n}"), format!("maya {n}"));
        let (a, b) = tokio::join!(ada.write(chat, &hers), maya.write(chat, &his));
        a.unwrap();
        b.unwrap();
    }
    ada.seen(102).await;
    maya.seen(chat, 102).await;
    let seen: Vec<_> = ada
        .messages
        .iter()
        .map(|(_, message)| message.clone())
        .collect();
    assert_eq!(numbers(&seen), (1..=102).collect::<Vec<_>>());
    let told: Vec<_> = maya
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Messages { messages, .. } => Some(messages.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let since: Vec<_> = seen.iter().skip(1).cloned().collect();
    assert_eq!(
        told, since,
        "the agent was told each message once, in order, from the one that tells of her on"
    );
    maya.command(AgentCommand::End { conversation: chat })
        .await
        .unwrap();
    ada.seen(103).await;
}

/// Everybody at a node is sent away, to read what is stored, when another node of another release
/// tells what this one cannot read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_node_tells_and_nobody_can_read_makes_all_clients_connect_again() {
    static RUN: Statement =
        Statement::new("INSERT INTO run (started_at, heartbeat_at) VALUES ($1, $1) RETURNING id");
    static TELL: Statement =
        Statement::new("INSERT INTO event (run, n, at, payload) VALUES ($1, 1, $2, $3)");
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let mut maya = company.agent("Maya").await;
    let mut ada = company.visitor().await;
    let mut connection = company.store().await.writer().await.unwrap();
    let now = company.clock.now().0;
    let run = connection.row(&RUN, &[now.into()]).await.unwrap().unwrap();
    let run: i64 = run.get(0).unwrap();
    let binds = [run.into(), now.into(), Bind::Bytes(&[0xff, 0])];
    connection.execute(&TELL, &binds).await.unwrap();
    assert_eq!(maya.closed().await, Closed::Resume);
    assert_eq!(ada.closed().await, Closed::Resume);
    let cursor = maya.cursor.clone();
    assert!(
        Agent::connect(&company.node, maya.who.clone(), cursor)
            .await
            .resynchronised
    );
}
