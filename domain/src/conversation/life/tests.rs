use super::*;
use crate::{agent::Role, conversation::Audience, message::Author, permission::Viewer};

const TIMES: Times = Times {
    offer: Duration::from_secs(100),
    inactivity: Duration::from_secs(600),
};

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000_000)
}

fn agent(n: u8) -> AgentId {
    AgentId::new(at(0), [n; 10])
}

fn viewer(n: u8, role: Role) -> Viewer {
    Viewer {
        agent: agent(n),
        role,
    }
}

fn requested() -> Conversation {
    let id = [0; 10];
    Conversation::request(
        ConversationId::new(at(0), id),
        SiteId::new(at(0), id),
        VisitorId::new(at(0), id),
        at(0),
    )
}

fn offered() -> Conversation {
    let mut chat = requested();
    chat.pass_on(Some((agent(1), Pool::Everyone)), TIMES, at(0))
        .unwrap();
    chat
}

fn active() -> Conversation {
    let mut chat = offered();
    chat.accept(agent(1), "Maya", at(10)).unwrap();
    chat
}

fn reason(chat: &Conversation) -> EndReason {
    match chat.state {
        State::Ended { reason, .. } => reason,
        ref other => panic!("not ended: {other:?}"),
    }
}

#[test]
fn a_request_is_offered_twice_at_most_and_then_falls_back() {
    let mut chat = offered();
    assert_eq!(chat.due(TIMES, at(99)), None);
    assert_eq!(chat.due(TIMES, at(100)), Some(Due::OfferExpired));
    assert_eq!(chat.wants_second(), Some((Pool::Everyone, agent(1))));
    chat.pass_on(Some((agent(2), Pool::Everyone)), TIMES, at(100))
        .unwrap();
    assert_eq!(chat.due_at(TIMES), Some(at(200)));
    assert_eq!(chat.wants_second(), None);
    chat.pass_on(Some((agent(3), Pool::Everyone)), TIMES, at(200))
        .unwrap();
    assert_eq!(
        chat.state,
        State::Fallback {
            tried: Some(agent(1)),
            since: at(200)
        }
    );
}

#[test]
fn a_request_with_nobody_there_falls_back_at_once() {
    let mut chat = requested();
    chat.pass_on(None, TIMES, at(0)).unwrap();
    assert_eq!(
        chat.state,
        State::Fallback {
            tried: None,
            since: at(0)
        }
    );
    assert_eq!(chat.audience(), Audience::NOBODY);
}

#[test]
fn only_the_agent_it_is_held_out_to_can_accept_and_only_once() {
    let mut chat = offered();
    assert_eq!(
        chat.accept(agent(2), "Jun", at(1)),
        Err(Refusal::NoLongerWaiting)
    );
    assert!(chat.accept(agent(1), "Maya", at(1)).is_ok());
    let after = chat.clone();
    assert_eq!(
        chat.accept(agent(1), "Maya", at(2)),
        Err(Refusal::NoLongerWaiting)
    );
    assert_eq!(chat, after);
}

#[test]
fn inactivity_warns_one_minute_before_and_any_message_clears_the_warning() {
    let mut chat = active();
    assert_eq!(chat.due(TIMES, at(549)), None);
    assert_eq!(chat.due(TIMES, at(550)), Some(Due::Warning));
    chat.warn();
    assert_eq!(chat.closes_at(TIMES), Some(at(610)));
    chat.append(&Author::Visitor, Some("still here"), at(600));
    assert_eq!(chat.closes_at(TIMES), None);
    assert_eq!(chat.due_at(TIMES), Some(at(1_140)));
    chat.warn();
    assert_eq!(chat.due(TIMES, at(1_200)), Some(Due::Inactive));
    assert_eq!(
        chat.end_by_inactivity(at(1_200)),
        Some(SystemMessage::Ended(EndedBy::Inactivity))
    );
    assert_eq!(reason(&chat), EndReason::Inactivity);
}

#[test]
fn a_system_line_does_not_wind_the_clock() {
    let mut chat = active();
    chat.append(&Author::System, None, at(500));
    assert_eq!(chat.due_at(TIMES), Some(at(550)));
}

