//! Text with what a database cannot hold: it is answered as any other, and nothing fails.

use backend::{
    Error,
    store::sql::{Bind, Statement},
};
use domain::{
    Refusal,
    frame::agent::{AgentCommand, Change},
    frame::visitor::{VisitorCommand, VisitorHello},
    site::SiteKey,
    visitor::{Page, ProfileInput},
};

use crate::{
    on_every_database,
    support::{Visitor, here},
};

on_every_database! {
    async fn a_nul_reaches_no_database_whatever_it_is_bound_to(company: Company) {
        static ONE: Statement = Statement::new("SELECT $1, $2");
        static MANY: Statement = Statement::new(
            "INSERT INTO saved_reply (id, shortcut, body) {columns id text text}",
        );
        static READ: Statement = Statement::new("SELECT body FROM saved_reply WHERE shortcut = $1");
        let mut connection = company.store().await.writer().await.unwrap();
        let row = connection.row(&ONE, &[Bind::Text("a\0b"), Bind::OptText(Some("\0"))]).await.unwrap().unwrap();
        assert_eq!(row.get::<String>(0).unwrap(), "a\u{fffd}b");
        assert_eq!(row.get::<String>(1).unwrap(), "\u{fffd}");
        let reply = [Bind::Id(company.id().0), Bind::Text("x\0y"), Bind::OptText(Some("one\0two"))];
        connection.write(&MANY, &[reply]).await.unwrap();
        let found = connection.row(&READ, &[Bind::Text("x\0y")]).await.unwrap().unwrap();
        assert_eq!(found.get::<String>(0).unwrap(), "one\u{fffd}two");
        assert!(connection.row(&READ, &[Bind::Text("x")]).await.unwrap().is_none());
    }

    async fn a_nul_in_anything_that_somebody_sends_is_left_out_or_found_nowhere(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("a\0b")).await.unwrap();
        maya.accept().await;
        let mut jun = company.agent("Jun").await;
        let note = "see\0 this".to_owned();
        let to = jun.who.agent.id;
        maya.command(AgentCommand::Transfer { conversation: chat, to, note }).await.unwrap();
        let offered = jun.change(|change| match change {
            Change::Offered(offer) => offer.transfer.clone().map(|transfer| transfer.note),
            _ => None,
        });
        assert_eq!(offered.await, "see this");
        ada.command(VisitorCommand::SetAttributes { attributes: vec![("Plan\0".into(), "Pro\0".into())] }).await.unwrap();
        ada.command(VisitorCommand::Report { name: "bought\0it".into() }).await.unwrap();
        maya.command(AgentCommand::Note { conversation: chat, text: "\0mine".into() }).await.unwrap();
        let profile = ProfileInput { name: Some("A\0da".into()), ..ProfileInput::default() };
        ada.command(VisitorCommand::Identify { profile }).await.unwrap();
        let refused = company.node.sign_in("maya\0@example.com", "correct horse", "Te\0st").await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden))));
        assert!(company.node.photo("a\0.png").await.unwrap().is_none());
        assert!(company.node.file("a\0").await.unwrap().is_none());
        let feed = company.node.feed("a\0").await;
        assert!(matches!(feed, Err(Error::Refused(Refusal::NotFound))), "{feed:?}");
        let site: SiteKey = "demo".parse().unwrap();
        let page = Page { url: "https://example.com/\0".into(), title: "\0".into(), referrer: "\0".into() };
        let seen = company.node.visit(&site, &ada.token, None, page.clone(), here()).await;
        assert!(seen.is_ok(), "{seen:?}");
        let hello = VisitorHello {
            site,
            token: [3; 32],
            language: domain::Language::English,
            known: Vec::new(),
            page,
            zone: "Europe/\0Rome".into(),
            identity: None,
        };
        let mut eve = Visitor::greet(&company.node, hello).await;
        assert!(eve.start(Some("Hello")).await.is_ok());
    }
}
