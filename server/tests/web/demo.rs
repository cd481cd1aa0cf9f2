use std::path::Path;

use backend::{
    Casella, Clock, NewAgent, Settings,
    store::{Store, mark},
};
use domain::{agent::Role, inbox::Tab, site::SiteSettings};
use server::demo::{AGENTS, PASSWORD, SUPERVISOR, company, data};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_has_a_team_an_account_and_ended_chats_and_is_added_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("demo.db").display());
    let settings = settings(folder.path(), &url);
    let casella = Casella::start(settings, Clock::default()).await.unwrap();
    let page = "127.0.0.1:3001".parse().unwrap();
    data::add(&casella, page).await.unwrap();
    data::add(&casella, page).await.unwrap();
    assert_eq!(casella.agents().await.unwrap().len(), 3);
    let teams = casella.teams().await.unwrap();
    assert_eq!(teams[0].members.len(), 2);
    assert_eq!(casella.accounts(None, 10).await.unwrap().len(), 1);
    let (_, nora) = casella
        .sign_in(SUPERVISOR.1, PASSWORD, "Test/1.0")
        .await
        .unwrap();
    let settings = casella.settings(&nora).await.unwrap();
    assert!(!settings.schedule.is_empty());
    let (_, maya) = casella
        .sign_in(AGENTS[0].1, PASSWORD, "Test/1.0")
        .await
        .unwrap();
    let all = casella.list(&maya, Tab::All, None).await.unwrap();
    assert_eq!(all.rows.len(), 3);
    let active = casella.list(&maya, Tab::Active, None).await.unwrap();
    assert!(active.rows.is_empty());
    let site = casella.site(&"demo".parse().unwrap()).await.unwrap();
    let settings = site.unwrap().settings;
    assert_eq!(settings.team, Some(teams[0].id));
    let origins = settings.origins;
    assert_eq!(origins, ["http://127.0.0.1:3001".parse().unwrap()]);
    casella.stop().await;
}

/// What `serve --demo` says of a database.
async fn for_demo(url: &str) -> bool {
    Casella::is_for_demo(url, server::demo::CAST).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_touches_only_a_database_that_it_made_itself() {
    let page = "127.0.0.1:3001".parse().unwrap();
    for real in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("casella.db").display());
        assert!(for_demo(&url).await, "nothing is there");
        let node = Casella::start(settings(folder.path(), &url), Clock::default());
        let node = node.await.unwrap();
        assert!(for_demo(&url).await, "nothing is in it");
        if real {
            let name = "Shop".to_owned();
            node.add_site("shop".parse().unwrap(), name, SiteSettings::default())
                .await
                .unwrap();
            assert!(!for_demo(&url).await);
            assert!(!node.is_demo().await.unwrap());
            assert!(node.agents().await.unwrap().is_empty());
        } else {
            data::add(&node, page).await.unwrap();
            assert!(for_demo(&url).await && node.is_demo().await.unwrap());
            // As an older demo left it, which made no mark.
            unmark(&url).await;
            assert!(for_demo(&url).await);
            let new = NewAgent {
                name: "Ann".to_owned().try_into().unwrap(),
                email: "ann@company.example".to_owned().try_into().unwrap(),
                password: "correct horse".to_owned(),
                role: Role::Admin,
            };
            node.add_agent(new).await.unwrap();
            assert!(!for_demo(&url).await, "somebody works with it");
        }
        node.stop().await;
    }
}

async fn unmark(url: &str) {
    let store = Store::open(url).await.unwrap();
    let mut connection = store.writer().await.unwrap();
    assert!(mark::remove(&mut connection, mark::DEMO).await.unwrap());
    drop(connection);
    store.close().await;
}

fn settings(folder: &Path, url: &str) -> Settings {
    Settings {
        database_url: url.to_owned(),
        secret_key: None,
        data_dir: folder.to_owned(),
        allow_outgoing: Vec::new(),
        mail: None,
        setup_code: None,
        contact: None,
        calendar_apps: Vec::new(),
    }
}

#[tokio::test]
async fn the_companys_pages_carry_the_chat_under_a_strict_policy() {
    use tower::ServiceExt;

    let pages = company::router("http://localhost:3000");
    let request = http::Request::get("/").body(axum::body::Body::empty());
    let answer = pages.oneshot(request.unwrap()).await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("script-src http://localhost:3000;"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = axum::body::to_bytes(answer.into_body(), 100_000)
        .await
        .unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains("<script src=\"http://localhost:3000/w/demo.js\" async></script>"));
}
