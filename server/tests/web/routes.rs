use http::Method;
use leptos::server_fn::axum::server_fn_paths;
use server::route::{Pages, Who, table};

use crate::app::{SITE, TestApp};

/// An address of a route, its parameters filled in.
fn address(path: &str) -> String {
    path.replace("{file}", "0190-x.txt")
        .replace("{name}", "0190.png")
        .replace("{address}", &"0".repeat(64))
        .replace("{key}", SITE)
        .replace("{*page}", "conversations/0190")
}

async fn ask(app: &TestApp, method: &Method, path: &str, origin: Option<&str>) -> u16 {
    let mut request = TestApp::browser().request(method.clone(), app.url(&address(path)));
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    if path.starts_with("/ws/") {
        request = request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
    request.send().await.unwrap().status().as_u16()
}

#[test]
fn every_function_of_the_inbox_stands_in_the_table_once() {
    let rows = table();
    // An upload is no function: it carries more than a call does, and tells how far it is.
    let is_function = |path: &str| path.starts_with("/api/") && path != "/api/upload";
    let rows = rows.iter().filter(|route| is_function(route.path));
    let mut listed: Vec<_> = rows
        .map(|route| (route.path, route.method.clone()))
        .collect();
    let mut written: Vec<_> = server_fn_paths().collect();
    listed.sort_unstable_by_key(|row| row.0);
    written.sort_unstable_by_key(|row| row.0);
    assert_eq!(listed, written);
}

stories! {
    async fn without_a_session_every_route_does_what_its_row_declares(app: TestApp) {
        app.add_agent("Maya").await;
        let own = app.origin();
        for route in table() {
            let path = route.path;
            let status = ask(&app, &route.method, path, Some(&own)).await;
            match route.who {
                Who::Agent | Who::AgentFunction => assert_eq!(status, 401, "{path}"),
                Who::AgentPage => assert_eq!(status, 303, "{path}"),
                Who::Anyone | Who::Guest => assert_ne!(status, 401, "{path}"),
            }
        }
    }

    async fn what_changes_something_is_refused_to_other_pages(app: TestApp) {
        app.add_agent("Maya").await;
        for route in table() {
            let path = route.path;
            let foreign = ask(&app, &route.method, path, Some("https://evil.example")).await;
            let none = ask(&app, &route.method, path, None).await;
            match route.from {
                Pages::Own | Pages::Sites => assert_eq!((foreign, none), (403, 403), "{path}"),
                Pages::Any => {
                    assert_eq!(route.method, Method::GET, "{path} changes something");
                    assert_ne!(foreign, 403, "{path}");
                }
            }
        }
    }

    async fn an_unknown_address_or_method_is_a_problem(app: TestApp) {
        let answer = TestApp::browser().delete(app.url("/healthz")).send().await.unwrap();
        assert_eq!(answer.status(), 405);
        let answer = app.get("/w/unknown.js").await;
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let answer = app.get("/assets/manifest.json").await;
        assert_eq!(answer.status(), 404);
    }
}
