//! Letters: each is sent once, none is lost, and nobody is told twice.

mod budget;
mod meeting;
mod post_office;
mod source;

use std::time::Duration;

use backend::{
    Casella, Encryption, MailServer, Sender, Settings, random,
    store::{
        Store,
        mail::{self, Account, NewMail, Outcome},
    },
};
use domain::{
    CommandId, ConversationId, Language, Timestamp,
    agent::Role,
    frame::{
        agent::AgentCommand,
        visitor::{ChatState, VisitorCommand},
    },
    settings::Letters,
};
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Agent, Company, Database, Visitor, databases};
use post_office::{PostOffice, Taken};

const MINUTE: Duration = Duration::from_secs(60);

fn settings(database: &Database, office: &PostOffice) -> Settings {
    settings_with(database, office.port())
}

/// With a mail server on this port of loopback.
fn settings_with(database: &Database, port: u16) -> Settings {
    Settings {
        mail: Some(MailServer {
            host: "127.0.0.1".into(),
            port,
            encryption: Encryption::None,
            login: None,
            from: Sender::parse("Example <chat@example.com>").unwrap(),
            public_url: "https://chat.example.com".into(),
        }),
        ..database.settings()
    }
}

async fn company(database: Database) -> (Company, PostOffice) {
    let office = PostOffice::open().await;
    let settings = settings(&database, &office);
    (Company::start_with(database, settings).await, office)
}

/// Waits until something is so.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what}"));
}

async fn letters(office: &PostOffice, count: usize) -> Vec<Taken> {
    until("a letter comes", async || {
        office.taken().await.len() >= count
    })
    .await;
    office.taken().await
}

/// What became of the letters about something.
async fn fate(company: &Company, about: Uuid) -> Vec<(String, String)> {
    let store = Store::open(&company.database.url).await.unwrap();
    let mut connection = store.reader().await.unwrap();
    let fate = mail::about(&mut connection, about).await.unwrap();
    drop(connection);
    store.close().await;
    fate
}

async fn settled(company: &Company, about: Uuid, outcomes: &[(&str, &str)]) {
    let wanted: Vec<_> = outcomes
        .iter()
        .map(|(kind, outcome)| ((*kind).to_owned(), (*outcome).to_owned()))
        .collect();
    until("letters come to their ends", async || {
        fate(company, about).await == wanted
    })
    .await;
}

fn new(about: Uuid, now: Timestamp) -> NewMail {
    NewMail {
        id: new_id(now),
        kind: "reply",
        about,
        letter: "{}".into(),
        due_at: now,
        give_up_at: now + MINUTE * 60,
        account: Account::default(),
    }
}

