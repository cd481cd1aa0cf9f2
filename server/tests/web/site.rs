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

    async fn a_visit_from_another_origin_is_refused(app: TestApp) {
        let answer = visit(&app, "https://evil.example", [9; 32]).await;
        assert_eq!(answer.status(), 403);
        assert!(!answer.headers().contains_key("access-control-allow-origin"));
    }
}
