use domain::frame::{
    agent::{AgentEvent, Change, Cursor},
    visitor::{ChatState, Known},
};

use crate::{
    agent::{Agent, changes},
    visitor::Visitor,
};

/// Where an agent's client stands after an event.
fn follow(cursor: &mut Cursor, event: &AgentEvent) {
    match event {
        AgentEvent::Changes { position, .. } => cursor.advance(*position),
        AgentEvent::Welcome { cursor: new, .. } | AgentEvent::Resynchronise { cursor: new, .. } => {
            *cursor = new.clone()
        }
        _ => {}
    }
}

/// The numbers of all messages in an event.
fn numbers(event: &AgentEvent) -> Vec<u32> {
    let messages = changes(event).iter().filter_map(|change| match change {
        Change::Messages { messages, .. } => Some(messages),
        _ => None,
    });
    messages.flatten().map(|message| message.seq).collect()
}

stories! {
    async fn a_visitor_who_comes_back_gets_exactly_what_was_missed(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("one").await;
        maya.accept(conversation).await;
        maya.say(conversation, "two").await.unwrap();
        let last = visitor.reads("two").await;
        let token = visitor.token;
        drop(visitor);
        for text in ["three", "four", "five"] {
            maya.say(conversation, text).await.unwrap();
        }
        let known = vec![Known { conversation, last }];
        let mut back = Visitor::resume(&app, token, known).await;
        let missed = back.texts_up_to(last + 3).await;
        let expected = ["three", "four", "five"].map(str::to_owned);
        let expected: Vec<(u32, String)> = (last + 1..).zip(expected).collect();
        assert_eq!(missed, expected);
    }

    async fn a_visitor_who_knows_nothing_gets_everything(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("one").await;
        maya.accept(conversation).await;
        maya.say(conversation, "two").await.unwrap();
        let last = visitor.reads("two").await;
        let mut again = Visitor::resume(&app, visitor.token, Vec::new()).await;
        assert_eq!(again.chats.len(), 1);
        let texts: Vec<String> = again.texts_up_to(last).await.into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["one", "two"]);
    }

    async fn an_agent_who_comes_back_gets_exactly_what_was_missed(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("one").await;
        maya.accept(conversation).await;
        visitor.say(conversation, "two").await.unwrap();

        // A second connection that follows its cursor from here on.
        let (mut tab, first) = Agent::resume(&app, maya.cookie.clone(), Cursor::default()).await;
        let mut cursor = Cursor::default();
        follow(&mut cursor, &first);
        visitor.say(conversation, "three").await.unwrap();
        let seen = tab.until(|event| {
            follow(&mut cursor, event);
            numbers(event).last().copied()
        }).await;
        drop(tab);
        for text in ["four", "five"] {
            visitor.say(conversation, text).await.unwrap();
        }
        maya.reads("five").await;
        let (_, welcome) = Agent::resume(&app, maya.cookie.clone(), cursor).await;
        assert!(matches!(welcome, AgentEvent::Welcome { .. }), "{welcome:?}");
        let mut missed = numbers(&welcome);
        missed.retain(|seq| *seq > seen);
        assert_eq!(missed, [seen + 1, seen + 2]);
    }

    async fn a_restart_keeps_everything_and_ends_no_chat(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let conversation = visitor.ask("before").await;
        maya.accept(conversation).await;
        let last = visitor.sees(ChatState::Active).await.last;
        app.restart().await;

        let mut maya = Agent::connect(&app, maya.cookie.clone()).await;
        let known = vec![Known { conversation, last }];
        let mut visitor = Visitor::resume(&app, visitor.token, known).await;
        assert_eq!(visitor.chats[0].state, ChatState::Active);
        visitor.say(conversation, "after").await.unwrap();
        assert_eq!(maya.reads("after").await, last + 1);
        maya.say(conversation, "still here").await.unwrap();
        visitor.reads("still here").await;
    }
}
