//! Visitors for whom their site's server vouches.

use std::time::Duration;

use backend::{
    NewSiteKey,
    store::{Store, mark, sql::Statement},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Language, Refusal,
    activity::ActivityKind,
    frame::{
        agent::{AgentCommand, Change},
        visitor::{ChatState, VisitorHello},
    },
    site::Realm,
    visitor::Page,
};
use ring::hmac;
use serde_json::{Value, json};

use crate::{
    on_every_database,
    support::{Company, Visitor, databases, here},
};

fn sign(key: &NewSiteKey, claims: &Value) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT", "kid": key.id });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let secret = hmac::Key::new(hmac::HMAC_SHA256, key.secret.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&secret, signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn hello(site: &str, identity: Option<String>) -> VisitorHello {
    VisitorHello {
        site: site.parse().unwrap(),
        token: backend::random(),
        language: Language::English,
        known: Vec::new(),
        page: Page::new("https://example.com/pricing", "Pricing", ""),
        zone: String::new(),
        identity,
    }
}

fn in_an_hour(company: &Company) -> i64 {
    company.clock.now().0 / 1_000_000 + 3_600
}

async fn key(company: &Company) -> NewSiteKey {
    let site = "demo".parse().unwrap();
    company.node.add_site_key(&site).await.unwrap()
}

