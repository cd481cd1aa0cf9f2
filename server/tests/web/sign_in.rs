use crate::{
    agent,
    app::{PASSWORD, TestApp},
    line::{refused, upgrade},
};

/// The body of a function's call: its arguments in postcard.
pub fn arguments(arguments: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_allocvec(arguments).unwrap()
}

pub async fn call(
    app: &TestApp,
    browser: &reqwest::Client,
    function: &str,
    body: Vec<u8>,
) -> reqwest::Response {
    browser
        .post(app.url(&format!("/api/{function}")))
        .header("origin", app.origin())
        .body(body)
        .send()
        .await
        .unwrap()
}

stories! {
    async fn who_signs_in_gets_a_cookie_that_no_script_can_read(app: TestApp) {
        app.add_agent("Maya").await;
        let browser = TestApp::browser();
        let body = arguments(&("maya@example.com", PASSWORD));
        let answer = call(&app, &browser, "sign-in", body).await;
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("casella="), "{cookie}");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let inbox = browser.get(app.url("/")).send().await.unwrap();
        assert_eq!(inbox.status(), 200);
    }

    async fn signing_in_again_ends_the_session_that_the_browser_had(app: TestApp) {
        app.add_agent("Maya").await;
        let before = agent::cookie(&app, "Maya").await;
        let elsewhere = agent::cookie(&app, "Maya").await;
        let mut tab = agent::Agent::connect(&app, before.clone()).await;
        let answer = TestApp::browser()
            .post(app.url("/api/sign-in"))
            .header("origin", app.origin())
            .header("cookie", &before)
            .body(arguments(&("maya@example.com", PASSWORD)))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let cookies = answer.headers().get_all("set-cookie");
        let cookies: Vec<_> = cookies.iter().map(|cookie| cookie.to_str().unwrap()).collect();
        assert_ne!(cookies[0].split(';').next(), Some(before.as_str()));
        let known = cookies.iter().find(|cookie| cookie.starts_with("casella-known="));
        assert!(known.is_some_and(|known| known.contains("HttpOnly")), "{cookies:?}");
        assert_eq!(tab.closed().await, domain::frame::CLOSE_SIGNED_OUT);
        for (cookie, status) in [(&before, Some(401)), (&elsewhere, None)] {
            let socket = upgrade(&app, "/ws/agent", &app.origin(), Some(cookie));
            assert_eq!(refused(socket).await, status);
        }
    }

    async fn a_wrong_password_is_refused(app: TestApp) {
        app.add_agent("Maya").await;
        let body = arguments(&("maya@example.com", "wrong horse"));
        let answer = call(&app, &TestApp::browser(), "sign-in", body).await;
        assert_eq!(answer.status(), 403);
        assert!(!answer.headers().contains_key("set-cookie"));
    }

    async fn after_signing_out_the_session_opens_nothing(app: TestApp) {
        app.add_agent("Maya").await;
        let cookie = agent::cookie(&app, "Maya").await;
        let mut connected = agent::Agent::connect(&app, cookie.clone()).await;
        let answer = TestApp::browser()
            .post(app.url("/api/sign-out"))
            .header("origin", app.origin())
            .header("cookie", &cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(connected.closed().await, domain::frame::CLOSE_SIGNED_OUT);
        let again = upgrade(&app, "/ws/agent", &app.origin(), Some(&cookie));
        assert_eq!(refused(again).await, Some(401));
    }

    async fn who_is_not_signed_in_is_sent_to_sign_in(app: TestApp) {
        app.add_agent("Maya").await;
        let answer = app.get("/all").await;
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()["location"], "/sign-in");
        assert_eq!(app.get("/sign-in").await.status(), 200);
        assert_eq!(app.get("/setup").await.headers()["location"], "/sign-in");
    }

    async fn without_any_agent_the_first_admin_is_created(app: TestApp) {
        assert_eq!(app.get("/").await.headers()["location"], "/setup");
        let browser = TestApp::browser();
        let make = |code: &str| arguments(&(code, "Maya", "maya@example.com", PASSWORD));
        for wrong in ["", "aaaaaaaaaaaaaaaaaaaa"] {
            let answer = call(&app, &browser, "create-first-admin", make(wrong)).await;
            assert_eq!(answer.status(), 404);
            assert!(!app.casella().has_agents().await.unwrap());
        }
        let code = app.casella().setup_code().await.unwrap().unwrap();
        let body = make(&code);
        let answer = call(&app, &browser, "create-first-admin", body.clone()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(browser.get(app.url("/")).send().await.unwrap().status(), 200);
        let second = call(&app, &TestApp::browser(), "create-first-admin", body).await;
        assert_eq!(second.status(), 403);
    }
}
