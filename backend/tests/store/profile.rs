//! What is known of a visitor, who set it, and what both sides think of a chat.

use domain::{
    ConversationId, Refusal,
    activity::{Rating, Score},
    agent::Role,
    frame::{
        agent::{AgentCommand, Change},
        visitor::{Answer, VisitorCommand},
    },
    visitor::{ProfileEdit, ProfileInput, Visitor as Known},
};

use crate::{
    on_every_database,
    support::{Agent, Company},
};

fn edit(conversation: ConversationId, name: Option<&str>, email: Option<&str>) -> AgentCommand {
    let edit = ProfileEdit {
        name: name.map(str::to_owned),
        email: email.map(str::to_owned),
        ..ProfileEdit::default()
    };
    AgentCommand::EditVisitor { conversation, edit }
}

fn typed(name: &str, email: &str) -> ProfileInput {
    ProfileInput {
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        ..ProfileInput::default()
    }
}

async fn known(company: &Company, agent: &Agent, chat: ConversationId) -> Known {
    let open = company.node.open_conversation(&agent.who, chat).await;
    open.unwrap().visitor
}

on_every_database! {
    async fn what_an_agent_sets_is_seen_by_all_and_stays(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let mut jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let chat = ada.start_as(Some("ada@gmial.example"), Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.command(edit(chat, Some("Ada Lovelace"), None)).await.unwrap();
        for agent in [&mut maya, &mut sue] {
            agent.change(|change| match change {
                Change::Visitor { conversation, visitor } => {
                    (*conversation == chat && visitor.label() == Some("Ada Lovelace")).then_some(())
                }
                _ => None,
            }).await;
            agent.row(chat, |row| row.visitor.as_deref() == Some("Ada Lovelace")).await;
        }
        jun.settle().await;
        assert!(!jun.heard_of(chat));

        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        let again = VisitorCommand::Start {
            form: typed("Eve", "ada@gmail.example"),
            first_message: None,
            views: Vec::new(),
        };
        let Answer::Started { conversation } = ada.command(again).await.unwrap() else { panic!() };
        maya.accept().await;
        let profile = known(&company, &maya, conversation).await.profile;
        assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"), "an agent set it");
        assert_eq!(profile.email.as_deref(), Some("ada@gmail.example"), "mistyped before");
    }

    async fn an_edit_that_is_refused_changes_nothing(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        let refused = maya.command(edit(chat, Some("Eve"), Some("nobody"))).await;
        assert_eq!(refused, Err(Refusal::Malformed));
        let long = "x".repeat(201);
        assert_eq!(maya.command(edit(chat, Some(&long), None)).await, Err(Refusal::TooLarge));
        assert_eq!(jun.command(edit(chat, Some("Eve"), None)).await, Err(Refusal::NotFound));
        assert_eq!(known(&company, &maya, chat).await.label(), Some("Ada"));
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        assert_eq!(maya.command(edit(chat, Some("Eve"), None)).await, Err(Refusal::Ended));
    }

    async fn a_script_fills_only_what_is_empty_and_nobody_emptied(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.command(edit(chat, Some(""), None)).await.unwrap();
        let wrong = ProfileInput { phone: Some("17".into()), ..typed("Script", "n/a") };
        ada.command(VisitorCommand::Identify { profile: wrong }).await.unwrap();
        let profile = known(&company, &maya, chat).await.profile;
        assert_eq!(profile.phone.as_deref(), Some("17"), "what is right is taken");
        assert_eq!(profile.email, None);
        let says = VisitorCommand::Identify { profile: typed("Script", "script@example.com") };
        ada.command(says).await.unwrap();
        let profile = known(&company, &maya, chat).await.profile;
        assert_eq!(profile.name, None);
        assert_eq!(profile.email.as_deref(), Some("script@example.com"));
    }

    async fn attributes_and_the_zone_stand_in_the_panel(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        let set = |name: &str, value: &str| VisitorCommand::SetAttributes {
            attributes: vec![(name.to_owned(), value.to_owned())],
        };
        ada.command(set("Plan", "Free")).await.unwrap();
        let wrong = [("Plan", "x".repeat(201)), ("", "1".into()), ("Company", String::new()), ("Seats", "3".into())];
        let attributes = wrong.map(|(name, value)| (name.to_owned(), value)).to_vec();
        ada.command(set("Plan", "Gold")).await.unwrap();
        let answer = ada.command(VisitorCommand::SetAttributes { attributes }).await;
        assert_eq!(answer, Ok(Answer::Done), "what is right is taken, the rest left out");
        let visitor = maya.change(|change| match change {
            Change::Visitor { visitor, .. } if visitor.attributes.len() == 2 => Some(visitor.clone()),
            _ => None,
        }).await;
        let shown: Vec<_> = visitor.attributes.iter().map(|one| (&*one.name, &*one.value)).collect();
        assert_eq!(shown, [("Plan", "Gold"), ("Seats", "3")]);
        assert_eq!(visitor.zone, "Europe/Rome");
        assert_eq!(known(&company, &maya, chat).await, visitor);
        let stranger = company.visitor().await.command(set("Plan", "Free")).await;
        assert_eq!(stranger, Ok(Answer::Done), "and nothing is stored");
    }

    async fn a_score_is_frozen_at_the_end_and_a_rating_is_given_once_after_it(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        let score = |number: Option<u8>| AgentCommand::SetScore {
            conversation: chat,
            score: number.map(|number| Score::try_from(number).unwrap()),
        };
        let rate = |number: u8| VisitorCommand::Rate {
            conversation: chat,
            rating: Rating::try_from(number).unwrap(),
            comment: " ".into(),
        };
        maya.command(score(Some(3))).await.unwrap();
        maya.command(score(None)).await.unwrap();
        maya.command(score(Some(2))).await.unwrap();
        assert_eq!(ada.command(rate(5)).await, Err(Refusal::NotNow));
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        assert_eq!(maya.command(score(Some(0))).await, Err(Refusal::Ended));
        let mut eve = company.visitor().await;
        assert_eq!(eve.command(rate(1)).await, Err(Refusal::NotFound));
        let id = company.id();
        assert_eq!(ada.send(id, rate(4)).await, Ok(Answer::Done));
        assert_eq!(ada.send(id, rate(4)).await, Ok(Answer::Done), "repeated");
        assert_eq!(ada.command(rate(1)).await, Err(Refusal::NotNow));
        let row = maya.row(chat, |row| row.rating.is_some()).await;
        assert_eq!((row.score.map(Score::number), row.rating.map(Rating::number)), (Some(2), Some(4)));
        ada.chat(|chat| chat.rating.map(Rating::number) == Some(4)).await;
    }
}
