use std::collections::VecDeque;

use domain::{
    frame::{
        CLOSE_MALFORMED, CLOSE_OUTDATED, CLOSE_RESUME, PollAnswer, PollConnection, PollRequest,
        decode, encode,
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    message::Body,
};
use tokio::time::timeout;

use crate::{
    agent::Agent,
    app::{SOON, TestApp},
    line::new_id,
    visitor::{hello, start},
};

/// A visitor's client without WebSocket.
struct Polling {
    browser: reqwest::Client,
    address: String,
    origin: String,
    connection: Option<PollConnection>,
    passed: VecDeque<VisitorEvent>,
}

impl Polling {
    fn new(app: &TestApp) -> Self {
        Self {
            browser: TestApp::browser(),
            address: app.url("/poll/visitor"),
            origin: app.origin(),
            connection: None,
            passed: VecDeque::new(),
        }
    }

    fn request(&self, frames: Vec<Vec<u8>>, wait: bool) -> reqwest::RequestBuilder {
        let request = PollRequest {
            connection: self.connection,
            frames,
            wait,
        };
        let post = self.browser.post(&self.address);
        post.header("origin", &self.origin).body(encode(&request))
    }

    async fn send(&mut self, frames: Vec<Vec<u8>>, wait: bool) -> PollAnswer {
        let answer = self.request(frames, wait).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: PollAnswer = decode(&answer.bytes().await.unwrap()).unwrap();
        self.connection = Some(answer.connection);
        let events = answer.frames.iter().map(|frame| decode(frame).unwrap());
        self.passed.extend(events);
        answer
    }

    async fn until<T>(&mut self, wanted: impl Fn(&VisitorEvent) -> Option<T>) -> T {
        timeout(SOON, async {
            loop {
                while let Some(event) = self.passed.pop_front() {
                    if let Some(value) = wanted(&event) {
                        return value;
                    }
                }
                let answer = self.send(Vec::new(), true).await;
                assert_eq!(answer.closed, None);
            }
        })
        .await
        .unwrap()
    }
}

fn greeting() -> Vec<u8> {
    encode(&VisitorRequest::Hello(hello(backend::random(), Vec::new())))
}

stories! {
    async fn a_page_without_websocket_chats_all_the_same(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Polling::new(&app);
        visitor.send(vec![greeting()], true).await;
        let ask = VisitorRequest::Command { id: new_id(), command: start("Without sockets") };
        visitor.send(vec![encode(&ask)], false).await;
        let conversation = visitor.until(|event| match event {
            VisitorEvent::Answer { result: Ok(Answer::Started { conversation }), .. } => Some(*conversation),
            _ => None,
        }).await;
        maya.accept(conversation).await;
        maya.say(conversation, "I hear you").await.unwrap();
        visitor.until(|event| match event {
            VisitorEvent::Chat { messages, .. } => messages
                .iter()
                .any(|message| message.body == Body::Text("I hear you".to_owned()))
                .then_some(()),
            _ => None,
        }).await;
        let say = |text: &str| encode(&VisitorRequest::Command {
            id: new_id(),
            command: VisitorCommand::Message { conversation, text: text.to_owned() },
        });
        visitor.send(vec![say("first"), say("second")], false).await;
        let first = maya.reads("first").await;
        assert_eq!(maya.reads("second").await, first + 1);
    }

    async fn a_connection_that_is_not_known_is_to_be_opened_anew(app: TestApp) {
        let mut visitor = Polling::new(&app);
        visitor.connection = Some([7; 16]);
        let answer = visitor.send(Vec::new(), true).await;
        assert_eq!(answer.closed, Some(CLOSE_RESUME));
    }

    async fn an_older_protocol_is_told_to_reload(app: TestApp) {
        let mut visitor = Polling::new(&app);
        let mut frame = greeting();
        frame[0] = 0;
        // Also if nobody waits when it is found out.
        visitor.send(vec![frame], false).await;
        let answer = visitor.send(Vec::new(), true).await;
        assert_eq!(answer.closed, Some(CLOSE_OUTDATED));
    }

    async fn a_first_frame_that_makes_no_sense_is_closed(app: TestApp) {
        let mut visitor = Polling::new(&app);
        let answer = visitor.send(vec![vec![1, 250]], true).await;
        let closed = match answer.closed {
            None => visitor.send(Vec::new(), true).await.closed,
            closed => closed,
        };
        assert_eq!(closed, Some(CLOSE_MALFORMED));
    }

    async fn a_held_request_ends_when_the_node_stops(app: TestApp) {
        let mut visitor = Polling::new(&app);
        let tasks = app.tasks();
        // Nothing comes before the first frame, so that this one is held.
        let held = tokio::spawn(async move { visitor.send(Vec::new(), true).await.closed });
        while app.tasks() < tasks + 2 {
            tokio::task::yield_now().await;
        }
        app.stop().await;
        assert_eq!(timeout(SOON, held).await.unwrap().unwrap(), Some(CLOSE_RESUME));
    }

    async fn a_body_that_is_no_frame_is_a_problem(app: TestApp) {
        let request = TestApp::browser().post(app.url("/poll/visitor")).header("origin", app.origin());
        let answer = request.body("nonsense").send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}
