use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use domain::{
    ConversationId,
    availability::{Block, Schedule},
    frame::{
        CLOSE_MALFORMED, CLOSE_OUTDATED, CLOSE_RESUME, POLL_FRAMES, PROTOCOL, PollAnswer,
        PollRequest, PollSeen,
        agent::AgentCommand,
        decode, encode,
        visitor::{
            Answer, ChatState, Known, VisitorCommand, VisitorEvent, VisitorRequest, VisitorToken,
        },
    },
    meeting::MeetingHours,
    message::{Body, Seq},
};
use tokio::time::timeout;

use crate::{
    agent::{Agent, signed_in},
    app::{SOON, TestApp},
    line::{here, new_id},
    visitor::{hello, start},
};

/// A request that has no answer after this is held.
const A_WHILE: Duration = Duration::from_millis(500);

/// A visitor's client without WebSocket. Its requests go to its nodes in turn.
struct Polling {
    browser: reqwest::Client,
    /// The nodes' origins; the next request is for the first.
    nodes: VecDeque<String>,
    token: VisitorToken,
    known: BTreeMap<ConversationId, Seq>,
    seen: Option<PollSeen>,
    passed: VecDeque<VisitorEvent>,
    /// How many answers began with how everything is.
    welcomes: usize,
    /// Everything that was read, in the order of arrival.
    read: Vec<String>,
}

impl Polling {
    fn new(apps: &[&TestApp]) -> Self {
        Self {
            browser: TestApp::browser(),
            nodes: apps.iter().map(|app| app.origin()).collect(),
            token: backend::random(),
            known: BTreeMap::new(),
            seen: None,
            passed: VecDeque::new(),
            welcomes: 0,
            read: Vec::new(),
        }
    }

    fn hello(&self) -> Vec<u8> {
        let known = self.known.iter().map(|(conversation, last)| Known {
            conversation: *conversation,
            last: *last,
        });
        encode(&VisitorRequest::Hello(hello(self.token, known.collect())))
    }

    /// A request with exactly these frames.
    fn request(&mut self, frames: Vec<Vec<u8>>) -> reqwest::RequestBuilder {
        self.nodes.rotate_left(1);
        let origin = self.nodes.back().unwrap();
        let request = PollRequest {
            seen: self.seen,
            frames,
        };
        let post = self.browser.post(format!("{origin}/poll/visitor"));
        post.header("origin", origin).body(encode(&request))
    }

