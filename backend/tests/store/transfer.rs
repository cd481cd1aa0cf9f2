//! Chats handed over by one agent to another.

use std::time::Duration;

use domain::{
    AgentId, ConversationId, Refusal,
    conversation::TRANSFER_NOTE_CHARS,
    frame::{
        agent::{AgentCommand, Answer, Change, Moved},
        visitor::VisitorCommand,
    },
    inbox::{Busy, Tab},
    message::{Body, SystemMessage},
};

use crate::{
    on_every_database,
    support::{Agent, Company, Visitor, postgres, words},
};

/// Maya chats with Ada; Jun is there as well.
async fn chat(company: &Company) -> (Agent, Agent, Visitor, ConversationId) {
    let mut maya = company.agent("Maya").await;
    let mut ada = company.visitor().await;
    let chat = ada.start(Some("Hi")).await.unwrap();
    maya.accept().await;
    let jun = company.agent("Jun").await;
    (maya, jun, ada, chat)
}

async fn hand_over(
    from: &mut Agent,
    conversation: ConversationId,
    to: AgentId,
    note: &str,
) -> Result<Answer, Refusal> {
    let note = note.to_owned();
    from.command(AgentCommand::Transfer {
        conversation,
        to,
        note,
    })
    .await
}

fn not_transferred(change: &Change) -> Option<(String, bool)> {
    match change {
        Change::NotTransferred { to, expired, .. } => Some((to.clone(), *expired)),
        _ => None,
    }
}

