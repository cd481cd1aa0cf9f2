//! A conversation from request to end.

use domain::{
    Refusal,
    frame::{
        agent::AgentCommand,
        visitor::{ChatState, VisitorCommand},
    },
    message::{Body, EndedBy, SystemMessage},
};

use crate::on_every_database;

on_every_database! {
    async fn a_visitor_is_accepted_talks_and_the_agent_ends(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Do you ship to Malta?")).await.unwrap();
        let offer = maya.offer().await;
        assert_eq!((offer.visitor.as_deref(), &*offer.page, &*offer.first_words), (Some("Ada"), "Pricing", "Do you ship to Malta?"));
        assert_eq!(maya.accept().await, chat);
        maya.write(chat, "We do.").await.unwrap();
        ada.seen(3).await;
        ada.write(chat, "Lovely").await.unwrap();
        maya.seen(chat, 4).await;
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        ada.seen(5).await;
        maya.seen(chat, 5).await;
        assert_eq!(ada.words(), ["Do you ship to Malta?", "We do.", "Lovely"]);
        let seen: Vec<_> = ada.messages.iter().map(|(_, message)| message.clone()).collect();
        assert_eq!(seen, maya.messages(chat));
        assert_eq!(seen.iter().map(|message| message.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!(matches!(&seen[4].body, Body::System(SystemMessage::Ended(EndedBy::Agent { name, .. })) if name == "Maya"));
        assert_eq!(ada.write(chat, "one more").await, Err(Refusal::Ended));
        assert_eq!(maya.write(chat, "one more").await, Err(Refusal::Ended));
    }

    async fn nobody_there_is_fallback_and_a_new_chat_ends_it(company: Company) {
        let mut ada = company.visitor().await;
        let first = ada.start(None).await.unwrap();
        ada.state(ChatState::Fallback).await;
        let second = ada.start(None).await.unwrap();
        assert_ne!(first, second);
        assert_eq!(ada.state(ChatState::Ended).await.id, first);
    }

    async fn a_declined_offer_goes_to_the_second_agent_and_then_falls_back(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent("Jun").await;
        let mut ada = company.visitor().await;
        ada.start(Some("Hi")).await.unwrap();
        let conversation = maya.offer().await.conversation;
        maya.command(AgentCommand::Decline { conversation }).await.unwrap();
        maya.no_offer().await;
        assert_eq!(jun.offer().await.conversation, conversation);
        assert_eq!(maya.command(AgentCommand::Accept { conversation }).await, Err(Refusal::NoLongerWaiting));
        jun.command(AgentCommand::Decline { conversation }).await.unwrap();
        ada.state(ChatState::Fallback).await;
    }

    async fn turns_go_round(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent("Jun").await;
        for _ in 0..2 {
            company.visitor().await.start(None).await.unwrap();
            company.visitor().await.start(None).await.unwrap();
            maya.accept().await;
            jun.accept().await;
        }
    }

    async fn of_two_tabs_that_accept_one_has_it_once(company: Company) {
        let mut tab = company.agent("Maya").await;
        let mut other = crate::support::Agent::connect(&company.node, tab.who.clone(), Default::default()).await;
        company.visitor().await.start(None).await.unwrap();
        let conversation = tab.offer().await.conversation;
        other.offer().await;
        let (first, second) = tokio::join!(
            tab.command(AgentCommand::Accept { conversation }),
            other.command(AgentCommand::Accept { conversation }),
        );
        assert_eq!([first, second].into_iter().filter(Result::is_ok).count(), 1);
        tab.no_offer().await;
        other.no_offer().await;
    }

    async fn a_second_chat_while_one_is_open_is_refused(company: Company) {
        let _maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        assert_eq!(ada.start(None).await, Err(Refusal::AlreadyOpen));
    }

    async fn somebody_elses_conversation_does_not_exist(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let mut eve = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        let mut jun = company.agent_away("Jun").await;
        assert_eq!(eve.write(chat, "hm").await, Err(Refusal::NotFound));
        assert_eq!(eve.command(VisitorCommand::End { conversation: chat }).await, Err(Refusal::NotFound));
        assert_eq!(jun.write(chat, "hm").await, Err(Refusal::NotFound));
        assert_eq!(jun.command(AgentCommand::End { conversation: chat }).await, Err(Refusal::NotFound));
        assert!(company.node.open_conversation(&jun.who, chat).await.is_err());
    }

    async fn what_is_written_while_waiting_is_kept_in_order(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("one")).await.unwrap();
        ada.write(chat, "two").await.unwrap();
        ada.write(chat, "three").await.unwrap();
        while maya.offer().await.first_words != "one two three" {
            maya.until(|_| Some(())).await;
        }
        maya.accept().await;
        maya.seen(chat, 4).await;
        assert_eq!(crate::support::words(&maya.messages(chat)), ["one", "two", "three"]);
    }

    async fn an_agent_who_switches_off_passes_the_offer_on(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        maya.offer().await;
        maya.command(AgentCommand::SetAvailable { available: false }).await.unwrap();
        maya.no_offer().await;
        ada.state(ChatState::Fallback).await;
    }

    async fn text_of_16_kb_is_taken_and_one_byte_more_refused(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        assert!(ada.write(chat, &"a".repeat(16_384)).await.is_ok());
        assert_eq!(ada.write(chat, &"a".repeat(16_385)).await, Err(Refusal::TooLarge));
        assert_eq!(ada.write(chat, " \n ").await, Err(Refusal::Empty));
        for text in ["<b>x</b>", "\u{202e}abc", "'; DROP TABLE message; --", "👩‍👩‍👧 \u{1F1EE}\u{1F1F9}", "{id $1} {for update}", "\"\\u0000\""] {
            ada.write(chat, text).await.unwrap();
        }
        let open = company.node.open_conversation(&maya.who, chat).await.unwrap();
        let words = crate::support::words(&open.messages);
        assert_eq!(words.last().map(String::as_str), Some("\"\\u0000\""));
        assert_eq!(words.len(), 7);
    }
}
