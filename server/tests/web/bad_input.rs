use domain::{
    Refusal,
    frame::{
        CLIENT_FRAME_BYTES, CLOSE_MALFORMED, CLOSE_OUTDATED, PROTOCOL, encode,
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    text::MESSAGE_BYTES,
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    agent::Agent,
    app::TestApp,
    line::new_id,
    visitor::{Visitor, hello, start},
};

async fn refusal(visitor: &mut Visitor) -> Refusal {
    visitor
        .until(|event| match event {
            VisitorEvent::Refused(refusal) => Some(*refusal),
            _ => None,
        })
        .await
}

stories! {
    async fn a_malformed_frame_is_refused_and_the_connection_goes_on(app: TestApp) {
        let mut visitor = Visitor::connect(&app).await;
        visitor.send_bytes(vec![PROTOCOL, 250, 1, 2]).await;
        assert_eq!(refusal(&mut visitor).await, Refusal::Malformed);
        visitor.send_raw(Message::Text("hello".into())).await;
        assert_eq!(refusal(&mut visitor).await, Refusal::Malformed);
        visitor.ask("Still here").await;
    }

    async fn a_second_hello_is_refused_and_the_connection_goes_on(app: TestApp) {
        let mut visitor = Visitor::connect(&app).await;
        let again = hello(visitor.token, Vec::new());
        visitor.send(&VisitorRequest::Hello(again)).await;
        assert_eq!(refusal(&mut visitor).await, Refusal::Malformed);
        visitor.ask("Still here").await;
    }

    async fn nothing_but_nonsense_is_closed(app: TestApp) {
        let mut visitor = Visitor::connect(&app).await;
        for _ in 0..5 {
            visitor.send_bytes(vec![PROTOCOL, 250]).await;
        }
        assert_eq!(visitor.closed().await, CLOSE_MALFORMED);
    }

    async fn a_first_frame_that_makes_no_sense_is_closed(app: TestApp) {
        let mut silent = Visitor::silent(&app).await;
        silent.send_bytes(vec![PROTOCOL, 250]).await;
        assert_eq!(silent.closed().await, CLOSE_MALFORMED);

        let mut hasty = Visitor::silent(&app).await;
        hasty.send(&VisitorRequest::Command { id: new_id(), command: start("Hi") }).await;
        assert_eq!(hasty.closed().await, CLOSE_MALFORMED);
    }

    async fn an_unknown_site_is_said_and_closed(app: TestApp) {
        let mut lost = Visitor::silent(&app).await;
        let mut greeting = hello(backend::random(), Vec::new());
        greeting.site = "no-such-site".parse().unwrap();
        lost.send(&VisitorRequest::Hello(greeting)).await;
        let refused = lost.until(|event| match event {
            VisitorEvent::Refused(refusal) => Some(*refusal),
            _ => None,
        }).await;
        assert_eq!(refused, Refusal::NotFound);
        assert_eq!(lost.closed().await, CLOSE_MALFORMED);
    }

    async fn an_older_protocol_is_told_to_reload(app: TestApp) {
        let mut old = Visitor::silent(&app).await;
        let mut bytes = encode(&VisitorRequest::Hello(hello(backend::random(), Vec::new())));
        bytes[0] = 0;
        old.send_bytes(bytes).await;
        assert_eq!(old.closed().await, CLOSE_OUTDATED);
    }

    async fn a_message_of_16_kb_is_taken_and_one_byte_more_is_not(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        let largest = "x".repeat(MESSAGE_BYTES);
        let Ok(Answer::Message { seq, .. }) = visitor.say(conversation, &largest).await else { panic!() };
        assert_eq!(maya.reads(&largest).await, seq);
        let larger = "x".repeat(MESSAGE_BYTES + 1);
        assert_eq!(visitor.say(conversation, &larger).await, Err(Refusal::TooLarge));
        assert_eq!(maya.say(conversation, &larger).await, Err(Refusal::TooLarge));
        // The refused ones took no number.
        let Ok(Answer::Message { seq: next, .. }) = visitor.say(conversation, "small").await else { panic!() };
        assert_eq!(next, seq + 1);
    }

    async fn a_frame_over_the_limit_is_refused_and_the_connection_goes_on(app: TestApp) {
        let mut visitor = Visitor::connect(&app).await;
        visitor.send_bytes(vec![PROTOCOL; CLIENT_FRAME_BYTES + 1]).await;
        assert_eq!(refusal(&mut visitor).await, Refusal::TooLarge);
        visitor.ask("Still here").await;
    }

    async fn a_frame_far_over_the_limit_is_refused_and_closed(app: TestApp) {
        let mut visitor = Visitor::connect(&app).await;
        visitor.send_bytes(vec![PROTOCOL; 1024 * 1024]).await;
        assert_eq!(refusal(&mut visitor).await, Refusal::TooLarge);
        assert_eq!(visitor.closed().await, CLOSE_MALFORMED);
    }

    async fn text_is_kept_as_it_is_whatever_it_contains(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        let lines = "x\n".repeat(8_000);
        for text in ["<script>alert(1)</script>", "\u{202e}right to left", "a\u{200b}b", "👩‍👩‍👧 🏳️‍🌈", &lines] {
            visitor.say(conversation, text).await.unwrap();
            maya.reads(text).await;
        }
    }

    async fn an_empty_message_is_refused(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        for text in ["", " \n", "\u{200b}"] {
            assert_eq!(visitor.say(conversation, text).await, Err(Refusal::Empty), "{text:?}");
        }
    }

    async fn a_body_that_is_too_large_is_a_problem(app: TestApp) {
        for (path, bytes) in [("/w/shop/visit", 64 * 1024), ("/poll/visitor", 1024 * 1024)] {
            let request = TestApp::browser().post(app.url(path)).header("origin", app.origin());
            let answer = request.body(vec![0_u8; bytes]).send().await.unwrap();
            assert_eq!(answer.status(), 413, "{path}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
    }

    async fn a_commands_conversation_that_does_not_exist_is_refused(app: TestApp) {
        let mut visitor = Visitor::connect(&app).await;
        let conversation = domain::ConversationId::new(domain::Timestamp(0), [7; 10]);
        let ended = visitor.command(VisitorCommand::End { conversation }).await;
        assert_eq!(ended, Err(Refusal::NotFound));
    }
}
