use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp, VisitorId,
    agent::{Agent, Role},
    conversation::EndReason,
    frame::agent::{
        AgentCommand, AgentEvent, AgentRequest, Answer, Change, Cursor, Offer, Position, Row,
        RowState,
    },
    inbox::{InboxStart, ListKey, ListPage, OpenConversation, Tab},
    message::{Author, Body, Message, Seq},
    text::{Email, Field},
    visitor::{Page, Profile, Visitor},
};

use super::*;

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
            created_at: at(0),
        },
        site: "Example".into(),
        messages,
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
                available: true,
                disabled: false,
            },
            now: at(100),
            cursor: Cursor::default(),
            available: true,
            offers: Vec::new(),
            active: ListPage { rows, next },
        },
        all: None,
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
        available: true,
        offers: Vec::new(),
        changes: Vec::new(),
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
fn an_ended_chat_leaves_active_and_stands_in_all() {
    let mut state = connected();
    let page = ListPage {
        rows: vec![row(2, 1), row(1, 1)],
        next: None,
    };
    state.list_read(Tab::All, None, Ok(page));
    let mut ended = row(2, 2);
    ended.state = RowState::Ended {
        reason: EndReason::Agent,
        at: at(60),
    };
    state.receive(changes(vec![Change::Row(ended)]), at(101));
    assert_eq!(state.list(Tab::Active).ids, [conversation(1)]);
    assert_eq!(state.list(Tab::All).ids, [conversation(2), conversation(1)]);
    state.receive(changes(vec![Change::Lost(conversation(2))]), at(101));
    assert_eq!(state.list(Tab::All).ids, [conversation(1)]);
}

#[test]
fn rows_beyond_the_pages_read_come_with_their_page() {
    let mut state = connected();
    let page = |rows: Vec<Row>, more: bool| {
        let last = rows.last().unwrap();
        let next = ListKey {
            activity_at: last.activity_at,
            id: last.id,
        };
        Ok(ListPage {
            next: more.then_some(next),
            rows,
        })
    };
    state.list_read(Tab::All, None, page(vec![row(9, 1), row(8, 1)], true));
    state.receive(changes(vec![Change::Row(row(3, 7))]), at(101));
    assert_eq!(state.list(Tab::All).ids.len(), 2);
    let next = state.list(Tab::All).next;
    // The page was read before the change; the newer head still finds its place.
    state.list_read(Tab::All, next, page(vec![row(3, 1)], false));
    assert_eq!(state.list(Tab::All).ids.len(), 3);
    assert_eq!(state.row(conversation(3)).unwrap().version, 7);
}

#[test]
fn what_comes_while_a_list_is_read_again_stays() {
    let mut state = connected();
    state.list_reading(Tab::Active);
    state.receive(changes(vec![Change::Row(row(7, 1))]), at(101));
    let page = ListPage {
        rows: vec![row(1, 1)],
        next: None,
    };
    state.list_read(Tab::Active, None, Ok(page));
    assert_eq!(
        state.list(Tab::Active).ids,
        [conversation(7), conversation(1)]
    );
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
    state.receive(changes(vec![Change::Available(false)]), at(101));
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
    assert_eq!(state.typing(), [conversation(1)]);
    state.expire_typing(at(107));
    assert!(state.typing().is_empty());
    state.receive(typing(), at(110));
    let new = Change::Messages {
        conversation: conversation(1),
        messages: vec![by_visitor(1)],
    };
    state.receive(changes(vec![new]), at(111));
    assert!(state.typing().is_empty());
}

#[test]
fn a_client_too_far_behind_reads_again_and_goes_on_from_there() {
    let mut state = connected();
    let position = Position { run: 7, n: 70 };
    let event = AgentEvent::Resynchronise {
        now: at(100),
        cursor: Cursor(vec![position]),
        available: false,
        offers: vec![offer(3, 150)],
    };
    assert_eq!(state.receive(event, at(100)), [Effect::ReadAgain]);
    assert_eq!(
        state.hello(),
        AgentRequest::Hello {
            cursor: Cursor(vec![position])
        }
    );
    assert_eq!(state.offers().len(), 1);
}
