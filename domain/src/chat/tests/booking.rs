use super::*;
use crate::{
    CardId, MeetingId,
    meeting::{CalendarCard, MeetingCard, MeetingState, Slot, Span},
};

fn card(n: u8) -> CalendarCard {
    let (id, name) = maya();
    CalendarCard {
        card: CardId::new(at(i64::from(n)), [n; 10]),
        agent: AgentCard {
            id,
            name,
            photo: None,
        },
        address: "address".into(),
    }
}

fn shared(seq: Seq, n: u8) -> Message {
    Message {
        body: Body::Calendar(card(n)),
        ..by_agent(seq, "")
    }
}

/// A tab in an active conversation with card 1.
fn with_card() -> ChatClient {
    let mut tab = active();
    tab.receive(chat_event(
        head(1, ChatState::Active, 2, 1),
        vec![shared(1, 1)],
    ));
    tab
}

fn slots(seconds: &[i64], from: Option<i64>, next: Option<i64>) -> VisitorEvent {
    VisitorEvent::Slots {
        card: card(1).card,
        from: from.map(at),
        length: 30,
        slots: seconds.iter().map(|seconds| Slot(at(*seconds))).collect(),
        next: next.map(at),
        asks_email: true,
    }
}

fn meeting(start: i64, state: MeetingState, sequence: u32) -> MeetingCard {
    MeetingCard {
        meeting: MeetingId::new(at(1), [1; 10]),
        card: card(1).card,
        conversation: conversation(1),
        agent: card(1).agent,
        span: Span::new(at(start), at(start + 1_800)).unwrap(),
        state,
        sequence,
        email: "ada@example.com".into(),
        address: "meeting".into(),
    }
}

fn booked(tab: &mut ChatClient) -> Vec<Effect> {
    let slot = Slot(at(3_600));
    tab.book(id(9), at(9), card(1).card, slot, None, "Europe/Rome".into())
}

fn asks(card: CardId, from: Option<i64>) -> Effect {
    let from = from.map(at);
    Effect::Send(VisitorRequest::Slots { card, from })
}

fn start_of(tab: &ChatClient) -> Option<Timestamp> {
    let meeting = tab.meeting_of(card(1).card)?;
    Some(meeting.span.start())
}

#[test]
fn slots_are_asked_for_once_a_connection_and_again_when_something_was_booked() {
    let mut tab = with_card();
    assert_eq!(tab.want_slots(), [asks(card(1).card, None)]);
    assert_eq!(tab.want_slots(), []);
    tab.receive(welcome(vec![head(1, ChatState::Active, 2, 1)]));
    assert_eq!(tab.want_slots(), [asks(card(1).card, None)]);
    tab.receive(VisitorEvent::Meetings {
        meetings: vec![meeting(3_600, MeetingState::Cancelled, 1)],
    });
    assert_eq!(tab.want_slots(), [asks(card(1).card, None)]);
    tab.lost();
    tab.forget_slots();
    assert_eq!(tab.want_slots(), [], "not without a connection");
}

#[test]
fn whatever_a_card_shows_changes_the_state_by_which_it_is_drawn() {
    let mut tab = with_card();
    let mut seen = vec![tab.bookings()];
    tab.want_slots();
    seen.push(tab.bookings());
    tab.receive(slots(&[10], None, None));
    assert!(tab.card_asks_email());
    seen.push(tab.bookings());
    booked(&mut tab);
    seen.push(tab.bookings());
    tab.receive(refusal(id(9), Refusal::Taken));
    seen.push(tab.bookings());
    tab.receive(VisitorEvent::Meetings {
        meetings: vec![meeting(3_600, MeetingState::Booked, 0)],
    });
    assert!(!tab.card_asks_email());
    seen.push(tab.bookings());
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
}

