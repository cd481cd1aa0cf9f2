mod booking;
mod files;
mod kept;
mod left;

use super::*;
use crate::{
    AgentId,
    frame::visitor::{AgentCard, Answer, Chat, VisitorEvent},
    message::{Author, Body, EndedBy, Message, Seq, SystemMessage},
};

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000_000)
}

fn id(n: u8) -> CommandId {
    CommandId::new(at(i64::from(n)), [n; 10])
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::new(at(i64::from(n)), [n; 10])
}

fn maya() -> (AgentId, String) {
    (AgentId::new(at(0), [9; 10]), "Maya".to_owned())
}

fn head(n: u8, state: ChatState, version: u32, last: Seq) -> Chat {
    let (id, name) = maya();
    Chat {
        away: false,
        id: conversation(n),
        state,
        version,
        agent: matches!(state, ChatState::Active).then_some(AgentCard {
            id,
            name,
            photo: None,
        }),
        last,
        agent_read: 0,
        visitor_read: 0,
        unread: 0,
        created_at: at(i64::from(n)),
        rating: None,
        closes_at: None,
    }
}

fn message(seq: Seq, author: Author, command: Option<CommandId>, text: &str) -> Message {
    Message {
        seq,
        at: at(i64::from(seq)),
        command,
        author,
        body: Body::Text(text.to_owned()),
    }
}

fn by_agent(seq: Seq, text: &str) -> Message {
    let (id, name) = maya();
    message(seq, Author::Agent { id, name }, None, text)
}

fn ended(seq: Seq) -> Message {
    Message {
        body: Body::System(SystemMessage::Ended(EndedBy::Visitor)),
        author: Author::System,
        ..by_agent(seq, "")
    }
}

fn chat_event(chat: Chat, messages: Vec<Message>) -> VisitorEvent {
    VisitorEvent::Chat { chat, messages }
}

fn welcome(chats: Vec<Chat>) -> VisitorEvent {
    VisitorEvent::Welcome {
        now: at(0),
        chats,
        available: true,
    }
}

/// A tab in an active conversation 1 without messages.
fn active() -> ChatClient {
    let mut tab = ChatClient::new(Vec::new(), true);
    tab.receive(welcome(vec![head(1, ChatState::Active, 1, 0)]));
    tab
}

fn message_answer(id: CommandId, seq: Seq) -> VisitorEvent {
    VisitorEvent::Answer {
        id,
        result: Ok(Answer::Message {
            conversation: conversation(1),
            seq,
            at: at(50),
        }),
    }
}

fn refusal(id: CommandId, refusal: Refusal) -> VisitorEvent {
    VisitorEvent::Answer {
        id,
        result: Err(refusal),
    }
}

/// The list as words: text and mark.
fn list(tab: &ChatClient) -> Vec<(String, Option<Mark>)> {
    let text = |said: Said<'_>| match said {
        Said::Own(text) | Said::Agent(_, text) => text.to_owned(),
        Said::System(_) => "*".to_owned(),
        Said::OwnFile(file) | Said::AgentFile(_, file) => file.name.clone(),
        Said::Calendar(_, card) => card.agent.name.clone(),
    };
    tab.entries()
        .into_iter()
        .map(|entry| (text(entry.said), entry.mark))
        .collect()
}

#[test]
fn a_new_visitor_sees_the_form_and_a_known_one_waits_for_the_conversations() {
    assert_eq!(ChatClient::new(Vec::new(), false).phase(), Phase::Form);
    let mut tab = ChatClient::new(Vec::new(), true);
    assert_eq!(tab.phase(), Phase::Loading);
    tab.receive(welcome(Vec::new()));
    assert_eq!(tab.phase(), Phase::Form);
}

#[test]
fn words_written_before_the_chat_is_there_follow_it_in_order() {
    let mut tab = ChatClient::new(Vec::new(), false);
    tab.receive(welcome(Vec::new()));
    let effects = tab.start(id(1), at(1), ProfileInput::default(), Some("Hi".into()));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Keep(_), Effect::Send(_)]
    ));
    assert_eq!(
        tab.write(id(2), at(2), "there".into()),
        [Effect::Keep(id(2))]
    );
    assert_eq!(tab.phase(), Phase::Waiting);
    let effects = tab.receive(VisitorEvent::Answer {
        id: id(1),
        result: Ok(Answer::Started {
            conversation: conversation(1),
        }),
    });
    assert!(effects.contains(&Effect::Tell(Notice::Requested)));
    assert!(effects.contains(&Effect::Send(command(
        id(2),
        VisitorCommand::Message {
            conversation: conversation(1),
            text: "there".into(),
        }
    ))));
    tab.receive(chat_event(
        head(1, ChatState::Waiting, 1, 1),
        vec![message(1, Author::Visitor, Some(id(1)), "Hi")],
    ));
    assert_eq!(
        list(&tab),
        [
            ("Hi".into(), Some(Mark::Sent)),
            ("there".into(), Some(Mark::Waiting))
        ]
    );
}

