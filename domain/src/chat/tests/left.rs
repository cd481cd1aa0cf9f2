//! Nobody came: messages that are left.

use super::*;

fn form() -> ProfileInput {
    ProfileInput {
        email: Some("ada@example.com".into()),
        ..ProfileInput::default()
    }
}

/// A tab whose request 1 nobody took; the visitor's first message is in it.
fn fallback() -> ChatClient {
    let mut tab = ChatClient::new(Vec::new(), true);
    tab.receive(welcome(vec![head(1, ChatState::Fallback, 2, 1)]));
    tab.receive(chat_event(
        head(1, ChatState::Fallback, 2, 1),
        vec![message(1, Author::Visitor, Some(id(1)), "Hi")],
    ));
    tab
}

fn leave(tab: &mut ChatClient, n: u8) -> Vec<Effect> {
    tab.leave(id(n), at(i64::from(n)), form(), "Call me".into())
}

fn leaves(n: u8, conversation: Option<ConversationId>) -> Effect {
    let leave = VisitorCommand::Leave {
        conversation,
        form: form(),
        text: "Call me".into(),
        views: Vec::new(),
    };
    Effect::Send(command(id(n), leave))
}

fn left(seq: Seq) -> VisitorEvent {
    let messages = vec![message(seq, Author::Visitor, Some(id(2)), "Call me")];
    chat_event(head(1, ChatState::Unanswered, 3, seq), messages)
}

#[test]
fn a_message_is_left_where_nobody_came_and_waits_there_for_an_agent() {
    for answer_first in [true, false] {
        let mut tab = fallback();
        assert_eq!(tab.phase(), Phase::Fallback);
        let effects = leave(&mut tab, 2);
        assert_eq!(
            effects,
            [Effect::Keep(id(2)), leaves(2, Some(conversation(1)))]
        );
        assert!(tab.leaving() && tab.phase() == Phase::Fallback);
        assert_eq!(list(&tab)[1], ("Call me".into(), Some(Mark::Waiting)));
        if answer_first {
            let effects = tab.receive(message_answer(id(2), 2));
            assert!(effects.contains(&Effect::Forget(id(2))));
            assert_eq!(tab.phase(), Phase::Left, "the form does not come back");
            tab.receive(left(2));
        } else {
            tab.receive(left(2));
            tab.receive(message_answer(id(2), 2));
        }
        assert_eq!(tab.phase(), Phase::Left);
        assert!(tab.outbox.is_empty() && !tab.leaving());
        assert_eq!(list(&tab)[1], ("Call me".into(), Some(Mark::Sent)));
    }
}

#[test]
fn without_a_chat_a_left_message_makes_one() {
    let mut tab = ChatClient::new(Vec::new(), false);
    tab.receive(welcome(Vec::new()));
    assert!(leave(&mut tab, 2).contains(&leaves(2, None)));
    assert_eq!(tab.phase(), Phase::Fallback);
    tab.receive(message_answer(id(2), 1));
    assert_eq!(
        tab.phase(),
        Phase::Fallback,
        "until the conversation is there"
    );
    assert_eq!(list(&tab), [("Call me".into(), Some(Mark::Sent))]);
    let effects = tab.receive(left(1));
    assert!(!effects.contains(&Effect::Tell(Notice::Requested)));
    assert_eq!(tab.phase(), Phase::Left);
    assert_eq!(list(&tab), [("Call me".into(), Some(Mark::Sent))]);
}

#[test]
fn from_the_form_the_message_goes_to_the_chat_that_nobody_took() {
    let mut tab = fallback();
    tab.wants_form();
    assert_eq!(tab.phase(), Phase::Form);
    assert!(leave(&mut tab, 2).contains(&leaves(2, Some(conversation(1)))));
    assert_eq!(tab.phase(), Phase::Fallback);
}

#[test]
fn a_message_left_offline_survives_a_reload_and_goes_out_once_with_its_id() {
    let mut tab = fallback();
    tab.lost();
    leave(&mut tab, 2);
    let bytes = tab.outgoing(id(2)).unwrap().keep().unwrap();
    let kept = Outgoing::kept(&bytes).unwrap();
    let mut tab = ChatClient::new(vec![kept], true);
    assert_eq!(tab.phase(), Phase::Fallback);
    assert_eq!(list(&tab), [("Call me".into(), Some(Mark::Waiting))]);
    let effects = tab.receive(welcome(vec![head(1, ChatState::Fallback, 2, 1)]));
    assert_eq!(effects, [leaves(2, Some(conversation(1)))]);
}