fn new_id(now: Timestamp) -> Uuid {
    CommandId::new(now, random()).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_claimed_by_one_and_by_another_once_the_claim_ran_out() {
    for database in databases().await {
        let store = Store::open(&database.url).await.unwrap();
        store.migrate().await.unwrap();
        let now = Timestamp(1_000_000_000);
        let id = || new_id(now);
        let about = id();
        let mut connection = store.writer().await.unwrap();
        mail::add(
            &mut connection,
            &[new(about, now), new(id(), now + MINUTE)],
            now,
        )
        .await
        .unwrap();
        drop(connection);
        let claims = (0..20).map(|_| async {
            let mut connection = store.writer().await.unwrap();
            mail::claim(&mut connection, id(), now, now + MINUTE * 5)
                .await
                .unwrap()
        });
        let mut claimed: Vec<_> = join_all(claims).await.into_iter().flatten().collect();
        assert_eq!(claimed.len(), 1);
        let first = claimed.remove(0);
        assert_eq!(first.tries, 1);

        let mut connection = store.writer().await.unwrap();
        let late = now + MINUTE * 5;
        let second = mail::claim(&mut connection, id(), late, late + MINUTE)
            .await
            .unwrap()
            .unwrap();
        let again = if second.id == first.id {
            second
        } else {
            mail::claim(&mut connection, id(), late, late + MINUTE)
                .await
                .unwrap()
                .unwrap()
        };
        assert_eq!((again.id, again.tries), (first.id, 2));
        // Who held the first claim is too late.
        assert!(
            !mail::done(&mut connection, &first, Outcome::Sent, late)
                .await
                .unwrap()
        );
        assert!(
            mail::done(&mut connection, &again, Outcome::Sent, late)
                .await
                .unwrap()
        );
        let fate = mail::about(&mut connection, about).await.unwrap();
        assert_eq!(fate, [("reply".to_owned(), "sent".to_owned())]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sent_in_time_is_given_up_and_forgotten() {
    for database in databases().await {
        let store = Store::open(&database.url).await.unwrap();
        store.migrate().await.unwrap();
        let now = Timestamp(1_000_000_000);
        let about = new_id(now);
        let mut connection = store.writer().await.unwrap();
        mail::add(&mut connection, &[new(about, now)], now)
            .await
            .unwrap();
        let end = now + MINUTE * 60;
        assert_eq!(
            mail::give_up(&mut connection, now + MINUTE).await.unwrap(),
            []
        );
        assert_eq!(
            mail::give_up(&mut connection, end).await.unwrap(),
            [(about, "reply".to_owned())]
        );
        assert_eq!(mail::due(&mut connection, end, 9).await.unwrap(), 0);
        // Whether something of a kind about the same was since then.
        for (kind, since, was) in [
            ("reply", now, vec![about]),
            ("reply", now + MINUTE, vec![]),
            ("offered", now, vec![]),
        ] {
            let found = mail::was_since(&mut connection, kind, &[(about, since)]).await;
            assert_eq!(found.unwrap(), was);
        }
        mail::add(&mut connection, &[new(about, end)], end)
            .await
            .unwrap();
        mail::forget(&mut connection, end + MINUTE).await.unwrap();
        let left = mail::about(&mut connection, about).await.unwrap();
        assert_eq!(left, [("reply".to_owned(), "waiting".to_owned())]);
    }
}

/// A chat of Maya with Ada, who has gone.
async fn abandoned(company: &Company) -> (Agent, Visitor, ConversationId) {
    let mut maya = company.agent("Maya").await;
    let mut ada = company.visitor().await;
    let chat = ada
        .start_as(Some("ada@acme.example"), Some("Hi"))
        .await
        .unwrap();
    assert_eq!(maya.accept().await, chat);
    ada.state(ChatState::Active).await;
    (maya, ada, chat)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_away_for_five_minutes_is_mailed_the_replies_once() {
    for database in databases().await {
        let (company, office) = company(database).await;
        company
            .set_site(|site| {
                site.origins = vec!["https://example.com".to_owned().try_into().unwrap()];
            })
            .await;
        let (mut maya, ada, chat) = abandoned(&company).await;
        let token = ada.token;
        drop(ada);
        maya.row(chat, |row| !row.visitor_connected).await;
        maya.write(chat, "It is ready").await.unwrap();
        maya.write(chat, "Have a look").await.unwrap();
        settled(&company, chat.0, &[("reply", "waiting")]).await;
        company.clock.advance(MINUTE * 5);
        let taken = letters(&office, 1).await;
        let letter = &taken[0];
        assert_eq!(letter.to, "ada@acme.example");
        assert_eq!(letter.head("Subject"), "Maya has answered you");
        assert_eq!(letter.head("Auto-Submitted"), "auto-generated");
        for words in [
            "> It is ready",
            "> Have a look",
            "https://example.com/pricing",
        ] {
            assert!(letter.data.contains(words), "{}", letter.data);
        }
        settled(&company, chat.0, &[("reply", "sent")]).await;
        maya.write(chat, "One more").await.unwrap();
        settled(&company, chat.0, &[("reply", "sent")]).await;

        // Back, and seen: what is written now is not mailed, unless they go again.
        let mut ada = Visitor::connect(&company.node, token, Vec::new()).await;
        maya.row(chat, |row| row.visitor_connected).await;
        maya.write(chat, "Hello again").await.unwrap();
        ada.seen(6).await;
        settled(&company, chat.0, &[("reply", "sent")]).await;
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_in_time_is_not_mailed() {
    for database in databases().await {
        let (company, office) = company(database).await;
        let (mut maya, ada, chat) = abandoned(&company).await;
        let token = ada.token;
        drop(ada);
        maya.row(chat, |row| !row.visitor_connected).await;
        maya.write(chat, "It is ready").await.unwrap();
        let _ada = Visitor::connect(&company.node, token, Vec::new()).await;
        maya.row(chat, |row| row.visitor_connected).await;
        company.clock.advance(MINUTE * 5);
        settled(&company, chat.0, &[("reply", "needless")]).await;
        assert_eq!(office.taken().await.len(), 0);
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_fails_is_told_to_whoever_was_asked_else_to_supervisors() {
    for database in databases().await {
        let (company, office) = company(database).await;
        company.add("Sam", Role::Supervisor).await;
        let mut ada = company.visitor().await;
        let nobody = ada.start(Some("Anybody?")).await.unwrap();
        ada.state(ChatState::Fallback).await;
        let taken = letters(&office, 1).await;
        assert_eq!(taken[0].to, "sam@example.com");
        assert_eq!(taken[0].head("Subject"), "Nobody took the chat of Ada");
        assert!(taken[0].data.contains("Anybody?"), "{}", taken[0].data);
        settled(&company, nobody.0, &[("chat failed", "sent")]).await;

        let mut maya = company.agent("Maya").await;
        let letters_of_requests = Letters {
            requests: true,
            ..Letters::default()
        };
        company
            .node
            .set_letters(&maya.who, letters_of_requests)
            .await
            .unwrap();
        let mut jun = company.agent("Jun").await;
        let mut eve = company.visitor().await;
        let chat = eve.start(None).await.unwrap();
        for _ in 0..2 {
            let agent = tokio::select! {
                _ = maya.offer() => &mut maya,
                _ = jun.offer() => &mut jun,
            };
            let decline = AgentCommand::Decline { conversation: chat };
            agent.command(decline).await.unwrap();
            agent.no_offer().await;
        }
        eve.state(ChatState::Fallback).await;
        let mut told: Vec<_> = letters(&office, 4)
            .await
            .iter()
            .skip(1)
            .map(|letter| (letter.to.clone(), letter.head("Subject").to_owned()))
            .collect();
        told.sort();
        let failed = "Nobody took the chat of Ada".to_owned();
        assert_eq!(
            told,
            [
                ("jun@example.com".to_owned(), failed.clone()),
                (
                    "maya@example.com".to_owned(),
                    "Ada asks for a chat".to_owned()
                ),
                ("maya@example.com".to_owned(), failed),
            ]
        );
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_good_is_not_tried_again_and_what_is_put_off_is() {
    for database in databases().await {
        let (company, office) = company(database).await;
        company.add("Sam", Role::Supervisor).await;
        let fail = async || {
            let mut visitor = company.visitor().await;
            let chat = visitor.start(None).await.unwrap();
            visitor.state(ChatState::Fallback).await;
            chat
        };
        office.answer(550);
        let refused = fail().await;
        settled(&company, refused.0, &[("chat failed", "refused")]).await;
        assert_eq!(office.asked(), 1);
        company.clock.advance(MINUTE * 60);

        office.answer(451);
        let put_off = fail().await;
        until("it is tried", async || office.asked() == 2).await;
        settled(&company, put_off.0, &[("chat failed", "waiting")]).await;
        office.answer(250);
        company.clock.advance(MINUTE);
        settled(&company, put_off.0, &[("chat failed", "sent")]).await;
        assert_eq!((office.asked(), office.taken().await.len()), (3, 1));
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_sends_each_letter() {
    for database in databases().await {
        if !database.url.starts_with("postgres") {
            continue;
        }
        let (company, office) = company(database).await;
        for n in 0..12 {
            company.add(&format!("Sam{n}"), Role::Supervisor).await;
        }
        let settings = settings(&company.database, &office);
        let other = Casella::start(settings, company.clock.clone())
            .await
            .unwrap();
        let mut visitor = company.visitor().await;
        visitor.start(None).await.unwrap();
        let taken = letters(&office, 12).await;
        let mut ids: Vec<_> = taken
            .iter()
            .map(|letter| letter.head("Message-ID"))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((taken.len(), ids.len()), (12, 12));
        other.stop().await;
        company.node.stop().await;
    }
}