#[test]
fn only_the_newest_card_of_a_calendar_is_there_to_choose_from() {
    let mut tab = with_card();
    tab.receive(chat_event(
        head(1, ChatState::Active, 3, 2),
        vec![shared(2, 2)],
    ));
    assert!(!tab.is_newest(&card(1)) && tab.is_newest(&card(2)));
    assert_eq!(tab.want_slots(), [asks(card(2).card, None)]);
}

#[test]
fn later_slots_follow_those_that_are_known() {
    let mut tab = with_card();
    assert_eq!(tab.ask_for_later_slots(card(1).card), None);
    tab.receive(slots(&[10, 20], None, Some(30)));
    let later = Some(asks(card(1).card, Some(30)));
    assert_eq!(tab.ask_for_later_slots(card(1).card), later);
    tab.receive(slots(&[30], Some(30), None));
    tab.receive(slots(&[30], Some(30), None));
    let known = tab.slots_of(card(1).card).unwrap();
    assert_eq!(known.slots, [10, 20, 30].map(|seconds| Slot(at(seconds))));
    assert_eq!(tab.ask_for_later_slots(card(1).card), None);
    tab.receive(slots(&[20], None, None));
    assert_eq!(tab.slots_of(card(1).card).unwrap().slots.len(), 1);
}

#[test]
fn the_tab_that_books_tells_the_page_once_whichever_of_answer_and_meeting_comes_first() {
    for answer_first in [true, false] {
        let mut tab = with_card();
        assert!(matches!(booked(&mut tab).as_slice(), [_, Effect::Send(_)]));
        assert!(booked(&mut tab).is_empty(), "one at a time");
        assert_eq!(tab.booking(card(1).card), Some(Slot(at(3_600))));
        let came = VisitorEvent::Meetings {
            meetings: vec![meeting(3_600, MeetingState::Booked, 0)],
        };
        let answer = VisitorEvent::Answer {
            id: id(9),
            result: Ok(Answer::Booked(meeting(3_600, MeetingState::Booked, 0))),
        };
        let mut events = vec![answer.clone(), came, answer];
        if !answer_first {
            events.swap(0, 1);
        }
        let effects: Vec<_> = events.into_iter().flat_map(|e| tab.receive(e)).collect();
        let told = Effect::Tell(Notice::MeetingBooked);
        assert_eq!(effects.iter().filter(|effect| **effect == told).count(), 1);
        assert_eq!(tab.booking(card(1).card), None);
        assert_eq!(start_of(&tab), Some(at(3_600)));
    }
}

#[test]
fn an_older_copy_of_a_meeting_changes_nothing() {
    let mut tab = with_card();
    for (start, sequence) in [(3_600, 0), (7_200, 1), (3_600, 0)] {
        let moved = meeting(start, MeetingState::Booked, sequence);
        tab.receive(VisitorEvent::Meetings {
            meetings: vec![moved],
        });
    }
    assert_eq!(start_of(&tab), Some(at(7_200)));
}

#[test]
fn a_slot_that_was_taken_brings_fresh_ones() {
    let mut tab = with_card();
    booked(&mut tab);
    let effects = tab.receive(refusal(id(9), Refusal::Taken));
    assert!(effects.contains(&Effect::NotBooked(card(1).card, Refusal::Taken)));
    assert!(effects.contains(&asks(card(1).card, None)));
    assert_eq!(tab.booking(card(1).card), None);
    booked(&mut tab);
    let effects = tab.receive(refusal(id(9), Refusal::Required));
    assert!(effects.contains(&Effect::NotBooked(card(1).card, Refusal::Required)));
    assert!(!effects.contains(&asks(card(1).card, None)));
}

#[test]
fn a_booking_that_has_no_answer_goes_out_again_and_stays_one() {
    let mut tab = with_card();
    let sent = booked(&mut tab).pop().unwrap();
    tab.lost();
    let effects = tab.receive(welcome(vec![head(1, ChatState::Ended, 3, 1)]));
    assert!(effects.contains(&sent));
}
