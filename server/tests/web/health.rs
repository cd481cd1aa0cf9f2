use reqwest::StatusCode;

use crate::app::TestApp;

stories! {
    async fn a_running_node_is_alive_and_ready(app: TestApp) {
        assert_eq!(app.get("/healthz").await.status(), 200);
        assert_eq!(app.get("/readyz").await.status(), 200);
    }

    async fn measures_count_requests_by_route(app: TestApp) {
        app.get("/healthz").await;
        let measures = app.measures();
        let counted = measures.lines().any(|line| {
            line.starts_with("casella_http_requests_total") && line.contains("route=\"/healthz\"")
        });
        assert!(counted, "{measures}");
    }

    async fn every_answer_has_an_id_and_says_what_browsers_may_do(app: TestApp) {
        let answer = app.get("/healthz").await;
        assert_eq!(answer.headers()["x-request-id"].len(), 16);
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.headers().contains_key("content-security-policy"));
    }
}

#[tokio::test]
async fn what_strangers_send_becomes_no_label() {
    let app = TestApp::with(&[("requests-per-second", "1")]).await;
    let long = "X".repeat(20_000);
    for number in 0..30 {
        for method in [format!("PROBE-{number}"), format!("{long}{number}")] {
            let method = method.parse().unwrap();
            let path = app.url(&format!("/probe-{number}"));
            // Also those that the limit refuses.
            let _ = TestApp::browser().request(method, path).send().await;
        }
    }
    let measures = app.measures();
    assert!(
        measures.contains("method=\"other\",route=\"/{*page}\""),
        "{measures}"
    );
    let lower = measures.to_lowercase();
    assert!(
        !lower.contains("probe") && !lower.contains("xxxx"),
        "{measures}"
    );
}

#[tokio::test]
async fn measures_are_for_who_has_the_token_or_reaches_their_own_address() {
    let app = TestApp::with(&[]).await;
    assert_eq!(app.get("/metrics").await.status(), 404);

    let settings = [
        ("metrics-token", "geheim"),
        ("metrics-listen", "127.0.0.1:0"),
    ];
    let app = TestApp::with(&settings).await;
    let ask = async |said: Option<&str>| {
        let mut request = TestApp::browser().get(app.url("/metrics"));
        if let Some(said) = said {
            request = request.header("authorization", said);
        }
        request.send().await.unwrap()
    };
    for wrong in [
        None,
        Some("Bearer"),
        Some("Bearer other"),
        Some("Basic geheim"),
    ] {
        let answer = ask(wrong).await;
        assert_eq!(answer.status(), 401, "{wrong:?}");
        assert!(!answer.text().await.unwrap().contains("casella_"));
    }
    let answer = ask(Some("Bearer geheim")).await;
    assert_eq!(answer.status(), 200);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("casella_http_requests_total")
    );

    let own = TestApp::browser()
        .get(app.measures_at())
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), 200);
    assert!(
        own.text()
            .await
            .unwrap()
            .contains("casella_http_requests_total")
    );
    let other = app.measures_at().replace("/metrics", "/sign-in");
    let other = TestApp::browser().get(other).send().await.unwrap();
    assert_eq!(other.status(), 404);
}

#[tokio::test]
async fn a_server_without_what_browsers_load_is_not_ready_and_says_what_to_build() {
    let app = TestApp::with(&[]).await;
    let style = app.folder().join("site/chat-0000000000b3.css");
    std::fs::remove_file(&style).unwrap();
    let answer = app.get("/readyz").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let words = answer.text().await.unwrap();
    assert!(
        words.contains("cargo xtask assets") && words.contains("chat.css"),
        "{words}"
    );
    assert_eq!(app.get("/healthz").await.status(), 200);
    std::fs::write(style, "").unwrap();
    assert_eq!(app.get("/readyz").await.status(), 200);
}