#[test]
fn the_end_keeps_its_reason() {
    let mut chat = offered();
    chat.end_by_visitor(at(5)).unwrap();
    assert_eq!(reason(&chat), EndReason::Cancelled);
    let mut chat = active();
    chat.end_by_visitor(at(20)).unwrap();
    assert_eq!(reason(&chat), EndReason::Visitor);
    let mut chat = active();
    chat.end_by_agent(agent(1), "Maya", at(20)).unwrap();
    assert_eq!(reason(&chat), EndReason::Agent);
    let mut chat = requested();
    chat.pass_on(None, TIMES, at(0)).unwrap();
    assert_eq!(
        chat.end_by_visitor(at(5)),
        Ok(SystemMessage::Ended(EndedBy::Nobody))
    );
    assert_eq!(reason(&chat), EndReason::Missed);
    let mut chat = offered();
    assert!(chat.end_by_absence(at(60)).is_some());
    assert_eq!(reason(&chat), EndReason::Cancelled);
    let mut chat = requested();
    chat.pass_on(None, TIMES, at(0)).unwrap();
    assert!(chat.end_by_absence(at(1_800)).is_some());
    assert_eq!(reason(&chat), EndReason::Missed);
}

#[test]
fn after_the_end_nothing_changes() {
    let mut chat = active();
    chat.end_by_agent(agent(1), "Maya", at(20)).unwrap();
    let after = chat.clone();
    assert_eq!(chat.end_by_visitor(at(30)), Err(Refusal::Ended));
    assert_eq!(
        chat.end_by_agent(agent(1), "Maya", at(30)),
        Err(Refusal::Ended)
    );
    assert_eq!(
        chat.accept(agent(1), "Maya", at(30)),
        Err(Refusal::NoLongerWaiting)
    );
    assert_eq!(
        chat.pass_on(Some((agent(2), Pool::Everyone)), TIMES, at(30)),
        Err(Refusal::NotNow)
    );
    assert_eq!(chat.open_to_visitor(), Err(Refusal::Ended));
    assert_eq!(chat.end_by_absence(at(30)), None);
    assert_eq!(chat.end_by_inactivity(at(30)), None);
    assert_eq!(chat.due(TIMES, at(100_000)), None);
    assert_eq!(chat, after);
}

#[test]
fn an_active_chat_is_its_agents_alone_and_an_ended_one_is_everyones() {
    let mut chat = active();
    assert!(chat.audience().lists(viewer(1, Role::Agent)));
    assert!(!chat.audience().lists(viewer(2, Role::Agent)));
    assert!(chat.audience().lists(viewer(2, Role::Supervisor)));
    assert_eq!(chat.held_by(agent(2)), Err(Refusal::NotFound));
    chat.end_by_visitor(at(20)).unwrap();
    assert!(chat.audience().lists(viewer(2, Role::Agent)));
}

#[test]
fn a_cancelled_request_is_in_nobodys_list() {
    let mut chat = offered();
    assert_eq!(chat.audience().offered, Some(agent(1)));
    assert!(!chat.audience().lists(viewer(1, Role::Agent)));
    chat.end_by_visitor(at(5)).unwrap();
    assert_eq!(chat.audience(), Audience::NOBODY);
}

#[test]
fn an_owner_is_asked_alone() {
    let mut chat = requested();
    chat.pass_on(Some((agent(1), Pool::Owner)), TIMES, at(0))
        .unwrap();
    assert_eq!(chat.wants_second(), None);
    chat.pass_on(Some((agent(2), Pool::Everyone)), TIMES, at(100))
        .unwrap();
    assert_eq!(
        chat.state,
        State::Fallback {
            tried: Some(agent(1)),
            since: at(100)
        }
    );
}

#[test]
fn a_left_message_is_picked_up_once_and_its_clock_waits_for_the_visitor() {
    let mut chat = requested();
    chat.pass_on(None, TIMES, at(0)).unwrap();
    chat.leave(at(5)).unwrap();
    assert!(chat.audience().lists(viewer(3, Role::Agent)));
    chat.pick_up(agent(1), "Maya", false, at(1_000)).unwrap();
    assert_eq!(
        chat.pick_up(agent(2), "Jun", false, at(1_000)),
        Err(Refusal::NoLongerWaiting)
    );
    let author = Author::Agent {
        id: agent(1),
        name: "Maya".into(),
    };
    chat.append(&author, Some("Hello"), at(1_010));
    assert_eq!(chat.due_at(TIMES), None);
    assert!(chat.visitor_connected(at(2_000)));
    assert!(!chat.visitor_connected(at(2_100)));
    assert_eq!(chat.due_at(TIMES), Some(at(2_540)));
}

#[test]
fn a_message_is_left_only_while_nobody_has_the_chat() {
    assert_eq!(active().leave(at(20)), Err(Refusal::NotNow));
    assert_eq!(offered().leave(at(20)), Err(Refusal::NotNow));
}

