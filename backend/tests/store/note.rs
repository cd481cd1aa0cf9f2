//! Private notes: for agents alone.

use domain::{
    ConversationId, Language, Refusal,
    agent::Role,
    frame::{
        agent::{AgentCommand, Answer, Change},
        visitor::{Known, VisitorCommand, VisitorEvent},
    },
    message::Note,
    visitor::Page,
};

use crate::{
    on_every_database,
    support::{Agent, Visitor, here},
};

const SECRET: &str = "she asked the same last week";

async fn note(
    agent: &mut Agent,
    conversation: ConversationId,
    text: &str,
) -> Result<Note, Refusal> {
    let text = text.to_owned();
    let note = AgentCommand::Note { conversation, text };
    agent.command(note).await.map(|answer| match answer {
        Answer::Note(note) => note,
        other => panic!("{other:?}"),
    })
}

/// Everything that a visitor is told until a message with these words, as text.
async fn told_until(visitor: &mut Visitor, words: &str) -> Vec<String> {
    let mut told = Vec::new();
    visitor
        .until(|event| {
            told.push(format!("{event:?}"));
            match event {
                VisitorEvent::Chat { messages, .. } => crate::support::words(messages)
                    .contains(&words.to_owned())
                    .then_some(()),
                _ => None,
            }
        })
        .await;
    told
}

on_every_database! {
    async fn a_note_never_reaches_the_visitor(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.write(chat, "Hello").await.unwrap();
        told_until(&mut ada, "Hello").await;
        let before = ada.chat(|known| known.id == chat).await;
        for _ in 0..3 {
            note(&mut maya, chat, SECRET).await.unwrap();
        }
        maya.write(chat, "Back again").await.unwrap();
        let told = told_until(&mut ada, "Back again").await;
        assert_eq!(told.len(), 1, "{told:?}");
        let after = ada.chat(|known| known.last == 4).await;
        assert_eq!((after.version, after.unread), (before.version + 1, before.unread + 1));

        let known = vec![Known { conversation: chat, last: 0 }];
        let mut again = Visitor::connect(&company.node, ada.token, known).await;
        let backlog = told_until(&mut again, "Back again").await;
        assert!(!backlog.iter().any(|event| event.contains("same last week")), "{backlog:?}");
        let site = "demo".parse().unwrap();
        let unread = company.node.visit(&site, &ada.token, None, Page::default(), here()).await.unwrap();
        assert_eq!(unread, 2);

        ada.command(VisitorCommand::End { conversation: chat }).await.unwrap();
        let file = company.node.transcript(&maya.who, chat, "UTC", Language::English).await.unwrap().whole().await.unwrap();
        assert!(file.contains("Back again") && !file.contains("same last week"), "{file}");
        let whole = company.node.messages(&maya.who, chat).await.unwrap();
        assert!(!format!("{whole:?}").contains("same last week"));
        let open = company.node.open_conversation(&maya.who, chat).await.unwrap();
        assert_eq!(open.notes.len(), 3, "the agents keep them");
        assert!(!format!("{:?}", open.messages).contains("same last week"));
    }

    async fn notes_have_numbers_of_their_own_and_stand_once(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        let (id, command) = (company.id(), AgentCommand::Note { conversation: chat, text: "one".into() });
        let first = maya.send(id, command.clone()).await.unwrap();
        ada.write(chat, "And?").await.unwrap();
        assert_eq!(maya.send(id, command.clone()).await.unwrap(), first);
        let second = note(&mut maya, chat, "two").await.unwrap();
        let Answer::Note(first) = first else { panic!("{first:?}") };
        assert_eq!((first.n, first.after, second.n, second.after), (1, 2, 2, 3));
        assert_eq!((first.name.as_str(), first.text.as_str()), ("Maya", "one"));
        assert_eq!(note(&mut maya, chat, " ").await, Err(Refusal::Empty));
        let mut jun = company.agent_away("Jun").await;
        assert_eq!(note(&mut jun, chat, "mine").await, Err(Refusal::NotFound));
        assert_eq!(jun.send(id, command.clone()).await, Err(Refusal::Forbidden));
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        assert_eq!(note(&mut maya, chat, "three").await, Err(Refusal::Ended));
        assert_eq!(maya.send(id, command).await.unwrap(), Answer::Note(first), "also after the end");
    }

    async fn who_may_read_the_chat_reads_its_notes(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let mut jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        let written = note(&mut maya, chat, SECRET).await.unwrap();
        for agent in [&mut maya, &mut sue] {
            let told = agent.change(|change| match change {
                Change::Notes { conversation, notes } if *conversation == chat => Some(notes.clone()),
                _ => None,
            }).await;
            assert_eq!(told, std::slice::from_ref(&written));
        }
        jun.settle().await;
        assert!(!jun.heard_of(chat));
        sue.command(AgentCommand::TakeOver { conversation: chat }).await.unwrap();
        note(&mut sue, chat, "mine now").await.unwrap();
        let open = company.node.open_conversation(&sue.who, chat).await.unwrap();
        let by: Vec<_> = open.notes.iter().map(|note| (note.n, note.name.as_str())).collect();
        assert_eq!(by, [(1, "Maya"), (2, "Sue")]);
    }

    async fn a_note_does_not_wind_the_clock(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        company.clock.advance(std::time::Duration::from_secs(8 * 60));
        note(&mut maya, chat, SECRET).await.unwrap();
        company.clock.advance(std::time::Duration::from_secs(70));
        let warned = ada.chat(|known| known.closes_at.is_some()).await;
        assert_eq!(warned.id, chat);
    }
}
