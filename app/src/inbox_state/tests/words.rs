//! Messages: read, received, written, sent.

use super::*;

/// All but what the agent is to hear of.
fn quiet(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.retain(|effect| !matches!(effect, Effect::Alert(_)));
    effects
}

#[test]
fn messages_stand_in_order_once_whatever_comes_twice() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1), by_visitor(2)]));
    let new = || Change::Messages {
        conversation: conversation(1),
        messages: vec![by_visitor(3), by_me(4, 9)],
    };
    assert!(quiet(state.receive(changes(vec![new()]), at(101))).is_empty());
    state.receive(changes(vec![new()]), at(101));
    let texts: Vec<String> = texts(&state, 1).into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["text 1", "text 2", "text 3", "text 4"]);
}

#[test]
fn messages_that_come_while_a_conversation_is_read_are_kept() {
    let mut state = connected();
    state.thread_reading(conversation(1));
    let new = Change::Messages {
        conversation: conversation(1),
        messages: vec![by_visitor(3)],
    };
    assert!(quiet(state.receive(changes(vec![new]), at(101))).is_empty());
    state.thread_read(opened(1, vec![by_visitor(1), by_visitor(2)]));
    assert_eq!(texts(&state, 1).len(), 3);
}

#[test]
fn a_gap_is_read_again() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1)]));
    let new = Change::Messages {
        conversation: conversation(1),
        messages: vec![by_visitor(3)],
    };
    let effects = quiet(state.receive(changes(vec![new]), at(101)));
    assert_eq!(effects, [Effect::ReadThread(conversation(1))]);
}

#[test]
fn a_message_waits_is_sent_and_is_read_under_one_key() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1)]));
    let effects = state
        .write(command(5), conversation(1), "Hello".into(), false, at(101))
        .unwrap();
    assert!(matches!(
        effects.as_slice(),
        [Effect::Send(AgentRequest::Command { .. }), Effect::Keep(_)]
    ));
    let key = |state: &InboxState| state.lines(conversation(1), |_| 0)[1].key;
    assert_eq!(texts(&state, 1)[1].1, Some(Delivery::Waiting));
    assert_eq!(key(&state), Key::Own(command(5)));

    let answer = AgentEvent::Answer {
        id: command(5),
        result: Ok(Answer::Message {
            conversation: conversation(1),
            seq: 2,
            at: at(101),
        }),
    };
    assert_eq!(state.receive(answer, at(101)), [Effect::Forget(command(5))]);
    assert_eq!(texts(&state, 1)[1].1, Some(Delivery::Sent));
    assert_eq!(key(&state), Key::Own(command(5)));

    let mut read = row(1, 2);
    read.visitor_read = 2;
    state.receive(changes(vec![Change::Row(read)]), at(102));
    assert_eq!(texts(&state, 1)[1].1, Some(Delivery::Read));
    assert_eq!(texts(&state, 1).len(), 2);
}

#[test]
fn what_was_written_offline_is_sent_again_with_the_same_id() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1)]));
    state.disconnected(false);
    let effects = state
        .write(command(5), conversation(1), "Hello".into(), false, at(101))
        .unwrap();
    assert!(matches!(effects.as_slice(), [Effect::Keep(_)]));
    let effects = state.receive(welcome(), at(110));
    let sent = AgentRequest::Command {
        id: command(5),
        command: AgentCommand::Message {
            conversation: conversation(1),
            text: "Hello".into(),
        },
    };
    assert_eq!(effects, [Effect::Send(sent)]);
}

#[test]
fn an_answer_that_was_lost_is_made_up_for_by_the_message_itself() {
    let mut state = connected();
    state.thread_read(opened(1, vec![]));
    state
        .write(command(5), conversation(1), "Hello".into(), false, at(101))
        .unwrap();
    let new = Change::Messages {
        conversation: conversation(1),
        messages: vec![by_me(1, 5)],
    };
    let effects = state.receive(changes(vec![new]), at(102));
    assert_eq!(effects, [Effect::Forget(command(5))]);
    assert_eq!(texts(&state, 1).len(), 1);
}

#[test]
fn refused_words_stay_and_can_be_tried_again() {
    let mut state = connected();
    state.thread_read(opened(1, vec![]));
    let write = |state: &mut InboxState, n: u8, refusal: Refusal| {
        state
            .write(command(n), conversation(1), "Hello".into(), false, at(101))
            .unwrap();
        let answer = AgentEvent::Answer {
            id: command(n),
            result: Err(refusal),
        };
        state.receive(answer, at(101))
    };
    write(&mut state, 5, Refusal::Ended);
    assert_eq!(
        texts(&state, 1)[0].1,
        Some(Delivery::NotSent(Refusal::Ended))
    );
    // A final refusal is the answer to its id for ever; what failed for now keeps its id.
    write(&mut state, 6, Refusal::Unavailable);
    let effects = state.retry(command(6));
    assert!(
        matches!(effects.as_slice(), [Effect::Send(AgentRequest::Command { id, .. }), _] if *id == command(6))
    );
    let effects = state.retry(command(5));
    assert!(
        matches!(effects.as_slice(), [Effect::Forget(old), Effect::Send(AgentRequest::Command { id, .. }), _] if *old == command(5) && *id == command(5).retry())
    );
}

