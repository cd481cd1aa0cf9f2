use domain::{
    ConversationId, Refusal, Timestamp,
    frame::visitor::{VisitorCommand, VisitorEvent, VisitorRequest},
};

use crate::{
    app::{PASSWORD, TestApp},
    line::{new_id, refused, upgrade},
    sign_in::{arguments, call},
    visitor::Visitor,
};

#[tokio::test]
async fn too_many_frames_are_refused_each_to_its_sender() {
    let app = TestApp::with(&[("frames-per-second", "5")]).await;
    let mut visitor = Visitor::connect(&app).await;
    let conversation = ConversationId::new(Timestamp(0), [7; 10]);
    let ids: Vec<_> = (0..60).map(|_| new_id()).collect();
    for id in &ids {
        let command = VisitorCommand::End { conversation };
        visitor
            .send(&VisitorRequest::Command { id: *id, command })
            .await;
    }
    let mut too_many = 0;
    for wanted in &ids {
        let result = visitor
            .until(|event| match event {
                VisitorEvent::Answer { id, result } if id == wanted => Some(result.clone()),
                _ => None,
            })
            .await;
        match result {
            Err(Refusal::TooMany) => too_many += 1,
            other => assert_eq!(other, Err(Refusal::NotFound)),
        }
    }
    // Twenty at once, the first frame counted, and what a slow machine lets in meanwhile.
    assert!((1..=41).contains(&too_many), "{too_many}");
}

#[tokio::test]
async fn an_address_may_have_so_many_connections() {
    let app = TestApp::with(&[("connections-per-address", "3")]).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(Visitor::silent(&app).await);
    }
    let fourth = upgrade(&app, "/ws/visitor", &app.origin(), None);
    assert!(tokio_tungstenite::connect_async(fourth).await.is_err());
    drop(open.pop());
    // The place is free as soon as the server has noticed.
    let again = || upgrade(&app, "/ws/visitor", &app.origin(), None);
    tokio::time::timeout(crate::app::SOON, async {
        while tokio_tungstenite::connect_async(again()).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn too_many_requests_are_a_problem_that_says_when_to_try_again() {
    let app = TestApp::with(&[("requests-per-second", "1")]).await;
    let browser = TestApp::browser();
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let answer = browser.get(app.url("/healthz")).send().await.unwrap();
        let status = answer.status().as_u16();
        if status == 429 {
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            assert!(answer.headers().contains_key("retry-after"));
        }
        statuses.push(status);
    }
    assert!(statuses[..20].iter().all(|status| *status == 200));
    assert!(statuses.contains(&429));
}

#[tokio::test]
async fn passwords_cannot_be_tried_without_end() {
    let app = TestApp::with(&[("sign-ins-per-minute", "2")]).await;
    app.add_agent("Maya").await;
    let browser = TestApp::browser();
    let mut statuses = Vec::new();
    for password in ["wrong horse", "wrong horse", PASSWORD] {
        let body = arguments(&("maya@example.com", password));
        let answer = call(&app, &browser, "sign-in", body).await;
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [403, 403, 429]);
}

#[tokio::test]
async fn a_stranger_counts_for_nobody_else() {
    // A socket that is refused leaves no place taken.
    let app = TestApp::with(&[("connections-per-address", "2")]).await;
    for _ in 0..10 {
        let foreign = upgrade(&app, "/ws/visitor", "https://evil.example", None);
        assert_eq!(refused(foreign).await, Some(403));
        // Only once it is closed on both sides.
        tokio::task::yield_now().await;
    }
}
