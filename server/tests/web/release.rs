//! Pages that were opened before a release go on in the protocol that they speak.

use domain::{
    Refusal,
    bound::Bound,
    frame::{
        PROTOCOL, PROTOCOL_OLDEST,
        agent::{AgentCommand, AgentEvent, AgentRequest, Cursor},
        encode_as,
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
};

use crate::{
    agent::{Agent, cookie},
    line::{Line, new_id, upgrade},
    visitor::{Visitor, hello, start},
};

fn old(request: &VisitorRequest) -> Vec<u8> {
    encode_as(PROTOCOL_OLDEST, request)
}

stories! {
    async fn an_older_chat_goes_on_in_its_own_protocol(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut page = Visitor::silent(&app).await;
        let token = backend::random();
        page.send_bytes(old(&VisitorRequest::Hello(hello(token, Vec::new())))).await;
        let id = new_id();
        page.send_bytes(old(&VisitorRequest::Command { id, command: start("Hello") })).await;
        let conversation = page.until(|event| match event {
            VisitorEvent::Answer { result: Ok(Answer::Started { conversation }), .. } => Some(*conversation),
            _ => None,
        }).await;
        assert_eq!(page.protocol, PROTOCOL_OLDEST);
        let tab = Visitor::resume(&app, token, Vec::new()).await;
        assert_eq!(tab.protocol, PROTOCOL);

        maya.accept(conversation).await;
        let id = new_id();
        let text = "Thanks".to_owned();
        page.send_bytes(old(&VisitorRequest::Command { id, command: VisitorCommand::Message { conversation, text } })).await;
        page.until(|event| matches!(event, VisitorEvent::Answer { result: Ok(Answer::Message { .. }), .. }).then_some(())).await;
        assert_eq!(page.protocol, PROTOCOL_OLDEST);
    }

    async fn an_older_chat_is_refused_in_words_that_it_knows(app: TestApp) {
        let mut tab = Visitor::connect(&app).await;
        let conversation = tab.ask("Hello").await;
        for number in 1..Bound::RequestMessages.amount() {
            tab.say(conversation, &number.to_string()).await.unwrap();
        }
        assert_eq!(tab.say(conversation, "one more").await, Err(Refusal::WaitForAnswer));
        let mut page = Visitor::silent(&app).await;
        page.send_bytes(old(&VisitorRequest::Hello(hello(tab.token, Vec::new())))).await;
        let text = "one more".to_owned();
        page.send_bytes(old(&VisitorRequest::Command { id: new_id(), command: VisitorCommand::Message { conversation, text } })).await;
        let refusal = page.until(|event| match event {
            VisitorEvent::Answer { result: Err(refusal), .. } => Some(*refusal),
            _ => None,
        }).await;
        assert_eq!(refusal, Refusal::NotNow);
    }

    async fn an_older_inbox_goes_on_in_its_own_protocol(app: TestApp) {
        app.add_agent("Maya").await;
        let cookie = cookie(&app, "Maya").await;
        let mut page: Line<AgentRequest, AgentEvent> =
            Line::open(upgrade(&app, "/ws/agent", &app.origin(), Some(&cookie))).await;
        let old = |request: &AgentRequest| encode_as(PROTOCOL_OLDEST, request);
        page.send_bytes(old(&AgentRequest::Hello { cursor: Cursor::default() })).await;
        let command = AgentCommand::SetAvailable { available: true };
        page.send_bytes(old(&AgentRequest::Command { id: new_id(), command })).await;
        page.until(|event| matches!(event, AgentEvent::Answer { result: Ok(_), .. }).then_some(())).await;
        assert_eq!(page.protocol, PROTOCOL_OLDEST);
    }
}