on_every_database! {
    async fn a_signed_visitor_is_the_same_on_every_device(company: Company) {
        let mut maya = company.agent("Maya").await;
        let key = key(&company).await;
        let claims = json!({
            "sub": "customer-17", "exp": in_an_hour(&company), "name": "Ada Lovelace",
            "crm_status": "Gold", "attributes": { "plan": "pro" },
        });
        let token = sign(&key, &claims);
        let mut phone = Visitor::greet(&company.node, hello("demo", Some(token.clone()))).await;
        let chat = phone.start_as(Some("ada@example.com"), Some("Hi")).await.unwrap();
        maya.accept().await;
        phone.state(ChatState::Active).await;

        let mut laptop = Visitor::greet(&company.node, hello("demo", Some(token))).await;
        assert_eq!(laptop.chats.iter().map(|chat| chat.id).collect::<Vec<_>>(), [chat]);
        laptop.write(chat, "from the laptop").await.unwrap();
        let stranger = Visitor::greet(&company.node, hello("demo", None)).await;
        assert!(stranger.chats.is_empty());

        let open = company.node.open_conversation(&maya.who, chat).await.unwrap();
        let visitor = open.visitor;
        assert!(visitor.signed);
        // What was typed replaced nothing of what the server vouches for.
        assert_eq!(visitor.profile.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(visitor.profile.email.as_deref(), Some("ada@example.com"));
        assert_eq!(visitor.profile.crm_status.as_deref(), Some("Gold"));
        assert_eq!(&*visitor.attributes[0].name, "plan");

        // A newer token tells more, at once; that it is somebody is told once a day.
        let claims = json!({ "sub": "customer-17", "exp": in_an_hour(&company), "phone": "123" });
        let newer = hello("demo", Some(sign(&key, &claims)));
        let _third = Visitor::greet(&company.node, newer).await;
        let told = maya.change(|change| match change {
            Change::Visitor { visitor, .. } if visitor.profile.phone.is_some() => Some(()),
            _ => None,
        });
        told.await;
        let history = company.node.history(&maya.who, chat, None).await.unwrap();
        let identified = |kind: &ActivityKind| matches!(kind, ActivityKind::Identified { signed: true });
        let count = history.activities.iter().filter(|activity| identified(&activity.kind)).count();
        assert_eq!(count, 1);
    }

    async fn what_does_not_hold_is_refused_and_never_counts_as_nobody(company: Company) {
        let key = key(&company).await;
        let exp = in_an_hour(&company);
        let good = json!({ "sub": "customer-17", "exp": exp });
        let other_secret = NewSiteKey { secret: "0".repeat(64), ..key.clone() };
        let other_id = NewSiteKey { id: "unknown".to_owned(), ..key.clone() };
        let past = json!({ "sub": "customer-17", "exp": exp - 3_700 });
        let (header, rest) = (r#"{"alg":"none","kid":"KEY"}"#.replace("KEY", &key.id), good.to_string());
        let none = format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(rest));
        for wrong in [
            sign(&other_secret, &good),
            sign(&other_id, &good),
            sign(&key, &past),
            sign(&key, &json!({ "sub": "customer-17" })),
            none,
            String::new(),
        ] {
            let refused = company.node.connect_visitor(hello("demo", Some(wrong.clone())), "", here()).await;
            assert_eq!(refused.map(drop).unwrap_err().refusal(), Refusal::Forbidden, "{wrong}");
            let site = "demo".parse().unwrap();
            let seen = company.node.visit(&site, &[1; 32], Some(&wrong), Page::default(), here()).await;
            assert_eq!(seen.unwrap_err().refusal(), Refusal::Forbidden);
        }
        // A minute beyond the time is let pass: clocks differ.
        let just = json!({ "sub": "customer-17", "exp": exp - 3_630 });
        Visitor::greet(&company.node, hello("demo", Some(sign(&key, &just)))).await;

        let site = "demo".parse().unwrap();
        assert_eq!(company.node.site_keys(&site).await.unwrap().len(), 1);
        company.node.remove_site_key(&site, &key.id).await.unwrap();
        let refused = company.node.connect_visitor(hello("demo", Some(sign(&key, &good))), "", here()).await;
        assert_eq!(refused.map(drop).unwrap_err().refusal(), Refusal::Forbidden);
        let again = company.node.remove_site_key(&site, &key.id).await;
        assert_eq!(again.unwrap_err().refusal(), Refusal::NotFound);
    }

    async fn a_key_is_of_one_site_and_history_is_of_the_person_if_sites_are_joined(company: Company) {
        let mut maya = company.agent("Maya").await;
        let settings = domain::site::SiteSettings::default();
        company.node.add_site("shop".parse().unwrap(), "Shop".to_owned(), settings).await.unwrap();
        let demo = key(&company).await;
        let shop = company.node.add_site_key(&"shop".parse().unwrap()).await.unwrap();
        let claims = json!({ "sub": "customer-17", "exp": in_an_hour(&company) });
        let foreign = hello("shop", Some(sign(&demo, &claims)));
        let refused = company.node.connect_visitor(foreign, "", here()).await;
        assert_eq!(refused.map(drop).unwrap_err().refusal(), Refusal::Forbidden);

        let mut here = Visitor::greet(&company.node, hello("demo", Some(sign(&demo, &claims)))).await;
        let first = here.start(None).await.unwrap();
        maya.accept().await;
        maya.command(AgentCommand::End { conversation: first }).await.unwrap();
        company.clock.advance(Duration::from_secs(1));
        let mut there = Visitor::greet(&company.node, hello("shop", Some(sign(&shop, &claims)))).await;
        assert!(there.chats.is_empty());
        let second = there.start(None).await.unwrap();
        maya.accept().await;
        let ended = |kind: &ActivityKind| matches!(kind, ActivityKind::ChatEnded { conversation, .. } if *conversation == first);
        let together = async || {
            let history = company.node.history(&maya.who, second, None).await.unwrap();
            history.activities.iter().any(|activity| ended(&activity.kind))
        };
        // Both may count their customers from 1.
        assert!(!together().await, "sites are on their own");
        for (realms, joined) in [
            ([Some("group"), None], false),
            ([Some("group"), Some("other")], false),
            ([Some("group"), Some("group")], true),
            ([None, None], false),
        ] {
            let sites = company.node.sites().await.unwrap();
            for (mut site, realm) in sites.into_iter().zip(realms) {
                site.realm = realm.map(|realm| realm.parse().unwrap());
                company.node.set_site(site).await.unwrap();
            }
            assert_eq!(together().await, joined, "{realms:?}");
        }
    }
}

/// Sites of a release that knew no realms were read together, and stay so; that is said once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_leaves_the_sites_that_were_there_joined() {
    static REALMS: [Statement; 4] = [
        Statement::new("ALTER TABLE site DROP COLUMN realm"),
        Statement::new("DROP TABLE mark"),
        Statement::new("DROP TABLE guess"),
        Statement::new("DELETE FROM _sqlx_migrations WHERE version = 16"),
    ];
    for database in databases().await {
        let company = Company::start(database).await;
        let settings = domain::site::SiteSettings::default();
        let shop =
            company
                .node
                .add_site("shop".parse().unwrap(), "Shop".to_owned(), settings.clone());
        shop.await.unwrap();
        company.node.stop().await;
        let store = Store::open(&company.database.url).await.unwrap();
        let mut connection = store.writer().await.unwrap();
        for statement in &REALMS {
            connection.execute(statement, &[]).await.unwrap();
        }
        drop(connection);
        store.migrate().await.unwrap();
        let mut connection = store.writer().await.unwrap();
        assert!(mark::is(&mut connection, mark::SITES_JOINED).await.unwrap());
        drop(connection);
        let node = company.another_node().await;
        let mut connection = store.writer().await.unwrap();
        assert!(
            !mark::is(&mut connection, mark::SITES_JOINED).await.unwrap(),
            "it was told"
        );
        drop(connection);
        node.add_site("new".parse().unwrap(), "New".to_owned(), settings)
            .await
            .unwrap();
        let sites = node.sites().await.unwrap();
        let realms: Vec<_> = sites
            .iter()
            .map(|site| (site.key.as_str(), site.realm.as_ref().map(Realm::as_str)))
            .collect();
        assert_eq!(
            realms,
            [
                ("demo", Some("common")),
                ("new", None),
                ("shop", Some("common"))
            ]
        );
        node.stop().await;
        store.close().await;
    }
}
