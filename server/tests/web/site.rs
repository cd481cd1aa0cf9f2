use domain::frame::visitor::ChatState;

use crate::{
    agent::Agent,
    app::{SITE_ORIGIN, TestApp},
    visitor::Visitor,
};

async fn visit(app: &TestApp, origin: &str, token: [u8; 32]) -> reqwest::Response {
    let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
    TestApp::browser()
        .post(app.url("/w/shop/visit"))
        .header("origin", origin)
        .header("content-type", "text/plain")
        .body(format!(
            r#"{{"token":"{hex}","url":"https://shop.example/a","title":"A"}}"#
        ))
        .send()
        .await
        .unwrap()
}

stories! {
    async fn the_loader_carries_the_sites_looks_and_is_soon_asked_for_again(app: TestApp) {
        let answer = app.get("/w/shop.js").await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["cache-control"], "public, max-age=60");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin");
        let tag = answer.headers()["etag"].clone();
        let script = answer.text().await.unwrap();
        assert!(script.starts_with("start([") && script.contains(r##""#0b6b5e""##), "{script}");
        assert!(script.contains(&format!(r#""{}""#, app.origin())), "{script}");

        let again = TestApp::browser().get(app.url("/w/shop.js")).header("if-none-match", tag);
        let again = again.send().await.unwrap();
        assert_eq!(again.status(), 304);
        assert_eq!(again.text().await.unwrap(), "");
    }

    async fn the_frame_may_stand_on_the_sites_pages_only(app: TestApp) {
        let answer = app.get("/w/shop/frame?lang=it").await;
        assert_eq!(answer.status(), 200);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.ends_with(&format!("frame-ancestors 'self' {SITE_ORIGIN}")), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("<html lang=\"it\">"), "{page}");
        assert!(page.contains("/assets/chat-0000000000b1.js"), "{page}");
        assert!(page.contains(r#""available":false"#), "{page}");
    }

    async fn the_frame_says_whether_somebody_is_there(app: TestApp) {
        let _maya = Agent::available(&app, "Maya").await;
        let page = app.get("/w/shop/frame").await.text().await.unwrap();
        assert!(page.contains(r#""available":true"#), "{page}");
    }

    async fn a_visit_tells_the_number_of_unread_messages(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        visitor.sees(ChatState::Active).await;
        let token = visitor.token;
        drop(visitor);
        for text in ["one", "two"] {
            maya.say(conversation, text).await.unwrap();
        }
        let answer = visit(&app, SITE_ORIGIN, token).await;
        assert_eq!(answer.headers()["access-control-allow-origin"], SITE_ORIGIN);
        assert_eq!(answer.text().await.unwrap(), r#"{"unread":2}"#);
        let unknown = visit(&app, SITE_ORIGIN, [9; 32]).await;
        assert_eq!(unknown.text().await.unwrap(), r#"{"unread":0}"#);
    }

    async fn a_visit_from_another_origin_is_refused_in_words_that_its_console_shows(app: TestApp) {
        let answer = visit(&app, "https://evil.example", [9; 32]).await;
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://evil.example");
        let words = answer.text().await.unwrap();
        assert!(words.contains("add its origin") && !words.contains("unread"), "{words}");
    }
}

/// Sends what is no visit, and returns the status. Whatever it is, the calling page may read it.
async fn readable(app: &TestApp, path: &str, body: Vec<u8>) -> u16 {
    let request = TestApp::browser().post(app.url(path)).body(body);
    let answer = request.header("origin", SITE_ORIGIN).send().await.unwrap();
    let status = answer.status().as_u16();
    let headers = answer.headers();
    assert_eq!(
        headers["access-control-allow-origin"], SITE_ORIGIN,
        "{status}"
    );
    assert_eq!(
        headers["cross-origin-resource-policy"], "cross-origin",
        "{status}"
    );
    let vary: Vec<_> = headers.get_all("vary").iter().collect();
    assert!(
        vary.iter().any(|value| *value == "origin"),
        "{status}: {vary:?}"
    );
    status
}

#[tokio::test]
async fn a_companys_page_may_read_why_a_visit_was_refused() {
    let app = TestApp::with(&[("requests-per-second", "1")]).await;
    assert_eq!(
        readable(&app, "/w/shop/visit", b"nonsense".to_vec()).await,
        400
    );
    assert_eq!(readable(&app, "/w/no-such/visit", Vec::new()).await, 404);
    assert_eq!(
        readable(&app, "/w/shop/visit", vec![b' '; 64 * 1024]).await,
        413
    );
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(readable(&app, "/w/shop/visit", Vec::new()).await);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    // No other route is for the pages of others.
    let request = TestApp::browser().get(app.url("/healthz"));
    let answer = request.header("origin", SITE_ORIGIN).send().await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}