#[test]
fn the_chat_of_an_agent_who_vanished_is_whose_who_writes_or_picks_up_first() {
    let mut chat = active();
    assert!(!chat.awaits_answer());
    chat.append(&Author::Visitor, Some("Hello?"), at(20));
    assert!(chat.awaits_answer());
    assert!(chat.agent_vanished());
    assert!(!chat.agent_vanished());
    assert!(chat.audience().lists(viewer(2, Role::Agent)));
    let mut written = chat.clone();
    let author = Author::Agent {
        id: agent(1),
        name: "Maya".into(),
    };
    written.append(&author, Some("Back"), at(30));
    assert_eq!(
        written.pick_up(agent(2), "Jun", true, at(31)),
        Err(Refusal::NoLongerWaiting)
    );
    chat.pick_up(agent(2), "Jun", true, at(31)).unwrap();
    assert_eq!(chat.held_by(agent(1)), Err(Refusal::NotFound));
    assert_eq!(chat.held_by(agent(2)), Ok(()));
}

#[test]
fn a_chat_stays_with_its_agent_until_another_accepts_it() {
    let mut chat = active();
    chat.hand_over(agent(1), agent(2), " Wants a refund ", TIMES, at(20))
        .unwrap();
    assert_eq!(chat.held_by(agent(1)), Ok(()));
    assert_eq!(
        chat.hand_over(agent(1), agent(3), "", TIMES, at(21)),
        Err(Refusal::NotNow)
    );
    assert_eq!(chat.due(TIMES, at(120)), Some(Due::TransferExpired));
    let mut kept = chat.clone();
    assert_eq!(kept.keep(), Some(agent(2)));
    assert_eq!(
        kept.accept(agent(2), "Jun", at(121)),
        Err(Refusal::NoLongerWaiting)
    );
    chat.accept(agent(2), "Jun", at(30)).unwrap();
    assert_eq!(chat.held_by(agent(2)), Ok(()));
    assert_eq!(chat.held_by(agent(1)), Err(Refusal::NotFound));
    assert_eq!(chat.accepted_at, Some(at(10)));
}

#[test]
fn nobody_hands_over_to_themselves_or_what_is_not_theirs() {
    let mut chat = active();
    assert_eq!(
        chat.hand_over(agent(1), agent(1), "", TIMES, at(20)),
        Err(Refusal::NotNow)
    );
    assert_eq!(
        chat.hand_over(agent(2), agent(3), "", TIMES, at(20)),
        Err(Refusal::NotFound)
    );
}

#[test]
fn a_supervisor_takes_a_chat_over_with_its_clock() {
    let mut chat = active();
    chat.take_over(agent(9), "Sofia", at(50)).unwrap();
    assert_eq!(chat.held_by(agent(9)), Ok(()));
    assert_eq!(chat.due_at(TIMES), Some(at(550)));
    assert_eq!(
        chat.take_over(agent(9), "Sofia", at(51)),
        Err(Refusal::NotNow)
    );
    assert_eq!(
        offered().take_over(agent(9), "Sofia", at(51)),
        Err(Refusal::NotNow)
    );
}

#[test]
fn the_chats_of_a_disabled_agent_wait_for_anybody() {
    let mut chat = active();
    assert!(chat.agent_disabled(at(20)));
    assert_eq!(chat.state, State::Unanswered { since: at(20) });
    chat.pick_up(agent(2), "Jun", true, at(30)).unwrap();
    assert!(!offered().agent_disabled(at(20)));
}

#[test]
fn a_note_changes_nothing_but_its_own_number() {
    let mut chat = active();
    let before = chat.clone();
    assert_eq!(chat.note(agent(1), 4), Ok(1));
    assert_eq!(chat.note(agent(1), 4), Ok(2));
    assert_eq!(chat.note(agent(2), 4), Err(Refusal::NotFound));
    assert_eq!(chat.said.notes, 8);
    let (last_note, said) = (chat.last_note, chat.said);
    assert_eq!(
        chat,
        Conversation {
            last_note,
            said,
            ..before
        }
    );
    chat.end_by_visitor(at(20)).unwrap();
    assert_eq!(chat.note(agent(1), 4), Err(Refusal::Ended));
}

#[test]
fn the_score_is_frozen_at_the_end_and_the_rating_given_once_after_it() {
    use crate::activity::{Rating, Score};

    let mut chat = active();
    let score = Score::all().last();
    let rating = Rating::all().last().unwrap();
    assert_eq!(chat.set_score(agent(2), score), Err(Refusal::NotFound));
    assert_eq!(chat.set_score(agent(1), score), Ok(()));
    assert_eq!(chat.rate(rating), Err(Refusal::NotNow));
    chat.end_by_agent(agent(1), "Maya", at(20)).unwrap();
    assert_eq!(chat.set_score(agent(1), None), Err(Refusal::Ended));
    assert_eq!(chat.rate(rating), Ok(()));
    assert_eq!(chat.rate(rating), Err(Refusal::NotNow));
    assert_eq!((chat.score, chat.rating), (score, Some(rating)));
}
