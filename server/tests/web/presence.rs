use std::time::Duration;

use domain::frame::{
    CLOSE_MALFORMED, CLOSE_RESUME,
    visitor::{VisitorEvent, VisitorRequest},
};

use crate::visitor::Visitor;

/// Much shorter than in earnest, and long enough for an answer on a slow machine.
const PING_EVERY: Duration = Duration::from_millis(500);

stories! {
    async fn who_answers_no_ping_is_gone(app: TestApp) {
        app.ping_every(PING_EVERY).await;
        let mut visitor = Visitor::connect(&app).await;
        assert_eq!(visitor.closed().await, CLOSE_RESUME);
    }

    async fn who_answers_stays(app: TestApp) {
        app.ping_every(PING_EVERY).await;
        let mut visitor = Visitor::connect(&app).await;
        for _ in 0..6 {
            visitor.until(|event| (*event == VisitorEvent::Ping).then_some(())).await;
            visitor.send(&VisitorRequest::Pong).await;
        }
        visitor.ask("Still here").await;
    }

    async fn who_never_says_who_it_is_is_closed(app: TestApp) {
        app.ping_every(PING_EVERY).await;
        let mut silent = Visitor::silent(&app).await;
        assert_eq!(silent.closed().await, CLOSE_MALFORMED);
    }
}
