use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp, VisitorId,
    agent::{Agent, Role},
    availability::{Availability, Override},
    conversation::EndReason,
    frame::agent::{
        AgentCommand, AgentEvent, AgentRequest, Answer, Change, Cursor, HandOver, Moved, Offer,
        Position, Row, RowState,
    },
    inbox::{InboxStart, ListKey, ListPage, OpenConversation, Tab},
    message::{Author, Body, Message, Seq, SystemMessage},
    permission::Action,
    settings::Notifications,
    text::{Email, Field},
    visitor::{Page, Profile, Visitor},
};

use super::*;
use crate::{api::Failure, place::Place};

mod alerts;
mod colleagues;
mod lists;
mod meetings;
mod search;
mod tools;
mod words;

fn me() -> AgentId {
    AgentId::new(Timestamp(0), [1; 10])
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::new(Timestamp(i64::from(n)), [n; 10])
}

fn command(n: u8) -> CommandId {
    CommandId::new(Timestamp::from_unix_millis(u64::from(n)), [n; 10])
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000_000)
}

fn row(n: u8, version: u32) -> Row {
    Row {
        id: conversation(n),
        state: RowState::Active,
        own: true,
        away: false,
        transfer_to: None,
        version,
        visitor: Some(format!("Visitor {n}")),
        page: String::new(),
        agent: "Maya".into(),
        preview: String::new(),
        preview_by_agent: false,
        activity_at: at(i64::from(n)),
        last: 0,
        unread: 0,
        agent_read: 0,
        visitor_read: 0,
        visitor_connected: true,
        score: None,
        rating: None,
        closes_at: None,
    }
}

fn message(seq: Seq, author: Author, command: Option<CommandId>) -> Message {
    Message {
        seq,
        at: at(i64::from(seq)),
        command,
        author,
        body: Body::Text(format!("text {seq}")),
    }
}

fn by_visitor(seq: Seq) -> Message {
    message(seq, Author::Visitor, None)
}

fn by_me(seq: Seq, n: u8) -> Message {
    let author = Author::Agent {
        id: me(),
        name: "Maya".into(),
    };
    message(seq, author, Some(command(n)))
}

fn opened(n: u8, messages: Vec<Message>) -> OpenConversation {
    OpenConversation {
        row: row(n, 1),
        visitor: Visitor {
            id: VisitorId::new(Timestamp(0), [9; 10]),
            profile: Profile::default(),
            page: Page::default(),
            user_agent: String::new(),
            language: "en".into(),
            zone: String::new(),
            attributes: Vec::new(),
            signed: false,
            blocked: false,
            created_at: at(0),
        },
        site: "Example".into(),
        messages,
        notes: Vec::new(),
        meetings: Vec::new(),
    }
}

fn first_page(rows: Vec<Row>, next: Option<ListKey>) -> FirstPage {
    FirstPage {
        start: InboxStart {
            agent: Agent {
                id: me(),
                name: Field::try_from("Maya".to_owned()).unwrap(),
                email: Email::try_from("maya@example.com".to_owned()).unwrap(),
                role: Role::Agent,
                language: None,
                chat_limit: 5,
                photo: None,
                disabled: false,
            },
            now: at(100),
            cursor: Cursor::default(),
            availability: on(),
            notifications: Notifications::default(),
            push_key: String::new(),
            mail: true,
            calendar_trouble: false,
            offers: Vec::new(),
            active: ListPage { rows, next },
        },
        list: None,
        open: None,
    }
}

fn state() -> InboxState {
    InboxState::new(first_page(vec![row(2, 1), row(1, 1)], None), at(100))
}

fn welcome() -> AgentEvent {
    AgentEvent::Welcome {
        now: at(100),
        cursor: Cursor::default(),
        availability: on(),
        offers: Vec::new(),
        changes: Vec::new(),
    }
}

fn on() -> Availability {
    Availability {
        available: true,
        ..Availability::default()
    }
}

fn alert(n: u8, expires: i64) -> Effect {
    Effect::Alert(Alert::Offer {
        conversation: conversation(n),
        expires_at: at(expires),
    })
}

fn refused(n: u8, refusal: Refusal) -> AgentEvent {
    AgentEvent::Answer {
        id: command(n),
        result: Err(refusal),
    }
}

fn done(n: u8) -> AgentEvent {
    AgentEvent::Answer {
        id: command(n),
        result: Ok(Answer::Done),
    }
}

fn connected() -> InboxState {
    let mut state = state();
    state.receive(welcome(), at(100));
    state
}