on_every_database! {
    async fn an_accepted_transfer_moves_the_whole_chat(company: Company) {
        let (mut maya, mut jun, mut ada, chat) = chat(&company).await;
        hand_over(&mut maya, chat, jun.who.agent.id, " Wants Malta ").await.unwrap();
        let offer = jun.offer().await;
        let hand_over = offer.transfer.unwrap();
        assert_eq!((&*hand_over.from, &*hand_over.note, &*offer.first_words), ("Maya", "Wants Malta", "Hi"));
        assert_eq!(maya.row(chat, |row| row.transfer_to.is_some()).await.transfer_to.as_deref(), Some("Jun"));
        // Until it is accepted it stays with the sender.
        assert!(company.node.open_conversation(&jun.who, chat).await.is_err());
        maya.write(chat, "A colleague takes over").await.unwrap();
        jun.accept().await;
        assert_eq!(ada.chat(|chat| chat.agent.as_ref().is_some_and(|agent| agent.name == "Jun")).await.id, chat);
        jun.seen(chat, 4).await;
        assert_eq!(words(&jun.messages(chat)), ["Hi", "A colleague takes over"]);
        let last = jun.messages(chat).pop().unwrap();
        assert!(matches!(last.body, Body::System(SystemMessage::Joined { name, .. }) if name == "Jun"));
        let moved = maya.change(|change| match change {
            Change::Moved { to, how, visitor, .. } => Some((to.clone(), *how, visitor.clone())),
            _ => None,
        }).await;
        assert_eq!(moved, ("Jun".to_owned(), Moved::Transferred, Some("Ada".to_owned())));
        assert!(maya.changes.contains(&Change::Lost(chat)));
        assert_eq!(maya.write(chat, "and").await, Err(Refusal::NotFound));
        jun.write(chat, "Hello").await.unwrap();
    }

    async fn a_declined_transfer_stays_with_the_sender(company: Company) {
        let (mut maya, mut jun, mut ada, chat) = chat(&company).await;
        hand_over(&mut maya, chat, jun.who.agent.id, "").await.unwrap();
        jun.offer().await;
        jun.command(AgentCommand::Decline { conversation: chat }).await.unwrap();
        jun.no_offer().await;
        assert_eq!(maya.change(not_transferred).await, ("Jun".to_owned(), false));
        maya.write(chat, "I am still here").await.unwrap();
        ada.seen(3).await;
        jun.settle().await;
        assert!(!jun.changes.iter().any(|change| matches!(change, Change::Row(_) | Change::Messages { .. })));
    }

    async fn an_expired_transfer_counts_as_missed(company: Company) {
        let (mut maya, mut jun, _ada, chat) = chat(&company).await;
        for _ in 0..2 {
            maya.changes.retain(|change| not_transferred(change).is_none());
            hand_over(&mut maya, chat, jun.who.agent.id, "").await.unwrap();
            jun.offer().await;
            company.clock.advance(Duration::from_secs(101));
            jun.no_offer().await;
            assert_eq!(maya.change(not_transferred).await, ("Jun".to_owned(), true));
        }
        jun.change(|change| match change {
            Change::Availability(availability) => availability.missed.then_some(()),
            _ => None,
        }).await;
        assert_eq!(hand_over(&mut maya, chat, jun.who.agent.id, "").await, Err(Refusal::NotNow));
    }

    async fn the_end_of_the_chat_cancels_its_transfer(company: Company) {
        let (mut maya, mut jun, mut ada, chat) = chat(&company).await;
        hand_over(&mut maya, chat, jun.who.agent.id, "").await.unwrap();
        jun.offer().await;
        ada.command(VisitorCommand::End { conversation: chat }).await.unwrap();
        jun.no_offer().await;
        assert_eq!(jun.command(AgentCommand::Accept { conversation: chat }).await, Err(Refusal::NoLongerWaiting));
    }

    async fn a_colleague_who_goes_away_declines(company: Company) {
        let (mut maya, mut jun, _ada, chat) = chat(&company).await;
        hand_over(&mut maya, chat, jun.who.agent.id, "").await.unwrap();
        jun.offer().await;
        jun.switch(false).await;
        assert_eq!(maya.change(not_transferred).await, ("Jun".to_owned(), false));
        jun.no_offer().await;
    }

    async fn only_who_could_be_offered_a_chat_can_be_asked(company: Company) {
        let (mut maya, mut jun, _ada, chat) = chat(&company).await;
        let ann = company.agent_away("Ann").await;
        let (own, other) = (maya.who.agent.id, jun.who.agent.id);
        assert_eq!(hand_over(&mut maya, chat, ann.who.agent.id, "").await, Err(Refusal::NotNow));
        assert_eq!(hand_over(&mut maya, chat, own, "").await, Err(Refusal::NotNow));
        assert_eq!(hand_over(&mut jun, chat, own, "").await, Err(Refusal::NotFound));
        assert_eq!(hand_over(&mut maya, chat, other, &"n".repeat(TRANSFER_NOTE_CHARS + 1)).await, Err(Refusal::TooLarge));
        let busy = async || -> Vec<_> {
            let colleagues = company.node.colleagues(&maya.who).await.unwrap();
            colleagues.into_iter().map(|colleague| (colleague.name, colleague.busy)).collect()
        };
        assert_eq!(busy().await, [("Ann".to_owned(), Some(Busy::Unavailable)), ("Jun".to_owned(), None)]);
        let limit = backend::AgentChanges { chat_limit: Some(1), ..Default::default() };
        company.node.set_agent(other, limit).await.unwrap();
        hand_over(&mut maya, chat, other, "").await.unwrap();
        // What is held out counts.
        let colleagues = company.node.colleagues(&maya.who).await.unwrap();
        assert_eq!(colleagues[1].busy, Some(Busy::Full));
        assert_eq!(hand_over(&mut maya, chat, other, "").await, Err(Refusal::NotNow));
    }

    async fn a_transfer_stands_through_a_restart(company: Company) {
        let (mut maya, jun, ada, chat) = chat(&company).await;
        hand_over(&mut maya, chat, jun.who.agent.id, "Later").await.unwrap();
        let (who, sender, token) = (jun.who.clone(), maya.who.clone(), ada.token);
        drop((maya, jun, ada));
        company.node.stop().await;
        company.clock.advance(Duration::from_secs(7_200));
        let node = company.another_node().await;
        let mut jun = Agent::connect(&node, who, Default::default()).await;
        let _ada = Visitor::connect(&node, token, Vec::new()).await;
        assert_eq!(jun.offer().await.transfer.unwrap().note, "Later");
        assert_eq!(jun.accept().await, chat);
        assert!(node.list(&sender, Tab::Active, None).await.unwrap().rows.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_to_another_node_is_accepted_there() {
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let other = company.another_node().await;
    let (mut maya, jun, mut ada, chat) = chat(&company).await;
    let mut jun = Agent::connect(&other, jun.who.clone(), jun.cursor.clone()).await;
    hand_over(&mut maya, chat, jun.who.agent.id, "")
        .await
        .unwrap();
    jun.accept().await;
    jun.write(chat, "From the other node").await.unwrap();
    ada.seen(4).await;
    maya.change(|change| matches!(change, Change::Moved { .. }).then_some(()))
        .await;
    assert_eq!(maya.write(chat, "mine?").await, Err(Refusal::NotFound));
}