#[test]
fn somebody_is_sought_only_once_the_server_says_so_and_while_it_is_there() {
    let mut tab = ChatClient::new(Vec::new(), false);
    tab.start(id(1), at(1), ProfileInput::default(), None);
    assert_eq!((tab.phase(), tab.is_sought()), (Phase::Waiting, false));
    tab.receive(welcome(Vec::new()));
    assert!(!tab.is_sought());
    let conversation = conversation(1);
    let result = Ok(Answer::Started { conversation });
    tab.receive(VisitorEvent::Answer { id: id(1), result });
    assert!(tab.is_sought());
    tab.receive(chat_event(head(1, ChatState::Waiting, 1, 0), Vec::new()));
    assert!(tab.is_sought());
    tab.lost();
    assert_eq!((tab.phase(), tab.is_sought()), (Phase::Waiting, false));
}

#[test]
fn between_the_answer_and_the_conversation_nothing_looks_ended_and_words_know_where_to_go() {
    let mut tab = ChatClient::new(Vec::new(), true);
    tab.receive(welcome(vec![head(1, ChatState::Ended, 1, 0)]));
    tab.wants_form();
    tab.start(id(1), at(1), ProfileInput::default(), None);
    tab.receive(VisitorEvent::Answer {
        id: id(1),
        result: Ok(Answer::Started {
            conversation: conversation(2),
        }),
    });
    assert_eq!(tab.phase(), Phase::Waiting);
    let message = VisitorCommand::Message {
        conversation: conversation(2),
        text: "Hi".into(),
    };
    let effects = tab.write(id(2), at(2), "Hi".into());
    assert!(effects.contains(&Effect::Send(command(id(2), message))));
    let end = VisitorCommand::End {
        conversation: conversation(2),
    };
    let effects = tab.end(id(3), at(3));
    assert!(effects.contains(&Effect::Send(command(id(3), end))));
    tab.receive(chat_event(head(2, ChatState::Ended, 1, 0), Vec::new()));
    assert_eq!(tab.phase(), Phase::Ended);
}

#[test]
fn a_conversation_that_comes_before_the_answer_to_its_start_takes_what_waits_for_it() {
    let mut tab = ChatClient::new(Vec::new(), false);
    tab.receive(welcome(Vec::new()));
    tab.start(id(1), at(1), ProfileInput::default(), Some("Hi".into()));
    tab.write(id(2), at(2), "there".into());
    let effects = tab.receive(chat_event(
        head(1, ChatState::Waiting, 1, 1),
        vec![message(1, Author::Visitor, Some(id(1)), "Hi")],
    ));
    assert!(effects.contains(&Effect::Tell(Notice::Requested)));
    assert!(effects.contains(&Effect::Send(command(
        id(2),
        VisitorCommand::Message {
            conversation: conversation(1),
            text: "there".into(),
        }
    ))));
    let effects = tab.receive(VisitorEvent::Answer {
        id: id(1),
        result: Ok(Answer::Started {
            conversation: conversation(1),
        }),
    });
    assert!(!effects.contains(&Effect::Tell(Notice::Requested)));
}

#[test]
fn a_message_is_sent_once_whether_answer_or_echo_comes_first() {
    for answer_first in [true, false] {
        let mut tab = active();
        tab.write(id(2), at(2), "Hi".into());
        let echo = chat_event(
            head(1, ChatState::Active, 2, 1),
            vec![message(1, Author::Visitor, Some(id(2)), "Hi")],
        );
        if answer_first {
            tab.receive(message_answer(id(2), 1));
            assert_eq!(list(&tab), [("Hi".into(), Some(Mark::Sent))]);
            tab.receive(echo);
        } else {
            tab.receive(echo);
            tab.receive(message_answer(id(2), 1));
        }
        assert_eq!(list(&tab), [("Hi".into(), Some(Mark::Sent))]);
        assert!(tab.outbox.is_empty() && !tab.has_gap());
    }
}

#[test]
fn an_answer_ahead_of_other_messages_waits_for_its_place() {
    let mut tab = active();
    tab.write(id(2), at(2), "own".into());
    tab.receive(message_answer(id(2), 2));
    assert_eq!(tab.threads()[0].last(), 0);
    tab.receive(chat_event(
        head(1, ChatState::Active, 2, 1),
        vec![by_agent(1, "first")],
    ));
    assert_eq!(
        list(&tab),
        [("first".into(), None), ("own".into(), Some(Mark::Sent))]
    );
    assert!(tab.outbox.is_empty());
}

