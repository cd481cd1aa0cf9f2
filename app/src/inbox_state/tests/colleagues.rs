//! What agents do with each other's chats.

use super::*;

fn transfer(n: u8) -> Intent {
    Intent::Transfer {
        conversation: conversation(n),
        to: AgentId::new(Timestamp(0), [2; 10]),
        note: Arc::from("Please"),
    }
}

#[test]
fn whoever_picks_up_first_has_the_chat() {
    for intent in [
        Intent::PickUp(conversation(5)),
        Intent::TakeOver(conversation(5)),
    ] {
        let mut state = connected();
        state.ask(command(1), intent.clone(), at(101));
        assert!(state.is_asked(&intent));
        assert_eq!(
            state.receive(done(1), at(101)),
            [Effect::Open(conversation(5))]
        );
        state.ask(command(2), intent.clone(), at(102));
        assert_eq!(
            state.receive(refused(2, Refusal::NoLongerWaiting), at(102)),
            [Effect::Tell(Notice::NoLongerWaiting)]
        );
        assert!(!state.is_asked(&intent));
    }
}

#[test]
fn the_agent_who_hands_a_chat_over_hears_what_became_of_it() {
    let mut state = connected();
    state.ask(command(1), transfer(1), at(101));
    assert!(state.is_asking(conversation(1)));
    assert_eq!(
        state.receive(done(1), at(101)),
        [Effect::Asked(conversation(1))]
    );
    assert!(!state.is_asking(conversation(1)));

    let declined = Change::NotTransferred {
        conversation: conversation(1),
        to: "Noor".into(),
        expired: false,
    };
    let news = News::NotTransferred {
        to: Arc::from("Noor"),
        expired: false,
    };
    let effects = state.receive(changes(vec![declined]), at(102));
    let visitor = Some("Visitor 1".to_owned());
    assert_eq!(
        effects,
        [Effect::Tell(Notice::News {
            conversation: conversation(1),
            visitor,
            news: news.clone()
        })]
    );
    assert_eq!(state.news(conversation(1)), Some(&news));
    // It stands until the agent goes on.
    state
        .write(command(2), conversation(1), "Hello".into(), false, at(103))
        .unwrap();
    assert_eq!(state.news(conversation(1)), None);
}

#[test]
fn an_agent_who_cannot_be_asked_is_said_to_be_so() {
    let mut state = connected();
    state.ask(command(1), transfer(1), at(101));
    assert_eq!(
        state.receive(refused(1, Refusal::NotNow), at(101)),
        [Effect::Tell(Notice::NotAsked(Refusal::NotNow))]
    );
}

#[test]
fn the_agent_who_had_a_chat_is_told_where_it_went_until_it_comes_back() {
    let mut state = connected();
    let moved = Change::Moved {
        conversation: conversation(1),
        visitor: Some("Visitor 1".into()),
        to: "Noor".into(),
        how: Moved::TakenOver,
    };
    let lost = Change::Lost(conversation(1));
    let effects = state.receive(changes(vec![moved, lost]), at(101));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Tell(Notice::News {
            news: News::Moved {
                how: Moved::TakenOver,
                ..
            },
            ..
        })]
    ));
    assert!(state.news(conversation(1)).is_some());
    assert!(!state.list(Tab::Active).ids.contains(&conversation(1)));
    state.receive(changes(vec![Change::Row(row(1, 5))]), at(102));
    assert_eq!(state.news(conversation(1)), None);
}

#[test]
fn a_blocked_visitor_shows_as_that_at_once() {
    let mut state = connected();
    state.thread_read(opened(1, vec![]));
    let blocked = |state: &InboxState| {
        let thread = state.thread(conversation(1)).unwrap();
        thread.visitor().unwrap().blocked
    };
    for wanted in [true, false] {
        let intent = Intent::SetBlocked {
            conversation: conversation(1),
            blocked: wanted,
        };
        state.ask(command(1), intent, at(101));
        assert!(state.receive(done(1), at(101)).is_empty());
        assert_eq!(blocked(&state), wanted);
    }
    let intent = Intent::SetBlocked {
        conversation: conversation(1),
        blocked: true,
    };
    state.ask(command(2), intent, at(102));
    assert_eq!(
        state.receive(refused(2, Refusal::Forbidden), at(102)),
        [Effect::Tell(Notice::Failed(Refusal::Forbidden))]
    );
    assert!(!blocked(&state));
}

#[test]
fn the_page_of_agents_is_read_again_when_something_changes() {
    let mut state = connected();
    assert_eq!(
        state.receive(changes(vec![Change::Agents]), at(101)),
        [Effect::ReadPage]
    );
    let intent = Intent::SetUnavailable(AgentId::new(Timestamp(0), [2; 10]));
    state.ask(command(1), intent.clone(), at(102));
    assert!(state.is_asked(&intent));
    assert!(state.receive(done(1), at(102)).is_empty());
    assert!(!state.is_asked(&intent));
}