#[test]
fn what_the_form_can_put_right_goes_back_into_it() {
    for reason in [
        Refusal::Required,
        Refusal::Malformed,
        Refusal::EmailNotTaken,
        Refusal::Blocked,
        Refusal::TooLarge,
    ] {
        let mut tab = fallback();
        leave(&mut tab, 2);
        let effects = tab.receive(refusal(id(2), reason));
        assert_eq!(
            effects,
            [
                Effect::Forget(id(2)),
                Effect::Restore("Call me".into(), reason)
            ]
        );
        assert!(!tab.leaving() && list(&tab).len() == 1);
        assert_eq!(tab.phase(), Phase::Fallback);
    }
}

#[test]
fn a_left_message_that_was_not_taken_can_be_sent_again() {
    let mut tab = fallback();
    leave(&mut tab, 2);
    tab.receive(refusal(id(2), Refusal::TooMany));
    let not_sent = Some(Mark::NotSent(Refusal::TooMany, Again::Retry));
    assert_eq!(list(&tab)[1], ("Call me".into(), not_sent));
    assert!(!tab.leaving());
    let effects = tab.again(id(2), at(3));
    assert!(effects.contains(&leaves(2, Some(conversation(1)))));
    assert!(tab.leaving());
    // Another tab was quicker: the words follow as a message.
    tab.receive(refusal(id(2), Refusal::NotNow));
    tab.receive(chat_event(
        head(1, ChatState::Active, 4, 1),
        vec![by_agent(2, "x")],
    ));
    let effects = tab.again(id(2), at(4));
    assert!(effects.contains(&Effect::Send(command(
        id(2).retry(),
        VisitorCommand::Message {
            conversation: conversation(1),
            text: "Call me".into()
        }
    ))));
}

#[test]
fn without_an_answer_the_same_command_is_tried_again() {
    let mut tab = fallback();
    leave(&mut tab, 2);
    tab.receive(VisitorEvent::Refused(Refusal::Malformed));
    assert_eq!(tab.phase(), Phase::Fallback);
    let effects = tab.again(id(2), at(3));
    assert!(effects.contains(&leaves(2, Some(conversation(1)))));
}

#[test]
fn words_left_too_late_are_kept_and_can_start_a_new_chat() {
    let mut tab = fallback();
    leave(&mut tab, 2);
    tab.receive(chat_event(
        head(1, ChatState::Ended, 3, 2),
        vec![Message {
            body: Body::System(SystemMessage::Ended(EndedBy::Nobody)),
            ..ended(2)
        }],
    ));
    tab.receive(refusal(id(2), Refusal::Ended));
    assert_eq!(tab.phase(), Phase::Ended);
    let not_sent = Some(Mark::NotSent(Refusal::Ended, Again::NewChat));
    assert_eq!(list(&tab)[1], ("Call me".into(), not_sent));
    let effects = tab.again(id(2), at(3));
    assert!(effects.contains(&Effect::Send(command(
        id(2).retry(),
        VisitorCommand::Start {
            form: form(),
            first_message: Some("Call me".into()),
            views: Vec::new(),
        }
    ))));
    assert_eq!(tab.phase(), Phase::Waiting);
}

#[test]
fn a_new_chat_ends_the_one_that_nobody_took() {
    let mut tab = fallback();
    tab.wants_form();
    tab.start(id(2), at(2), form(), None);
    assert_eq!(tab.phase(), Phase::Waiting);
    let over = Message {
        body: Body::System(SystemMessage::Ended(EndedBy::Nobody)),
        ..ended(2)
    };
    tab.receive(chat_event(head(1, ChatState::Ended, 3, 2), vec![over]));
    tab.receive(chat_event(head(2, ChatState::Waiting, 1, 0), Vec::new()));
    assert_eq!(tab.phase(), Phase::Waiting);
    assert_eq!(
        list(&tab),
        [("Hi".into(), Some(Mark::Sent)), ("*".into(), None)]
    );
}

#[test]
fn more_can_be_written_and_who_picks_up_is_told() {
    let mut tab = fallback();
    tab.receive(left(2));
    let effects = tab.write(id(3), at(3), "More".into());
    assert!(matches!(
        effects.as_slice(),
        [Effect::Keep(_), Effect::Send(_)]
    ));
    tab.receive(message_answer(id(3), 3));
    let (maya, name) = maya();
    let joined = Message {
        body: Body::System(SystemMessage::Joined { id: maya, name }),
        author: Author::System,
        ..by_agent(4, "")
    };
    let effects = tab.receive(chat_event(head(1, ChatState::Active, 5, 4), vec![joined]));
    assert!(effects.contains(&Effect::Tell(Notice::Accepted)));
    assert_eq!(tab.phase(), Phase::Active);
    assert_eq!(list(&tab).len(), 4);
}
