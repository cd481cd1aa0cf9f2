use crate::{agent, app::TestApp};

async fn page(app: &TestApp, path: &str, language: &str) -> reqwest::Response {
    let cookie = agent::cookie(app, "Maya").await;
    let request = TestApp::browser()
        .get(app.url(path))
        .header("cookie", cookie);
    request
        .header("accept-language", language)
        .send()
        .await
        .unwrap()
}

stories! {
    async fn a_page_allows_only_scripts_with_its_own_nonce(app: TestApp) {
        app.add_agent("Maya").await;
        let answer = page(&app, "/", "en").await;
        assert_eq!(answer.status(), 200);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        let other = page(&app, "/", "en").await;
        let other = other.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert_ne!(policy, other);
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");

        let html = answer.text().await.unwrap();
        assert!(html.contains("/assets/inbox-0000000000a1.js"), "{html}");
        for script in html.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            let allowed = tag.contains(&nonce) || tag.contains("application/json");
            assert!(allowed, "<script{tag}>");
        }
    }

    async fn a_page_is_in_the_browsers_language(app: TestApp) {
        app.add_agent("Maya").await;
        let html = page(&app, "/", "it-IT,it;q=0.9").await.text().await.unwrap();
        assert!(html.contains("lang=\"it\""), "{html}");
    }

    async fn a_photo_is_kept_for_ever_and_can_do_nothing(app: TestApp) {
        app.add_agent("Maya").await;
        let who = agent::signed_in(&app, &agent::cookie(&app, "Maya").await).await;
        let picture = b"\x89PNG\r\n\x1a\n<script>".to_vec();
        let name = app.casella().set_photo(&who, Some(picture.clone())).await.unwrap().unwrap();
        let answer = app.get(&format!("/photos/{name}")).await;
        assert_eq!(answer.status(), 200);
        let headers = answer.headers().clone();
        assert_eq!(headers["content-type"], "image/png");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
        assert_eq!(answer.bytes().await.unwrap(), picture);
        let unknown = format!("/photos/{}.png", "0".repeat(32));
        for path in [unknown.as_str(), "/photos/casella.db", "/photos/..%2fcasella.db"] {
            assert_eq!(app.get(path).await.status(), 404, "{path}");
        }
    }

    async fn the_service_worker_is_never_old_and_a_page_may_register_it(app: TestApp) {
        app.add_agent("Maya").await;
        let answer = app.get("/worker.js").await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(answer.headers()["cache-control"], "no-cache");
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        assert_eq!(answer.text().await.unwrap(), "// worker");
        let answer = page(&app, "/", "en").await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("worker-src 'self'"), "{policy}");
    }

    async fn a_page_is_sent_compressed(app: TestApp) {
        app.add_agent("Maya").await;
        let cookie = agent::cookie(&app, "Maya").await;
        let request = TestApp::browser().get(app.url("/")).header("cookie", cookie);
        let answer = request.header("accept-encoding", "br").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "br");
    }
}