fn changes(changes: Vec<Change>) -> AgentEvent {
    AgentEvent::Changes {
        position: Position { run: 1, n: 1 },
        changes,
    }
}

fn texts(state: &InboxState, n: u8) -> Vec<(String, Option<Delivery>)> {
    state
        .lines(conversation(n), |at| at.0 / 86_400_000_000)
        .into_iter()
        .map(|line| {
            (
                line.content.text().unwrap_or_default().to_owned(),
                line.mood.delivery,
            )
        })
        .collect()
}

fn offer(n: u8, expires: i64) -> Offer {
    Offer {
        conversation: conversation(n),
        version: 1,
        visitor: None,
        page: String::new(),
        first_words: String::new(),
        expires_at: at(expires),
        transfer: None,
    }
}

#[test]
fn the_newest_activity_stands_first_and_an_older_copy_changes_nothing() {
    let mut state = connected();
    let mut newer = row(1, 3);
    newer.activity_at = at(50);
    newer.preview = "new".into();
    state.receive(changes(vec![Change::Row(newer)]), at(101));
    state.receive(changes(vec![Change::Row(row(1, 2))]), at(101));
    assert_eq!(
        state.list(Tab::Active).ids,
        [conversation(1), conversation(2)]
    );
    assert_eq!(state.row(conversation(1)).unwrap().preview, "new");
}

#[test]
fn the_most_urgent_offer_is_on_top_and_a_late_accept_says_so() {
    let mut state = connected();
    for (n, expires) in [(5, 300), (6, 200)] {
        state.receive(changes(vec![Change::Offered(offer(n, expires))]), at(101));
    }
    let order: Vec<ConversationId> = state.offers().iter().map(|o| o.conversation).collect();
    assert_eq!(order, [conversation(6), conversation(5)]);
    assert_eq!(state.waiting_for_me(None), 2);

    let intent = Intent::Accept(conversation(6));
    assert_eq!(state.ask(command(1), intent.clone(), at(101)).len(), 1);
    assert!(state.is_asked(&intent));
    assert!(state.ask(command(2), intent, at(101)).is_empty());
    let answer = AgentEvent::Answer {
        id: command(1),
        result: Err(Refusal::NoLongerWaiting),
    };
    assert_eq!(
        state.receive(answer, at(101)),
        [Effect::Tell(Notice::NoLongerWaiting)]
    );
    assert_eq!(state.offers().len(), 1);

    let intent = Intent::Accept(conversation(5));
    state.ask(command(3), intent, at(101));
    let answer = AgentEvent::Answer {
        id: command(3),
        result: Ok(Answer::Done),
    };
    assert_eq!(
        state.receive(answer, at(101)),
        [Effect::Open(conversation(5))]
    );
}

#[test]
fn the_switch_shows_the_wish_until_the_server_answers() {
    let mut state = connected();
    state.ask(command(1), Intent::SetAvailable(false), at(101));
    assert!(!state.available());
    let refused = AgentEvent::Answer {
        id: command(1),
        result: Err(Refusal::Unavailable),
    };
    state.receive(refused, at(101));
    assert!(state.available());
    let off = Availability::default();
    state.receive(changes(vec![Change::Availability(off)]), at(101));
    assert!(!state.available());
}

#[test]
fn typing_ends_by_itself_and_by_a_message() {
    let mut state = connected();
    let typing = || AgentEvent::Typing {
        conversation: conversation(1),
        typing: true,
    };
    state.receive(typing(), at(100));
    state.expire_typing(at(105));
    assert!(state.is_typing(conversation(1)));
    state.expire_typing(at(107));
    assert!(!state.is_typing(conversation(1)));
    state.receive(typing(), at(110));
    let new = Change::Messages {
        conversation: conversation(1),
        messages: vec![by_visitor(1)],
    };
    state.receive(changes(vec![new]), at(111));
    assert!(!state.is_typing(conversation(1)));
}

#[test]
fn a_client_too_far_behind_reads_again_and_goes_on_from_there() {
    let mut state = connected();
    let position = Position { run: 7, n: 70 };
    let event = AgentEvent::Resynchronise {
        now: at(100),
        cursor: Cursor(vec![position]),
        availability: Availability::default(),
        offers: vec![offer(3, 150)],
    };
    let effects = state.receive(event, at(100));
    assert_eq!(effects, [Effect::ReadAgain, alert(3, 150)]);
    assert_eq!(
        state.hello(),
        AgentRequest::Hello {
            cursor: Cursor(vec![position])
        }
    );
    assert_eq!(state.offers().len(), 1);
}