#[test]
fn two_tabs_that_retry_a_refused_message_send_one() {
    let retried = || {
        let mut state = connected();
        state.thread_read(opened(1, vec![]));
        state
            .write(command(5), conversation(1), "Hello".into(), false, at(101))
            .unwrap();
        let answer = AgentEvent::Answer {
            id: command(5),
            result: Err(Refusal::NotNow),
        };
        state.receive(answer, at(101));
        state.retry(command(5))
    };
    assert_eq!(retried(), retried());
}

#[test]
fn words_that_the_server_would_refuse_are_not_taken() {
    let mut state = connected();
    assert_eq!(
        state.write(command(5), conversation(1), " \n".into(), false, at(101)),
        Err(TextError::Empty)
    );
    assert_eq!(
        state.write(
            command(5),
            conversation(1),
            "x".repeat(16 * 1024 + 1),
            false,
            at(101)
        ),
        Err(TextError::TooLong)
    );
}

#[test]
fn only_unread_words_of_the_own_active_chat_are_marked_once() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1), by_me(2, 9)]));
    let read = AgentRequest::Read {
        conversation: conversation(1),
        up_to: 1,
    };
    assert_eq!(state.seen(conversation(1)), [Effect::Send(read)]);
    assert!(state.seen(conversation(1)).is_empty());
    let mut foreign = row(1, 5);
    foreign.own = false;
    state.receive(changes(vec![Change::Row(foreign)]), at(101));
    state.receive(welcome(), at(102));
    assert!(state.seen(conversation(1)).is_empty());
}

#[test]
fn lines_are_grouped_into_runs_and_days() {
    let mut state = connected();
    let mut late = by_visitor(3);
    late.at = at(90_000);
    state.thread_read(opened(1, vec![by_visitor(1), by_visitor(2), late]));
    let lines = state.lines(conversation(1), |at| at.0 / 86_400_000_000);
    let moods: Vec<(bool, bool, bool)> = lines
        .iter()
        .map(|line| (line.mood.new_day, line.mood.run_start, line.mood.run_end))
        .collect();
    assert_eq!(
        moods,
        [
            (true, true, false),
            (false, false, true),
            (true, true, true)
        ]
    );
}

#[test]
fn earlier_messages_are_read_once_and_put_before() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(3)]));
    assert!(state.thread(conversation(1)).unwrap().has_earlier());
    assert_eq!(state.earlier_reading(conversation(1)), Some(3));
    assert_eq!(state.earlier_reading(conversation(1)), None);
    state.earlier_read(conversation(1), Ok(vec![by_visitor(1), by_visitor(2)]));
    assert_eq!(texts(&state, 1).len(), 3);
    assert!(!state.thread(conversation(1)).unwrap().has_earlier());
}

#[test]
fn what_could_not_be_read_without_a_line_is_read_when_it_is_back() {
    let mut state = connected();
    state.thread_reading(conversation(1));
    state.thread_reading(conversation(2));
    state.disconnected(false);
    // The one request fails at once, the other hangs on the dead line.
    state.thread_failed(conversation(1), Failure::Unreachable);
    state
        .write(command(5), conversation(1), "Hello".into(), false, at(101))
        .unwrap();
    assert_eq!(
        texts(&state, 1),
        [("Hello".into(), Some(Delivery::Waiting))]
    );
    let effects = state.receive(welcome(), at(110));
    assert_eq!(effects.len(), 3, "two are read, one is sent");
    for n in [1, 2] {
        assert!(effects.contains(&Effect::ReadThread(conversation(n))));
    }
    state.thread_read(opened(1, vec![by_visitor(1)]));
    assert_eq!(texts(&state, 1).len(), 2);
    state.thread_read(opened(2, vec![]));

    state.disconnected(false);
    assert_eq!(
        state.receive(welcome(), at(120)).len(),
        1,
        "what was read is not read again, what waits is sent"
    );
}

#[test]
fn what_the_agent_may_not_see_is_read_when_that_changes() {
    let mut state = connected();
    let refused = Failure::Refused(Refusal::NotFound);
    state.thread_reading(conversation(7));
    state.thread_failed(conversation(7), refused);
    state.disconnected(false);
    assert!(state.receive(welcome(), at(110)).is_empty());
    let row = Change::Row(row(7, 2));
    assert_eq!(
        state.receive(changes(vec![row]), at(111)),
        [Effect::ReadThread(conversation(7))]
    );
    state.thread_read(opened(7, vec![by_visitor(1)]));

    state.receive(changes(vec![Change::Lost(conversation(7))]), at(112));
    assert!(state.thread(conversation(7)).unwrap().is_refused());
    assert!(texts(&state, 7).is_empty());
}
