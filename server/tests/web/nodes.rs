use domain::frame::{agent::AgentCommand, visitor::ChatState};

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
