//! Lists, conversations and sessions as the inbox reads them.

use domain::{
    Refusal,
    frame::agent::AgentCommand,
    inbox::{LIST_ROWS, Tab},
};

use crate::on_every_database;

on_every_database! {
    async fn active_holds_own_chats_and_all_also_everyones_ended_ones(company: Company) {
        let mut maya = company.agent("Maya").await;
        let jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        let own = maya.who.clone();
        let rows = async |who, tab| company.node.list(who, tab, None).await.unwrap().rows;
        assert_eq!(rows(&own, Tab::Active).await.len(), 1);
        assert!(rows(&jun.who, Tab::All).await.is_empty());
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        assert!(rows(&own, Tab::Active).await.is_empty());
        let ended = rows(&jun.who, Tab::All).await;
        assert_eq!((ended.len(), ended[0].own, ended[0].agent.as_str()), (1, false, "Maya"));
        assert_eq!(company.node.open_conversation(&jun.who, chat).await.unwrap().messages.len(), 3);
    }

    async fn pages_go_by_key_and_miss_nothing(company: Company) {
        let mut maya = company.agent("Maya").await;
        let count = LIST_ROWS + 7;
        for _ in 0..count {
            let mut ada = company.visitor().await;
            let conversation = ada.start(None).await.unwrap();
            maya.accept().await;
            maya.command(AgentCommand::End { conversation }).await.unwrap();
        }
        let first = company.node.list(&maya.who, Tab::All, None).await.unwrap();
        let second = company.node.list(&maya.who, Tab::All, first.next).await.unwrap();
        assert_eq!((first.rows.len(), second.rows.len(), second.next), (LIST_ROWS, 7, None));
        let mut all: Vec<_> = first.rows.iter().chain(&second.rows).map(|row| (row.activity_at, row.id)).collect();
        assert!(all.windows(2).all(|pair| pair[0] > pair[1]));
        all.dedup();
        assert_eq!(all.len(), count);
    }

    async fn unread_counts_follow_the_marks(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("one")).await.unwrap();
        maya.accept().await;
        ada.write(chat, "two").await.unwrap();
        ada.write(chat, "three").await.unwrap();
        let unread = async || company.node.list(&maya.who, Tab::Active, None).await.unwrap().rows[0].unread;
        assert_eq!(unread().await, 3);
        maya.connection.request(domain::frame::agent::AgentRequest::Read { conversation: chat, up_to: 3 });
        ada.until(|event| match event {
            domain::frame::visitor::VisitorEvent::Chat { chat, .. } if chat.agent_read == 3 => Some(()),
            _ => None,
        }).await;
        let unread = company.node.list(&maya.who, Tab::Active, None).await.unwrap().rows[0].unread;
        assert_eq!(unread, 1);
    }

    async fn a_session_ends_with_signing_out_and_with_being_disabled(company: Company) {
        let maya = company.agent_away("Maya").await;
        let (token, who) = company.node.sign_in("MAYA@example.com", "correct horse", "Test/1.0").await.unwrap();
        assert_eq!(company.node.session(&token).await.unwrap().map(|who| who.agent.id), Some(maya.who.agent.id));
        company.node.sign_out(&who).await.unwrap();
        assert_eq!(company.node.session(&token).await.unwrap(), None);
        let wrong = company.node.sign_in("maya@example.com", "wrong", "Test/1.0").await.map(drop);
        assert_eq!(wrong.unwrap_err().refusal(), Refusal::Forbidden);
        let (token, who) = company.node.sign_in("maya@example.com", "correct horse", "Test/1.0").await.unwrap();
        let disabled = backend::AgentChanges { disabled: Some(true), ..Default::default() };
        company.node.set_agent(who.agent.id, disabled).await.unwrap();
        assert_eq!(company.node.session(&token).await.unwrap(), None);
        assert!(company.node.sign_in("maya@example.com", "correct horse", "Test/1.0").await.is_err());
    }

    async fn the_first_admin_is_made_once(company: Company) {
        let code = company.node.setup_code().await.unwrap().unwrap();
        let make = async || {
            company.node.create_first_admin(&code, "Ann".to_owned().try_into().unwrap(), "ann@example.com".to_owned().try_into().unwrap(), "correct horse", "Test/1.0").await
        };
        assert!(make().await.is_ok());
        assert_eq!(make().await.map(drop).unwrap_err().refusal(), Refusal::Forbidden);
    }

    async fn a_transcript_is_given_after_the_end_alone(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        let file = async || company.node.transcript(&maya.who, chat, "Europe/Rome", domain::Language::Italian).await;
        assert_eq!(file().await.map(drop).unwrap_err().refusal(), Refusal::NotNow);
        ada.command(domain::frame::visitor::VisitorCommand::End { conversation: chat }).await.unwrap();
        let file = company.node.transcript(&maya.who, chat, "Europe/Rome", domain::Language::Italian).await.unwrap().whole().await.unwrap();
        assert!(file.starts_with("Chat con Ada\nOrari in UTC+0"), "{file}");
        assert!(file.contains("Ada: Hi\n") && file.ends_with("* Chat terminata dal visitatore *\n"), "{file}");
    }
}
