//! Meetings that are booked while the agent looks elsewhere.

use domain::{
    CardId, MeetingId,
    meeting::{MeetingChange, MeetingRow, MeetingState, Span},
};

use super::*;

fn jun() -> AgentId {
    AgentId::new(Timestamp(0), [2; 10])
}

fn meeting(of: ConversationId, agent: AgentId, sequence: u32) -> MeetingRow {
    MeetingRow {
        meeting: MeetingId::new(Timestamp(0), [1; 10]),
        card: CardId::new(Timestamp(0), [1; 10]),
        conversation: of,
        agent,
        agent_name: "Jun".into(),
        agent_disabled: false,
        visitor: Some("Visitor 1".into()),
        email: "visitor@example.com".into(),
        zone: String::new(),
        span: Span::new(at(1_000), at(2_000)).unwrap(),
        state: MeetingState::Booked,
        sequence,
    }
}

fn told(state: &mut InboxState, meeting: &MeetingRow, how: MeetingChange) -> bool {
    let change = Change::Meeting {
        meeting: meeting.clone(),
        how,
    };
    let effects = state.receive(changes(vec![change]), at(101));
    assert!(effects.contains(&Effect::ReadPage));
    let notice = Notice::Meeting(Arc::new(meeting.clone()), how);
    effects.contains(&Effect::Tell(notice))
}

#[test]
fn the_agents_concerned_are_told_of_a_meeting() {
    let mut state = connected();
    let (own, unknown) = (conversation(1), conversation(9));
    let booked = MeetingChange::Booked;
    // Their calendar, whoever shared it; or their chat, whosever calendar it is.
    assert!(told(&mut state, &meeting(unknown, me(), 0), booked));
    assert!(told(&mut state, &meeting(own, jun(), 0), booked));
    // Supervisors hear of all changes, and read them in the list.
    assert!(!told(&mut state, &meeting(unknown, jun(), 0), booked));
    // Theirs is with another agent now.
    let reassigned = MeetingChange::Reassigned;
    assert!(told(&mut state, &meeting(unknown, jun(), 1), reassigned));
}

#[test]
fn the_chat_shows_what_became_of_its_meetings() {
    let mut state = connected();
    let id = conversation(1);
    let mut open = opened(1, Vec::new());
    open.meetings = vec![meeting(id, me(), 1)];
    state.thread_read(open);
    let sequence = |state: &InboxState| state.thread(id).unwrap().meetings()[0].sequence;
    assert_eq!(sequence(&state), 1);
    told(
        &mut state,
        &meeting(id, me(), 3),
        MeetingChange::Rescheduled,
    );
    assert_eq!(sequence(&state), 3);
    // What comes late changes nothing.
    told(
        &mut state,
        &meeting(id, me(), 2),
        MeetingChange::Rescheduled,
    );
    assert_eq!(sequence(&state), 3);
    assert_eq!(state.thread(id).unwrap().meetings().len(), 1);
}

#[test]
fn a_shared_calendar_closes_its_dialog_and_a_refused_one_says_why() {
    let mut state = connected();
    let share = Intent::ShareCalendar {
        conversation: conversation(1),
        agent: jun(),
    };
    state.ask(command(1), share.clone(), at(101));
    assert!(state.is_asking(conversation(1)));
    assert_eq!(
        state.receive(refused(1, Refusal::NoCalendar), at(101)),
        [Effect::Tell(Notice::NotAsked(Refusal::NoCalendar))]
    );
    state.ask(command(2), share, at(102));
    assert_eq!(
        state.receive(done(2), at(102)),
        [Effect::Asked(conversation(1))]
    );
    assert!(!state.is_asking(conversation(1)));
}

#[test]
fn a_card_that_comes_before_the_answer_closes_the_dialog_too() {
    let mut state = connected();
    let share = Intent::ShareCalendar {
        conversation: conversation(1),
        agent: me(),
    };
    state.ask(command(1), share, at(101));
    let card = Change::Messages {
        conversation: conversation(1),
        messages: vec![by_me(1, 1)],
    };
    let effects = state.receive(changes(vec![card]), at(101));
    assert!(effects.contains(&Effect::Asked(conversation(1))));
    assert_eq!(state.receive(done(1), at(101)), []);
}
