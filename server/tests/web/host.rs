//! By which name Casella is reached.

use backend::Clock;
use server::{
    config::{Config, Flags, Settings},
    serve,
};

use crate::app::TestApp;

async fn ask(app: &TestApp, path: &str, host: &str) -> reqwest::Response {
    let request = TestApp::browser().get(app.url(path)).header("host", host);
    request.send().await.unwrap()
}

#[tokio::test]
async fn without_a_public_address_only_names_of_this_machine_are_answered() {
    let app = TestApp::with(&[]).await;
    for host in ["localhost:3000", "127.0.0.1", "[::1]:3000"] {
        let answer = ask(&app, "/w/shop.js", host).await;
        assert_eq!(answer.status(), 200, "{host}");
        assert!(
            answer
                .text()
                .await
                .unwrap()
                .contains(&format!("\"http://{host}\""))
        );
    }
    for path in ["/w/shop.js", "/w/shop/frame", "/sign-in", "/no/such"] {
        let answer = ask(&app, path, "evil.example").await;
        assert_eq!(answer.status(), 421, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let words = answer.text().await.unwrap();
        assert!(
            words.contains("public_url") && !words.contains("evil"),
            "{words}"
        );
    }
    // Whoever looks after the server may ask by any name.
    assert_eq!(ask(&app, "/readyz", "casella.lan").await.status(), 200);
}

#[tokio::test]
async fn with_a_public_address_the_loader_carries_that_alone() {
    let app = TestApp::with(&[("public-url", "https://chat.example.com")]).await;
    let answer = ask(&app, "/w/shop.js", "evil.example").await;
    assert_eq!(answer.status(), 200);
    let script = answer.text().await.unwrap();
    assert!(
        script.contains("https://chat.example.com") && !script.contains("evil"),
        "{script}"
    );
}

#[tokio::test]
async fn a_server_that_others_reach_does_not_start_without_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let variable = |name: &str| match name {
        "CASELLA_DATA_DIR" => Some(folder.path().display().to_string()),
        "CASELLA_LISTEN" => Some("0.0.0.0:0".to_owned()),
        _ => None,
    };
    let settings = Settings::from_layers(&Flags::default(), variable, "").unwrap();
    let config = Config::parse(&settings).unwrap();
    let refused = serve::start(config, Clock::default(), false).await;
    let words = refused.err().unwrap().to_string();
    assert!(
        words.starts_with("public_url: expected the address that browsers use"),
        "{words}"
    );
}
