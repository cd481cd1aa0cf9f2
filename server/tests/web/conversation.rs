use domain::{
    Refusal,
    frame::{
        agent::{AgentCommand, AgentEvent, AgentRequest, Answer as AgentAnswer, Change, RowState},
        visitor::{Answer, ChatState, VisitorCommand, VisitorEvent, VisitorRequest},
    },
};

use crate::{
    agent::{Agent, changes, cookie},
    app::TestApp,
    line::new_id,
    visitor::{Visitor, start},
};

stories! {
    async fn a_visitor_asks_an_agent_accepts_they_talk_and_the_agent_ends_it(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Do you have chairs?").await;
        let offer = maya.offered(conversation).await;
        assert_eq!(offer.first_words, "Do you have chairs?");
        assert_eq!(offer.visitor.as_deref(), Some("Ada"));
        maya.accept_offer(conversation).await;
        let chat = visitor.sees(ChatState::Active).await;
        assert_eq!(chat.agent.unwrap().name, "Maya");

        maya.say(conversation, "Four kinds.").await.unwrap();
        let answered = visitor.reads("Four kinds.").await;
        visitor.say(conversation, "Show me!").await.unwrap();
        assert_eq!(maya.reads("Show me!").await, answered + 1);

        let ended = maya.command(AgentCommand::End { conversation }).await;
        assert_eq!(ended, Ok(AgentAnswer::Done));
        visitor.sees(ChatState::Ended).await;
        assert_eq!(visitor.say(conversation, "Wait").await, Err(Refusal::Ended));
        assert_eq!(maya.say(conversation, "Bye").await, Err(Refusal::Ended));
    }

    async fn typing_shows_on_the_other_side(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Hello").await;
        maya.accept(conversation).await;
        visitor.sees(ChatState::Active).await;

        visitor.send(&VisitorRequest::Typing { conversation, typing: true }).await;
        maya.until(|event| match event {
            AgentEvent::Typing { conversation: of, typing: true } => (*of == conversation).then_some(()),
            _ => None,
        }).await;
        maya.send(&AgentRequest::Typing { conversation, typing: true }).await;
        visitor.until(|event| match event {
            VisitorEvent::Typing { conversation: of, typing: true } => (*of == conversation).then_some(()),
            _ => None,
        }).await;
    }

    async fn a_repeated_command_takes_effect_once_and_gets_the_same_answer(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let (asked, said) = (new_id(), new_id());
        let first = visitor.command_as(asked, start("Hello")).await;
        assert_eq!(visitor.command_as(asked, start("Hello")).await, first);
        let Ok(Answer::Started { conversation }) = first else { panic!("{first:?}") };
        maya.accept(conversation).await;

        let message = || VisitorCommand::Message { conversation, text: "Once".to_owned() };
        let first = visitor.command_as(said, message()).await;
        // Over another connection as well.
        let mut again = Visitor::resume(&app, visitor.token, Vec::new()).await;
        assert_eq!(again.command_as(said, message()).await, first);
        let Ok(Answer::Message { seq, .. }) = first else { panic!("{first:?}") };
        let Ok(Answer::Message { seq: next, .. }) = again.say(conversation, "Twice").await else { panic!() };
        assert_eq!(next, seq + 1);
    }

    async fn one_of_two_tabs_accepts_and_both_drop_the_offer(app: TestApp) {
        let mut first = Agent::available(&app, "Maya").await;
        let mut second = Agent::connect(&app, first.cookie.clone()).await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Hello").await;
        second.offered(conversation).await;
        first.accept(conversation).await;
        second.until(|event| {
            changes(event).contains(&Change::OfferGone(conversation)).then_some(())
        }).await;
    }

    async fn a_late_accept_is_refused(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Hello").await;
        maya.offered(conversation).await;
        visitor.command(VisitorCommand::End { conversation }).await.unwrap();
        let late = maya.command(AgentCommand::Accept { conversation }).await;
        assert_eq!(late, Err(Refusal::NoLongerWaiting));
    }

    async fn another_agents_active_chat_is_refused(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        app.add_agent("Jun").await;
        let mut jun = Agent::connect(&app, cookie(&app, "Jun").await).await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("A secret").await;
        maya.accept(conversation).await;

        let said = jun.say(conversation, "Hello from Jun").await;
        assert!(matches!(said, Err(Refusal::NotFound | Refusal::Forbidden)), "{said:?}");
        let ended = jun.command(AgentCommand::End { conversation }).await;
        assert!(ended.is_err());
        let address = app.url(&format!("/transcripts/{conversation}.txt"));
        let request = TestApp::browser().get(address).header("cookie", &jun.cookie);
        assert_eq!(request.send().await.unwrap().status(), 404);
        let page = app.url(&format!("/conversations/{conversation}"));
        let request = TestApp::browser().get(page).header("cookie", &jun.cookie);
        let html = request.send().await.unwrap().text().await.unwrap();
        assert!(html.contains("<html") && !html.contains("A secret"), "{html}");
        // The first that Jun hears of it is its end.
        maya.command(AgentCommand::End { conversation }).await.unwrap();
        let heard = jun.until(|event| match changes(event) {
            [] => None,
            some => some.iter().find_map(|change| match change {
                Change::Row(row) if row.id == conversation => Some(row.state),
                Change::Messages { .. } | Change::Offered(_) => panic!("{change:?}"),
                _ => None,
            }),
        }).await;
        assert!(matches!(heard, RowState::Ended { .. }), "{heard:?}");
    }

    async fn a_visitor_cannot_write_in_somebody_elses_conversation(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Mine").await;
        maya.accept(conversation).await;
        let mut stranger = Visitor::connect(&app).await;
        assert_eq!(stranger.say(conversation, "Mine too").await, Err(Refusal::NotFound));
        let ended = stranger.command(VisitorCommand::End { conversation }).await;
        assert_eq!(ended, Err(Refusal::NotFound));
        visitor.say(conversation, "Still mine").await.unwrap();
        maya.reads("Still mine").await;
    }

    async fn the_transcript_of_an_ended_chat_is_a_file(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("Do you have <b>chairs</b>?").await;
        maya.accept(conversation).await;
        let address = app.url(&format!("/transcripts/{conversation}.txt?zone=Europe/Rome&lang=en"));
        let get = || TestApp::browser().get(&address).header("cookie", &maya.cookie);
        assert_eq!(get().send().await.unwrap().status(), 409);
        let cookie = maya.cookie.clone();
        maya.command(AgentCommand::End { conversation }).await.unwrap();
        let file = TestApp::browser().get(&address).header("cookie", cookie);
        let file = file.send().await.unwrap();
        let disposition = file.headers()["content-disposition"].to_str().unwrap().to_owned();
        assert!(disposition.starts_with("attachment"), "{disposition}");
        assert_eq!(file.headers()["content-type"], "text/plain; charset=utf-8");
        let text = file.text().await.unwrap();
        assert!(text.contains("Ada: Do you have <b>chairs</b>?"), "{text}");
    }
}
