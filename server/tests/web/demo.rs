use backend::{Casella, Clock, Settings};
use domain::inbox::Tab;
use server::demo::{AGENTS, PASSWORD, company, data};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_has_two_agents_and_ended_chats_and_is_added_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("demo.db").display());
    let casella = Casella::start(Settings { database_url: url }, Clock::default())
        .await
        .unwrap();
    let page = "127.0.0.1:3001".parse().unwrap();
    data::add(&casella, page).await.unwrap();
    data::add(&casella, page).await.unwrap();
    assert_eq!(casella.agents().await.unwrap().len(), 2);
    let (_, maya) = casella.sign_in(AGENTS[0].1, PASSWORD).await.unwrap();
    let all = casella.list(&maya, Tab::All, None).await.unwrap();
    assert_eq!(all.rows.len(), 3);
    let active = casella.list(&maya, Tab::Active, None).await.unwrap();
    assert!(active.rows.is_empty());
    let site = casella.site(&"demo".parse().unwrap()).await.unwrap();
    let origins = site.unwrap().settings.origins;
    assert_eq!(origins, ["http://127.0.0.1:3001".parse().unwrap()]);
    casella.stop().await;
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