#[test]
fn messages_after_a_gap_are_not_shown_and_the_gap_is_known() {
    let mut tab = active();
    tab.receive(chat_event(
        head(1, ChatState::Active, 2, 3),
        vec![by_agent(3, "third")],
    ));
    assert!(tab.has_gap() && list(&tab).is_empty());
    let all = (1..=3).map(|seq| by_agent(seq, "x")).collect();
    tab.receive(chat_event(head(1, ChatState::Active, 2, 3), all));
    assert!(!tab.has_gap());
    assert_eq!(tab.known()[0].last, 3);
}

#[test]
fn repeated_events_change_nothing() {
    let mut tab = active();
    let event = chat_event(head(1, ChatState::Active, 2, 1), vec![by_agent(1, "x")]);
    tab.receive(event.clone());
    tab.receive(event);
    tab.receive(chat_event(head(1, ChatState::Waiting, 1, 0), Vec::new()));
    assert_eq!(list(&tab).len(), 1);
    assert_eq!(tab.phase(), Phase::Active);
}

#[test]
fn what_was_written_offline_goes_out_at_the_next_welcome_with_the_same_id() {
    let mut tab = active();
    tab.lost();
    let request = match tab.write(id(2), at(2), "later".into()).pop() {
        Some(Effect::Send(request)) => request,
        other => panic!("{other:?}"),
    };
    assert_eq!(list(&tab), [("later".into(), Some(Mark::Waiting))]);
    let effects = tab.receive(welcome(vec![head(1, ChatState::Active, 1, 0)]));
    assert_eq!(effects, [Effect::Send(request)]);
}

#[test]
fn the_outbox_survives_a_reload() {
    let mut tab = active();
    tab.write(id(2), at(2), "kept".into());
    let bytes = tab.outgoing(id(2)).unwrap().keep().unwrap();
    let kept = Outgoing::kept(&bytes).unwrap();
    let tab = ChatClient::new(vec![kept], true);
    assert_eq!(list(&tab), [("kept".into(), Some(Mark::Waiting))]);
    assert_eq!(tab.unanswered().len(), 1);
}

#[test]
fn a_refused_message_is_sent_again_with_a_new_id_and_an_unclear_one_with_its_own() {
    let mut tab = active();
    tab.write(id(2), at(2), "x".into());
    tab.receive(refusal(id(2), Refusal::TooLarge));
    assert_eq!(
        list(&tab)[0].1,
        Some(Mark::NotSent(Refusal::TooLarge, Again::Retry))
    );
    tab.again(id(2), at(3));
    let second = id(2).retry();
    assert!(tab.outgoing(id(2)).is_none() && tab.outgoing(second).is_some());
    tab.receive(VisitorEvent::Refused(Refusal::Malformed));
    tab.again(second, at(4));
    assert!(tab.outgoing(second).is_some() && tab.outgoing(second.retry()).is_none());
}

#[test]
fn two_tabs_that_send_a_refused_message_again_send_one() {
    let mut tabs = [active(), active()];
    let sent = tabs.each_mut().map(|tab| {
        tab.write(id(2), at(2), "x".into());
        tab.receive(refusal(id(2), Refusal::TooLarge));
        let effects = tab.again(id(2), at(3));
        effects
            .into_iter()
            .find(|effect| matches!(effect, Effect::Send(_)))
    });
    assert!(sent[0].is_some());
    assert_eq!(sent[0], sent[1]);
}

#[test]
fn a_server_that_could_not_finish_is_asked_again_with_the_same_command() {
    let mut tab = active();
    tab.write(id(2), at(2), "x".into());
    assert_eq!(
        tab.receive(refusal(id(2), Refusal::Unavailable)),
        [Effect::SendAgainSoon]
    );
    assert_eq!(tab.unanswered().len(), 1);
}

#[test]
fn what_a_full_chat_refuses_is_not_sent_again_before_its_end() {
    let mut tab = active();
    tab.write(id(2), at(2), "more".into());
    tab.receive(refusal(id(2), Refusal::Full));
    let not_sent = |again| Some(Mark::NotSent(Refusal::Full, again));
    assert_eq!(list(&tab), [("more".into(), not_sent(Again::Nothing))]);
    assert!(tab.unanswered().is_empty());
    tab.receive(chat_event(head(1, ChatState::Ended, 2, 1), vec![ended(1)]));
    assert_eq!(list(&tab)[0].1, not_sent(Again::NewChat));
    tab.again(id(2), at(3));
    assert_eq!(tab.phase(), Phase::Waiting);
}