    async fn post(&mut self, frames: Vec<Vec<u8>>) -> PollAnswer {
        let answer = self.request(frames).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        decode(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Sends what comes after the first frame, and takes in the answer.
    async fn send(&mut self, requests: &[VisitorRequest]) {
        let mut frames = vec![self.hello()];
        frames.extend(requests.iter().map(encode));
        let answer = self.post(frames).await;
        assert_eq!(answer.closed, None);
        self.seen = Some(answer.seen);
        for frame in answer.frames {
            let event: VisitorEvent = decode(&frame).unwrap();
            match &event {
                VisitorEvent::Welcome { .. } => self.welcomes += 1,
                VisitorEvent::Chat { chat, messages } => {
                    for message in messages {
                        let last = self.known.entry(chat.id).or_default();
                        assert_eq!(message.seq, *last + 1, "lost, doubled or out of order");
                        *last = message.seq;
                        if let Body::Text(text) = &message.body {
                            self.read.push(text.clone());
                        }
                    }
                }
                _ => {}
            }
            self.passed.push_back(event);
        }
    }

    async fn until<T>(&mut self, wanted: impl Fn(&VisitorEvent) -> Option<T>) -> T {
        timeout(SOON, async {
            loop {
                while let Some(event) = self.passed.pop_front() {
                    if let Some(value) = wanted(&event) {
                        return value;
                    }
                }
                self.send(&[]).await;
            }
        })
        .await
        .unwrap()
    }

    async fn reads(&mut self, text: &str) {
        let read = async {
            while !self.read.iter().any(|read| read == text) {
                self.send(&[]).await;
            }
        };
        timeout(SOON, read).await.unwrap();
    }

    /// Asks for a chat in these words.
    async fn ask(&mut self, words: &str) -> ConversationId {
        let id = new_id();
        let command = start(words);
        self.send(&[VisitorRequest::Command { id, command }]).await;
        self.until(|event| match event {
            VisitorEvent::Answer {
                result: Ok(Answer::Started { conversation }),
                ..
            } => Some(*conversation),
            _ => None,
        })
        .await
    }

    /// Asks until a request is held because nothing is new, and gives that one up.
    async fn has_all(&mut self) {
        for _ in 0..5 {
            if timeout(A_WHILE, self.send(&[])).await.is_err() {
                return;
            }
        }
        panic!("there is always something new");
    }
}

fn say(conversation: ConversationId, text: &str) -> VisitorRequest {
    VisitorRequest::Command {
        id: new_id(),
        command: VisitorCommand::Message {
            conversation,
            text: text.to_owned(),
        },
    }
}

fn is_active(event: &VisitorEvent) -> Option<()> {
    match event {
        VisitorEvent::Chat { chat, .. } => (chat.state == ChatState::Active).then_some(()),
        VisitorEvent::Welcome { chats, .. } => chats
            .iter()
            .any(|chat| chat.state == ChatState::Active)
            .then_some(()),
        _ => None,
    }
}

/// A chat in which both write, and the visitor's requests go to all nodes in turn.
async fn chats(apps: &[&TestApp]) {
    let mut maya = Agent::available(apps[0], "Maya").await;
    let mut visitor = Polling::new(apps);
    let conversation = visitor.ask("Without sockets").await;
    maya.accept(conversation).await;
    visitor.until(is_active).await;
    let mut written = vec!["Without sockets".to_owned()];
    for n in 0..8 {
        let (mine, mine_too) = (format!("first {n}"), format!("second {n}"));
        visitor
            .send(&[say(conversation, &mine), say(conversation, &mine_too)])
            .await;
        let seq = maya.reads(&mine).await;
        assert_eq!(maya.reads(&mine_too).await, seq + 1);
        let answer = format!("answer {n}");
        maya.say(conversation, &answer).await.unwrap();
        visitor.reads(&answer).await;
        written.extend([mine, mine_too, answer]);
    }
    assert_eq!(visitor.read, written);
}

stories! {
    async fn a_page_without_websocket_chats_all_the_same(app: TestApp) {
        chats(&[&app]).await;
    }

    async fn a_request_is_held_until_there_is_news(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Polling::new(&[&app]);
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        visitor.until(is_active).await;
        visitor.has_all().await;
        let told = visitor.welcomes;
        maya.say(conversation, "News").await.unwrap();
        visitor.reads("News").await;
        visitor.has_all().await;
        maya.command(AgentCommand::End { conversation }).await.unwrap();
        visitor.until(|event| match event {
            VisitorEvent::Welcome { chats, .. } => (chats[0].state == ChatState::Ended).then_some(()),
            VisitorEvent::Chat { chat, .. } => (chat.state == ChatState::Ended).then_some(()),
            _ => None,
        }).await;
        assert_eq!(visitor.read, ["Hello", "News"]);
        assert!(visitor.welcomes <= told + 3, "told everything {} times", visitor.welcomes);
    }

    async fn a_page_without_websocket_books_a_meeting(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let agent = signed_in(&app, &maya.cookie).await.agent.id;
        let mut visitor = Polling::new(&[&app]);
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        let week = Schedule::new(None, std::array::from_fn(|_| vec![Block::new(0, 24 * 60).unwrap()]));
        let hours = MeetingHours { week: week.unwrap(), ..MeetingHours::default() };
        app.casella().set_meeting_hours_of(agent, hours).await.unwrap();
        maya.command(AgentCommand::ShareCalendar { conversation, agent }).await.unwrap();
        let card = visitor.until(|event| match event {
            VisitorEvent::Chat { messages, .. } => messages.iter().find_map(|message| match &message.body {
                Body::Calendar(card) => Some(card.card),
                _ => None,
            }),
            _ => None,
        }).await;
        // One request brings the question, and its answer the slots.
        visitor.send(&[VisitorRequest::Slots { card, from: None }]).await;
        let slots = visitor.passed.iter().find_map(|event| match event {
            VisitorEvent::Slots { slots, .. } => Some(slots.clone()),
            _ => None,
        });
        let command = VisitorCommand::Book {
            card,
            slot: slots.unwrap()[0],
            email: Some("ada@example.com".to_owned()),
            zone: String::new(),
        };
        visitor.send(&[VisitorRequest::Command { id: new_id(), command }]).await;
        let booked = visitor.until(|event| match event {
            VisitorEvent::Answer { result: Ok(Answer::Booked(meeting)), .. } => Some(meeting.clone()),
            _ => None,
        }).await;
        visitor.has_all().await;
        // What is done elsewhere ends a request that is held.
        let off = app.casella().cancel_by_link(&booked.address, new_id(), here()).await.unwrap();
        visitor.until(|event| match event {
            VisitorEvent::Meetings { meetings } => (*meetings == [off.clone()]).then_some(()),
            _ => None,
        }).await;
    }

    async fn the_same_command_twice_is_done_once(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Polling::new(&[&app]);
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        let words = say(conversation, "Once");
        visitor.send(std::slice::from_ref(&words)).await;
        visitor.send(&[words, say(conversation, "Twice")]).await;
        visitor.reads("Twice").await;
        assert_eq!(visitor.read, ["Hello", "Once", "Twice"]);
    }

    async fn an_older_protocol_is_told_to_reload(app: TestApp) {
        let mut visitor = Polling::new(&[&app]);
        let mut frame = visitor.hello();
        frame[0] = 0;
        let answer = visitor.post(vec![frame]).await;
        assert_eq!(answer.closed, Some(CLOSE_OUTDATED));
    }

    async fn a_first_frame_that_makes_no_sense_is_closed(app: TestApp) {
        let mut visitor = Polling::new(&[&app]);
        let answer = visitor.post(vec![vec![PROTOCOL, 250]]).await;
        assert_eq!(answer.closed, Some(CLOSE_MALFORMED));
    }

    async fn too_many_frames_are_a_problem_and_none_is_taken(app: TestApp) {
        let mut visitor = Polling::new(&[&app]);
        let conversation = visitor.ask("Hello").await;
        let mut frames = vec![visitor.hello()];
        frames.extend((0..POLL_FRAMES).map(|n| encode(&say(conversation, &n.to_string()))));
        let answer = visitor.request(frames).send().await.unwrap();
        assert_eq!(answer.status(), 429);
        visitor.send(&[say(conversation, "One")]).await;
        visitor.reads("One").await;
        assert_eq!(visitor.read, ["Hello", "One"]);
    }

    async fn a_held_request_ends_when_the_node_stops(app: TestApp) {
        let mut visitor = Polling::new(&[&app]);
        visitor.has_all().await;
        let mut held = tokio::spawn(async move {
            let hello = visitor.hello();
            visitor.post(vec![hello]).await.closed
        });
        assert!(timeout(A_WHILE, &mut held).await.is_err());
        app.stop().await;
        assert_eq!(timeout(SOON, held).await.unwrap().unwrap(), Some(CLOSE_RESUME));
    }

    async fn a_body_that_is_no_frame_is_a_problem(app: TestApp) {
        for body in [b"nonsense".to_vec(), encode(&PollRequest::default())] {
            let request = TestApp::browser().post(app.url("/poll/visitor"));
            let request = request.header("origin", app.origin()).body(body);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 400);
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_alternate_between_two_nodes_lose_and_double_nothing() {
    let Some(one) = TestApp::on_postgres().await else {
        return;
    };
    let two = one.another_node().await;
    chats(&[&one, &two]).await;
}
