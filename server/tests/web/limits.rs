use domain::{
    ConversationId, Refusal, Timestamp,
    bound::Bound,
    frame::{
        CLIENT_FRAME_BYTES, CLOSE_RESUME, PROTOCOL, encode,
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
};

use crate::{
    app::{PASSWORD, TestApp},
    line::{new_id, refused, upgrade},
    sign_in::{arguments, call},
    visitor::{Visitor, start},
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
    // Forty at once, the first frame counted, and what a slow machine lets in meanwhile.
    assert!((1..=21).contains(&too_many), "{too_many}");
}

#[tokio::test]
async fn frames_over_the_limit_are_not_decoded_and_some_dozens_end_the_connection() {
    let app = TestApp::with(&[("frames-per-second", "1")]).await;
    let mut visitor = Visitor::connect(&app).await;
    // Eight at once; the first frame was one of them.
    for _ in 0..7 {
        visitor.send(&VisitorRequest::Pong).await;
    }
    let id = new_id();
    let conversation = ConversationId::new(Timestamp(0), [7; 10]);
    let command = VisitorCommand::End { conversation };
    let mut spoiled = encode(&VisitorRequest::Command { id, command });
    spoiled.truncate(20);
    for _ in 0..Bound::ExcessFrames.amount() + 10 {
        visitor.send_bytes(spoiled.clone()).await;
    }
    // Its sender is told, although it could not be decoded as a whole.
    let result = visitor
        .until(|event| match event {
            VisitorEvent::Answer { id: of, result } if *of == id => Some(result.clone()),
            _ => None,
        })
        .await;
    assert_eq!(result, Err(Refusal::TooMany));
    assert_eq!(visitor.closed().await, CLOSE_RESUME);
}

#[tokio::test]
async fn what_is_too_large_again_and_again_ends_the_connection() {
    let app = TestApp::with(&[]).await;
    let mut visitor = Visitor::connect(&app).await;
    for _ in 0..=Bound::ExcessFrames.amount() {
        visitor
            .send_bytes(vec![PROTOCOL; CLIENT_FRAME_BYTES + 1])
            .await;
    }
    assert_eq!(visitor.closed().await, CLOSE_RESUME);
}

#[tokio::test]
async fn a_visitor_who_connects_again_has_not_more_to_send() {
    let app = TestApp::with(&[]).await;
    let mut visitor = Visitor::connect(&app).await;
    let token = visitor.token;
    let mut refused = Vec::new();
    for _ in 0..=Bound::VisitorChats.amount() {
        let conversation = match visitor.command(start("Hello")).await {
            Ok(Answer::Started { conversation }) => conversation,
            Err(refusal) => {
                refused.push(refusal);
                continue;
            }
            other => panic!("{other:?}"),
        };
        let end = visitor.command(VisitorCommand::End { conversation });
        assert_eq!(end.await, Ok(Answer::Done));
        visitor = Visitor::resume(&app, token, Vec::new()).await;
    }
    assert_eq!(refused, [Refusal::TooMany]);
    let mut another = Visitor::connect(&app).await;
    another.ask("Hello").await;
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
