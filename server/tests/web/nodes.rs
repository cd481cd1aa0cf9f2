use domain::frame::{
    agent::{AgentCommand, AgentEvent},
    visitor::ChatState,
};
use sqlx::{Connection as _, PgConnection};

use crate::{agent::Agent, app::TestApp, visitor::Visitor};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_on_one_node_talks_with_an_agent_on_another() {
    let Some(one) = TestApp::on_postgres().await else {
        return;
    };
    let two = one.another_node().await;
    let mut maya = Agent::available(&two, "Maya").await;
    let mut visitor = Visitor::connect(&one).await;
    let conversation = visitor.ask("From afar").await;
    maya.accept(conversation).await;
    visitor.sees(ChatState::Active).await;
    maya.say(conversation, "I hear you").await.unwrap();
    let last = visitor.reads("I hear you").await;
    visitor.say(conversation, "And I you").await.unwrap();
    assert_eq!(maya.reads("And I you").await, last + 1);
    maya.command(AgentCommand::End { conversation })
        .await
        .unwrap();
    visitor.sees(ChatState::Ended).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_moves_to_another_node_in_the_middle_of_a_chat() {
    let Some(mut one) = TestApp::on_postgres().await else {
        return;
    };
    let two = one.another_node().await;
    let mut maya = Agent::available(&two, "Maya").await;
    let mut visitor = Visitor::connect(&one).await;
    let conversation = visitor.ask("Hello").await;
    maya.accept(conversation).await;
    one.stop().await;
    let mut moved = Visitor::resume(&two, visitor.token, Vec::new()).await;
    moved.say(conversation, "Here again").await.unwrap();
    maya.reads("Here again").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_one_node_for_another_is_never_absent() {
    let Some(one) = TestApp::on_postgres().await else {
        return;
    };
    let two = one.another_node().await;
    let mut maya = Agent::available(&two, "Maya").await;
    let mut visitor = Visitor::connect(&one).await;
    let conversation = visitor.ask("Hello").await;
    maya.accept(conversation).await;
    let mut moved = Visitor::resume(&two, visitor.token, Vec::new()).await;
    drop(visitor);
    let mut database = PgConnection::connect(&one.database_url).await.unwrap();
    let nodes = "SELECT COUNT(*) FROM presence p JOIN visitor v ON v.id = p.subject";
    let mut count = async || -> i64 {
        sqlx::query_scalar(nodes)
            .fetch_one(&mut database)
            .await
            .unwrap()
    };
    while count().await != 2 {}
    while count().await != 1 {}
    moved.say(conversation, "Here all the time").await.unwrap();
    let mut absent = false;
    let here = maya.until(|event| {
        absent |= matches!(
            event,
            AgentEvent::VisitorConnected {
                connected: false,
                ..
            }
        );
        let text = format!("{event:?}");
        absent |= text.contains("visitor_connected: false");
        text.contains("Here all the time").then_some(())
    });
    here.await;
    assert!(!absent);
}
