//! Saved replies.

use domain::{
    Refusal, ReplyId,
    agent::Role,
    reply::{SAVED_REPLIES, SavedReply},
};

use crate::{
    on_every_database,
    support::{Agent, Company},
};

async fn save(
    company: &Company,
    who: &Agent,
    id: Option<ReplyId>,
    shortcut: &str,
    shared: bool,
) -> Result<SavedReply, Refusal> {
    let text = format!("Hello from {shortcut}");
    let saved = company
        .node
        .save_reply(&who.who, id, shortcut.to_owned(), text, shared);
    saved.await.map_err(|error| error.refusal())
}

async fn shortcuts(company: &Company, who: &Agent) -> Vec<(String, bool)> {
    let replies = company.node.replies(&who.who).await.unwrap();
    replies
        .into_iter()
        .map(|reply| (reply.shortcut.to_string(), reply.shared))
        .collect()
}

fn pair(shortcut: &str, shared: bool) -> (String, bool) {
    (shortcut.to_owned(), shared)
}

on_every_database! {
    async fn replies_are_ones_own_or_shared_by_a_supervisor(company: Company) {
        let maya = company.agent_away("Maya").await;
        let jun = company.agent_away("Jun").await;
        let sue = company.colleague("Sue", Role::Supervisor).await;
        let own = save(&company, &maya, None, "/Hello", false).await.unwrap();
        assert_eq!((&*own.shortcut, &*own.text), ("hello", "Hello from /Hello"));
        assert_eq!(save(&company, &maya, None, "bye", true).await, Err(Refusal::Forbidden));
        let shared = save(&company, &sue, None, "hello", true).await.unwrap();
        assert_eq!(shortcuts(&company, &maya).await, [pair("hello", false), pair("hello", true)]);
        assert_eq!(shortcuts(&company, &jun).await, [pair("hello", true)]);

        assert_eq!(save(&company, &maya, None, "HELLO", false).await, Err(Refusal::ShortcutTaken));
        assert_eq!(save(&company, &sue, None, "hello", true).await, Err(Refusal::ShortcutTaken));
        let other = save(&company, &maya, None, "other", false).await.unwrap();
        let taken = save(&company, &maya, Some(other.id), "hello", false).await;
        assert_eq!(taken, Err(Refusal::ShortcutTaken));
        assert!(save(&company, &maya, Some(other.id), "third", false).await.is_ok());

        // Another agent's does not exist; what is shared is not an agent's to change.
        for id in [own.id, ReplyId(company.id().0)] {
            assert_eq!(save(&company, &sue, Some(id), "mine", false).await, Err(Refusal::NotFound));
            let deleted = company.node.delete_reply(&jun.who, id).await;
            assert_eq!(deleted.unwrap_err().refusal(), Refusal::NotFound);
        }
        let taken = save(&company, &maya, Some(shared.id), "mine", false).await;
        assert_eq!(taken, Err(Refusal::Forbidden));
        let deleted = company.node.delete_reply(&maya.who, shared.id).await;
        assert_eq!(deleted.unwrap_err().refusal(), Refusal::Forbidden);
        company.node.delete_reply(&sue.who, shared.id).await.unwrap();
        company.node.delete_reply(&maya.who, own.id).await.unwrap();
        assert_eq!(shortcuts(&company, &maya).await, [pair("third", false)]);
    }

    async fn replies_are_not_endless(company: Company) {
        let maya = company.agent_away("Maya").await;
        for n in 0..SAVED_REPLIES {
            save(&company, &maya, None, &format!("r{n}"), false).await.unwrap();
        }
        assert_eq!(save(&company, &maya, None, "more", false).await, Err(Refusal::NotNow));
        assert_eq!(save(&company, &maya, None, "not so", false).await, Err(Refusal::Malformed));
        let first = company.node.replies(&maya.who).await.unwrap().remove(0);
        assert!(save(&company, &maya, Some(first.id), "renamed", false).await.is_ok());
    }
}
