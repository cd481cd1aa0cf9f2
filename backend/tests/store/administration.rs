//! What administrators set of sites, and whom they let in again.

use domain::{
    Language, Refusal,
    agent::Role,
    frame::agent::AgentCommand,
    site::{BLOCKED_DOMAINS, GREETING_CHARS},
};

use crate::on_every_database;

on_every_database! {
    async fn a_visitor_is_unblocked_once(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let mut eve = company.visitor().await;
        let chat = eve.start(Some("Spam")).await.unwrap();
        maya.accept().await;
        assert!(company.node.blocked_visitors().await.unwrap().is_empty());
        let block = AgentCommand::SetBlocked { conversation: chat, blocked: true };
        sue.command(block).await.unwrap();
        assert_eq!(eve.write(chat, "more").await, Err(Refusal::Blocked));

        let blocked = company.node.blocked_visitors().await.unwrap();
        assert_eq!(blocked.len(), 1);
        assert_eq!(blocked[0].name.as_deref(), Some("Ada"));
        company.node.unblock_visitor(blocked[0].id).await.unwrap();
        eve.write(chat, "sorry").await.unwrap();
        let again = company.node.unblock_visitor(blocked[0].id).await;
        assert_eq!(again.unwrap_err().refusal(), Refusal::NotFound);
    }

    async fn a_site_is_refused_settings_out_of_range(company: Company) {
        let site = company.node.sites().await.unwrap().remove(0);
        let mut fine = site.clone();
        fine.settings.blocked_domains =
            (0..BLOCKED_DOMAINS).map(|n| format!("d{n}.example").parse().unwrap()).collect();
        fine.settings.greeting.set(Language::Italian, Some("é".repeat(GREETING_CHARS)));
        company.node.set_site(fine.clone()).await.unwrap();
        assert_eq!(company.node.sites().await.unwrap()[0].settings, fine.settings);

        let mut wrong = [fine.clone(), fine.clone(), fine.clone(), fine];
        wrong[0].settings.blocked_domains.push("one.more.example".parse().unwrap());
        wrong[1].settings.greeting.set(Language::English, Some("x".repeat(GREETING_CHARS + 1)));
        wrong[2].settings.offer_seconds = 9;
        wrong[3].settings.inactivity_seconds = 119;
        for site in wrong {
            let refused = company.node.set_site(site).await;
            assert_eq!(refused.unwrap_err().refusal(), Refusal::Malformed);
        }
    }
}
