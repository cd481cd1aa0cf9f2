//! A command takes effect once, however often it is sent.

use backend::store::sql::{Bind, Statement};
use domain::{
    Refusal,
    frame::{
        agent::AgentCommand,
        visitor::{Answer, ChatState, VisitorCommand},
    },
    visitor::ProfileInput,
};

use futures::future::join_all;

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

    async fn what_brings_a_message_with_an_id_that_a_message_has_is_refused_and_changes_nothing(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        let (of_ada, of_maya) = (company.id(), company.id());
        ada.send(of_ada, VisitorCommand::Message { conversation: chat, text: "mine".into() }).await.unwrap();
        maya.send(of_maya, AgentCommand::Message { conversation: chat, text: "hers".into() }).await.unwrap();
        ada.command(VisitorCommand::End { conversation: chat }).await.unwrap();
        for id in [of_ada, of_maya] {
            let start = VisitorCommand::Start {
                form: ProfileInput::default(),
                first_message: Some("again".into()),
                views: Vec::new(),
            };
            assert_eq!(ada.send(id, start).await, Err(Refusal::Forbidden));
            let leave = VisitorCommand::Leave {
                conversation: None,
                form: ProfileInput::default(),
                text: "again".into(),
                views: Vec::new(),
            };
            assert_eq!(ada.send(id, leave).await, Err(Refusal::Forbidden));
            let message = VisitorCommand::Message { conversation: chat, text: "again".into() };
            assert!(ada.send(id, message).await.is_ok() == (id == of_ada));
        }
        assert!(ada.chats.iter().all(|chat| chat.state == ChatState::Ended), "{:?}", ada.chats);
        let next = ada.start(Some("a new one")).await.unwrap();
        maya.accept().await;
        for id in [of_ada, of_maya] {
            let message = AgentCommand::Message { conversation: next, text: "again".into() };
            assert_eq!(maya.send(id, message).await, Err(Refusal::Forbidden));
            let note = AgentCommand::Note { conversation: next, text: "again".into() };
            assert!(maya.send(id, note).await.is_ok(), "a note is no message");
        }
    }

    async fn an_id_that_is_used_twice_in_one_commit_is_refused_the_second_time(company: Company) {
        let _maya = company.agent("Maya").await;
        let id = company.id();
        let mut visitors = Vec::new();
        for _ in 0..8 {
            visitors.push(company.visitor().await);
        }
        let leave = || VisitorCommand::Leave {
            conversation: None,
            form: ProfileInput::default(),
            text: "Hello".into(),
            views: Vec::new(),
        };
        let answers = join_all(visitors.iter_mut().map(|visitor| visitor.send(id, leave()))).await;
        let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(taken.len(), 1, "{refused:?}");
        assert!(refused.iter().all(|answer| *answer == Err(Refusal::Forbidden)), "{refused:?}");
    }

    async fn a_kept_answer_that_cannot_be_read_ends_the_repeating(company: Company) {
        static SPOIL: Statement = Statement::new("UPDATE command SET answer = $1");
        let _maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let id = company.id();
        let start = || VisitorCommand::Start { form: ProfileInput::default(), first_message: None, views: Vec::new() };
        let first = ada.send(id, start()).await;
        let mut connection = company.store().await.writer().await.unwrap();
        // As the release before wrote it: without a version.
        let Ok(Answer::Started { conversation }) = first.clone() else { panic!("{first:?}") };
        let before = [&[0, 16][..], conversation.0.as_bytes()].concat();
        connection.execute(&SPOIL, &[Bind::Bytes(&before)]).await.unwrap();
        assert_eq!(ada.send(id, start()).await, first);
        for answer in [&[0xff, 1][..], &[]] {
            connection.execute(&SPOIL, &[Bind::Bytes(answer)]).await.unwrap();
            assert_eq!(ada.send(id, start()).await, Err(Refusal::NotNow));
        }
    }
}
