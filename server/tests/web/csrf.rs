use crate::{
    agent,
    app::{PASSWORD, SITE_ORIGIN, TestApp},
    line::{refused, upgrade},
    sign_in::arguments,
};

async fn sign_in(app: &TestApp, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut request = TestApp::browser().post(app.url("/api/sign-in"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = arguments(&("maya@example.com", PASSWORD));
    request.body(body).send().await.unwrap()
}

stories! {
    async fn a_function_is_called_from_our_own_pages_only(app: TestApp) {
        app.add_agent("Maya").await;
        let own = app.origin();
        for headers in [
            &[][..],
            &[("origin", SITE_ORIGIN)],
            &[("origin", "null")],
            &[("origin", &own), ("sec-fetch-site", "cross-site")],
            &[("origin", &own), ("sec-fetch-site", "same-site")],
        ] {
            let answer = sign_in(&app, headers).await;
            assert_eq!(answer.status(), 403, "{headers:?}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            assert!(!answer.headers().contains_key("set-cookie"));
        }
        let answer = sign_in(&app, &[("origin", &own), ("sec-fetch-site", "same-origin")]).await;
        assert_eq!(answer.status(), 200);
    }

    async fn a_socket_is_opened_from_our_own_pages_only(app: TestApp) {
        app.add_agent("Maya").await;
        let cookie = agent::cookie(&app, "Maya").await;
        for (path, cookie) in [("/ws/agent", Some(cookie.as_str())), ("/ws/visitor", None)] {
            let foreign = upgrade(&app, path, SITE_ORIGIN, cookie);
            assert_eq!(refused(foreign).await, Some(403), "{path}");
            let own = upgrade(&app, path, &app.origin(), cookie);
            assert_eq!(refused(own).await, None, "{path}");
        }
    }
}
