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

    async fn a_page_is_sent_compressed(app: TestApp) {
        app.add_agent("Maya").await;
        let cookie = agent::cookie(&app, "Maya").await;
        let request = TestApp::browser().get(app.url("/")).header("cookie", cookie);
        let answer = request.header("accept-encoding", "br").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "br");
    }
}
