//! Pages that were opened before a release go on in the protocol that they speak.

use domain::{
    availability::{Block, Schedule},
    frame::{
        PROTOCOL, PROTOCOL_OLDEST,
        agent::AgentCommand,
        encode_as,
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    meeting::MeetingHours,
    message::{Author, Body},
};

use crate::{
    agent::{Agent, signed_in},
    line::new_id,
    visitor::{Visitor, hello, start},
};

fn old(request: &VisitorRequest) -> Vec<u8> {
    encode_as(PROTOCOL_OLDEST, request)
}

stories! {
    async fn an_older_chat_is_told_in_its_own_protocol(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let who = signed_in(&app, &maya.cookie).await;
        let day = || vec![Block::new(0, 24 * 60).unwrap()];
        let week = Schedule::new(None, std::array::from_fn(|_| day())).unwrap();
        let hours = MeetingHours { week, ..MeetingHours::default() };
        app.casella().set_meeting_hours(&who, hours).await.unwrap();

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
        let mut tab = Visitor::resume(&app, token, Vec::new()).await;
        assert_eq!(tab.protocol, PROTOCOL);

        maya.accept(conversation).await;
        let agent = who.agent.id;
        maya.command(AgentCommand::ShareCalendar { conversation, agent }).await.unwrap();
        let card = tab.until(|event| match event {
            VisitorEvent::Chat { messages, .. } => messages.iter().find_map(|message| match &message.body {
                Body::Calendar(card) => Some(card.clone()),
                _ => None,
            }),
            _ => None,
        }).await;
        let words = format!("Maya: /m/{}", card.address);
        let author = page.until(|event| match event {
            VisitorEvent::Chat { messages, .. } => messages
                .iter()
                .find(|message| message.body == Body::Text(words.clone()))
                .map(|message| message.author.clone()),
            _ => None,
        }).await;
        assert_eq!(author, Author::Agent { id: agent, name: "Maya".into() });

        // It hears nothing of what it does not know, and goes on.
        let backend::meeting::Linked::Card(linked) =
            app.casella().follow_link(&card.address, None).await.unwrap() else { panic!() };
        let (slot, email) = (linked.free.slots[0], Some("ada@example.com".to_owned()));
        let booked = app.casella().book_by_link(&card.address, new_id(), slot, email, "").await.unwrap();
        tab.until(|event| match event {
            VisitorEvent::Meetings { meetings } => (*meetings == [booked.clone()]).then_some(()),
            _ => None,
        }).await;
        let id = new_id();
        let text = "Thanks".to_owned();
        page.send_bytes(old(&VisitorRequest::Command { id, command: VisitorCommand::Message { conversation, text } })).await;
        page.until(|event| matches!(event, VisitorEvent::Answer { result: Ok(Answer::Message { .. }), .. }).then_some(())).await;
        assert!(!page.has(|event| matches!(event, VisitorEvent::Meetings { .. })));
        assert_eq!(page.protocol, PROTOCOL_OLDEST);
    }
}