#[test]
fn what_waits_for_an_answer_is_not_sent_again_by_itself() {
    let mut tab = active();
    tab.write(id(2), at(2), "more".into());
    tab.receive(refusal(id(2), Refusal::WaitForAnswer));
    tab.lost();
    assert!(tab.unanswered().is_empty());
    let not_sent = Some(Mark::NotSent(Refusal::WaitForAnswer, Again::Retry));
    assert_eq!(list(&tab), [("more".into(), not_sent)]);
}

#[test]
fn words_after_the_end_stay_above_its_line_and_can_start_a_new_chat() {
    let mut tab = active();
    tab.write(id(2), at(2), "too late".into());
    let effects = tab.receive(chat_event(head(1, ChatState::Ended, 2, 1), vec![ended(1)]));
    assert!(effects.contains(&Effect::Tell(Notice::Ended)));
    tab.receive(refusal(id(2), Refusal::Ended));
    let not_sent = Some(Mark::NotSent(Refusal::Ended, Again::NewChat));
    assert_eq!(
        list(&tab),
        [("too late".into(), not_sent), ("*".into(), None)]
    );
    assert_eq!(tab.phase(), Phase::Ended);
    tab.again(id(2), at(3));
    assert_eq!(tab.phase(), Phase::Waiting);
    assert_eq!(
        list(&tab),
        [("*".into(), None), ("too late".into(), Some(Mark::Waiting))]
    );
}

#[test]
fn a_refused_start_gives_all_its_words_back() {
    let mut tab = ChatClient::new(Vec::new(), false);
    tab.receive(welcome(Vec::new()));
    tab.start(id(1), at(1), ProfileInput::default(), Some("Hi".into()));
    tab.write(id(2), at(2), "there".into());
    let effects = tab.receive(refusal(id(1), Refusal::Required));
    assert!(effects.contains(&Effect::Restore("Hi\nthere".into(), Refusal::Required)));
    assert_eq!(tab.phase(), Phase::Form);
    assert!(tab.entries().is_empty());
}

#[test]
fn a_cancel_before_the_answer_follows_the_start() {
    let mut tab = ChatClient::new(Vec::new(), false);
    tab.receive(welcome(Vec::new()));
    tab.start(id(1), at(1), ProfileInput::default(), None);
    assert_eq!(tab.end(id(2), at(2)), [Effect::Keep(id(2))]);
    assert!(tab.end(id(3), at(3)).is_empty());
    let effects = tab.receive(VisitorEvent::Answer {
        id: id(1),
        result: Ok(Answer::Started {
            conversation: conversation(1),
        }),
    });
    let end = VisitorCommand::End {
        conversation: conversation(1),
    };
    assert!(effects.contains(&Effect::Send(command(id(2), end))));
}

#[test]
fn changes_missed_while_away_are_told_and_those_of_before_are_not() {
    let mut tab = ChatClient::new(Vec::new(), true);
    assert!(
        tab.receive(welcome(vec![head(1, ChatState::Waiting, 1, 0)]))
            .is_empty()
    );
    tab.lost();
    let effects = tab.receive(welcome(vec![head(1, ChatState::Active, 2, 0)]));
    assert_eq!(effects, [Effect::Tell(Notice::Accepted)]);
    let effects = tab.receive(chat_event(head(2, ChatState::Ended, 1, 0), Vec::new()));
    assert!(effects.is_empty());
}

#[test]
fn seen_messages_are_said_once_and_not_counted_again_by_an_older_count() {
    let mut tab = active();
    let unread = Chat {
        unread: 1,
        ..head(1, ChatState::Active, 2, 1)
    };
    tab.receive(chat_event(unread.clone(), vec![by_agent(1, "x")]));
    assert_eq!(tab.unread(), 1);
    assert_eq!(
        tab.seen(),
        [Effect::Send(VisitorRequest::Read {
            conversation: conversation(1),
            up_to: 1
        })]
    );
    tab.receive(chat_event(unread, Vec::new()));
    assert!(tab.seen().is_empty() && tab.unread() == 0);
}

#[test]
fn an_unknown_site_is_told_apart_from_a_busy_server() {
    let mut tab = ChatClient::new(Vec::new(), false);
    tab.receive(VisitorEvent::Refused(Refusal::TooMany));
    assert_eq!(tab.link(), Link::Lost);
    tab.receive(VisitorEvent::Refused(Refusal::NotFound));
    assert_eq!(tab.link(), Link::Refused(Refusal::NotFound));
}
