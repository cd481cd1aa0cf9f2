//! Availability, offers, and what the agent is to hear of.

use super::*;

fn heard(n: u8, seq: Seq) -> Effect {
    Effect::Alert(Alert::Message {
        conversation: conversation(n),
        seq,
    })
}

fn words(n: u8, messages: Vec<Message>) -> Change {
    Change::Messages {
        conversation: conversation(n),
        messages,
    }
}

#[test]
fn a_new_offer_is_heard_once() {
    let mut state = connected();
    let offered = |expires| changes(vec![Change::Offered(offer(3, expires))]);
    assert_eq!(state.receive(offered(200), at(101)), [alert(3, 200)]);
    assert!(state.receive(offered(200), at(101)).is_empty());
    let gone = changes(vec![Change::OfferGone(conversation(3))]);
    state.receive(gone, at(102));
    assert_eq!(state.receive(offered(400), at(103)), [alert(3, 400)]);
}

#[test]
fn an_offer_that_came_and_went_while_the_line_was_cut_is_not_heard() {
    let mut state = connected();
    state.disconnected(false);
    let event = AgentEvent::Welcome {
        now: at(110),
        cursor: Cursor::default(),
        availability: on(),
        offers: vec![offer(4, 200)],
        changes: vec![
            Change::Offered(offer(3, 150)),
            Change::OfferGone(conversation(3)),
            Change::Offered(offer(4, 200)),
        ],
    };
    assert_eq!(state.receive(event, at(110)), [alert(4, 200)]);
    assert!(state.stands(Alert::Offer {
        conversation: conversation(4),
        expires_at: at(200)
    }));
}

#[test]
fn new_words_of_visitors_are_heard_in_own_chats_only() {
    let mut state = connected();
    let new = words(1, vec![by_visitor(2), by_visitor(3), by_me(4, 9)]);
    assert_eq!(state.receive(changes(vec![new]), at(101)), [heard(1, 3)]);
    let own = words(1, vec![by_me(5, 8)]);
    assert!(state.receive(changes(vec![own]), at(101)).is_empty());
    let mut others = row(9, 1);
    others.own = false;
    let seen = changes(vec![Change::Row(others), words(9, vec![by_visitor(1)])]);
    assert!(state.receive(seen, at(101)).is_empty());

    let mut read = row(1, 2);
    read.agent_read = 5;
    state.receive(changes(vec![Change::Row(read)]), at(102));
    assert!(!state.stands(Alert::Message {
        conversation: conversation(1),
        seq: 3
    }));
    let again = words(1, vec![by_visitor(3)]);
    assert!(state.receive(changes(vec![again]), at(103)).is_empty());
}

#[test]
fn what_was_written_before_the_agent_joined_is_no_news() {
    let mut state = connected();
    let joined = Message {
        body: Body::System(SystemMessage::Joined {
            id: me(),
            name: "Maya".into(),
        }),
        ..message(3, Author::System, None)
    };
    let taken = words(3, vec![by_visitor(1), by_visitor(2), joined.clone()]);
    let accepted = vec![Change::Row(row(3, 1)), taken];
    assert!(state.receive(changes(accepted), at(101)).is_empty());
    let next = words(3, vec![by_visitor(4)]);
    assert_eq!(state.receive(changes(vec![next]), at(102)), [heard(3, 4)]);

    // Written in the moment after: it comes with the rest, and is news.
    let all = words(4, vec![by_visitor(1), joined, by_visitor(4)]);
    let accepted = vec![Change::Row(row(4, 1)), all];
    assert_eq!(state.receive(changes(accepted), at(103)), [heard(4, 4)]);
}

#[test]
fn a_chat_that_is_handed_over_comes_with_its_sender_and_note() {
    let mut state = connected();
    let transfer = HandOver {
        from: "Noor".into(),
        note: "Knows the account".into(),
    };
    let mut handed = offer(3, 200);
    handed.transfer = Some(transfer.clone());
    let offered = changes(vec![Change::Offered(handed)]);
    assert_eq!(state.receive(offered, at(101)), [alert(3, 200)]);
    assert_eq!(state.offers()[0].transfer, Some(transfer));
    state.ask(command(1), Intent::Accept(conversation(3)), at(101));
    assert_eq!(
        state.receive(done(1), at(102)),
        [Effect::Open(conversation(3))]
    );
    assert!(state.offers().is_empty());
}

#[test]
fn the_setting_above_the_schedule_is_what_the_server_says() {
    let mut state = connected();
    let over = Override {
        available: false,
        until: at(500),
        at_midnight: false,
    };
    let off = Availability {
        available: false,
        over: Some(over),
        missed: false,
    };
    state.ask(command(1), Intent::SetAvailable(false), at(101));
    state.receive(changes(vec![Change::Availability(off)]), at(101));
    state.receive(done(1), at(101));
    assert_eq!(state.availability(), off);

    assert_eq!(
        state
            .ask(command(2), Intent::ResetAvailability, at(102))
            .len(),
        1
    );
    assert!(state.is_asked(&Intent::ResetAvailability));
    state.receive(changes(vec![Change::Availability(on())]), at(102));
    state.receive(done(2), at(102));
    assert!(!state.is_asked(&Intent::ResetAvailability));
    assert_eq!(state.availability(), on());
}

#[test]
fn who_missed_two_offers_is_told_until_the_switch_is_turned() {
    let mut state = connected();
    let missed = Availability {
        missed: true,
        ..Availability::default()
    };
    state.receive(changes(vec![Change::Availability(missed)]), at(101));
    assert!(state.availability().missed && !state.available());
    state.ask(command(1), Intent::SetAvailable(true), at(102));
    state.receive(done(1), at(102));
    assert!(!state.availability().missed && state.available());
}
