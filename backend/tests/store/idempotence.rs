//! A command takes effect once, however often it is sent.

use domain::{
    Refusal,
    frame::{
        agent::AgentCommand,
        visitor::{Answer, VisitorCommand},
    },
    visitor::ProfileInput,
};

use crate::{on_every_database, support::Visitor};

on_every_database! {
    async fn a_repeated_message_gets_the_same_answer_and_stands_once(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        let (id, command) = (company.id(), VisitorCommand::Message { conversation: chat, text: "once".into() });
        let first = ada.send(id, command.clone()).await.unwrap();
        let mut other = Visitor::connect(&company.node, ada.token, Vec::new()).await;
        for _ in 0..5 {
            assert_eq!(ada.send(id, command.clone()).await.unwrap(), first);
            assert_eq!(other.send(id, command.clone()).await.unwrap(), first);
        }
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        assert_eq!(ada.send(id, command).await.unwrap(), first, "also after the end");
        let open = company.node.open_conversation(&maya.who, chat).await.unwrap();
        assert_eq!(crate::support::words(&open.messages), ["once"]);
    }

    async fn a_start_sent_by_two_tabs_at_once_starts_one_chat(company: Company) {
        let _maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let mut tab = Visitor::connect(&company.node, ada.token, Vec::new()).await;
        let id = company.id();
        let start = || VisitorCommand::Start { form: ProfileInput::default(), first_message: Some("Hi".into()), views: Vec::new() };
        let (one, two) = tokio::join!(ada.send(id, start()), tab.send(id, start()));
        assert_eq!(one, two);
        assert!(matches!(one, Ok(Answer::Started { .. })));
        ada.seen(1).await;
        tab.seen(1).await;
        assert_eq!(ada.words(), tab.words());
    }

    async fn a_repeated_accept_is_still_accepted(company: Company) {
        let mut maya = company.agent("Maya").await;
        company.visitor().await.start(None).await.unwrap();
        let conversation = maya.offer().await.conversation;
        let id = company.id();
        let first = maya.send(id, AgentCommand::Accept { conversation }).await;
        assert!(first.is_ok());
        assert_eq!(maya.send(id, AgentCommand::Accept { conversation }).await, first);
        let other = company.id();
        assert_eq!(maya.send(other, AgentCommand::Accept { conversation }).await, Err(Refusal::NoLongerWaiting));
    }

    async fn anothers_command_id_gets_no_answer(company: Company) {
        let _maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let id = company.id();
        let start = || VisitorCommand::Start { form: ProfileInput::default(), first_message: None, views: Vec::new() };
        ada.send(id, start()).await.unwrap();
        let mut eve = company.visitor().await;
        assert_eq!(eve.send(id, start()).await, Err(Refusal::Forbidden));
    }
}
