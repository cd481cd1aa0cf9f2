use crate::app::TestApp;

async fn encoded(app: &TestApp, accepted: &str) -> (Option<String>, String) {
    let request = TestApp::browser().get(app.url("/assets/chat-0000000000b1.js"));
    let answer = request
        .header("accept-encoding", accepted)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        answer.headers()["content-type"],
        "text/javascript; charset=utf-8"
    );
    let encoding = answer.headers().get("content-encoding");
    let encoding = encoding.map(|value| value.to_str().unwrap().to_owned());
    (encoding, answer.text().await.unwrap())
}

#[tokio::test]
async fn a_file_is_sent_in_the_best_form_that_the_browser_takes() {
    let app = TestApp::with(&[]).await;
    let brotli = (Some("br".to_owned()), "as brotli".to_owned());
    assert_eq!(encoded(&app, "gzip, deflate, br").await, brotli);
    let gzip = (Some("gzip".to_owned()), "as gzip".to_owned());
    assert_eq!(encoded(&app, "gzip").await, gzip);
    assert_eq!(
        encoded(&app, "identity").await,
        (None, "// chat".to_owned())
    );
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let app = TestApp::with(&[]).await;
    for path in [
        "/assets/loader.js",
        "/assets/%2e%2e%2fcasella.db",
        "/assets/chat-000000000000.js",
    ] {
        assert_eq!(app.get(path).await.status(), 404, "{path}");
    }
}
