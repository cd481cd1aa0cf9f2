//! Bytes that earlier releases stored.

use domain::{
    CommandId, Language, SiteId, VisitorId,
    conversation::Lists,
    frame::visitor::Answer,
    message::{Author, Body, SystemMessage},
};
use uuid::Uuid;

use super::*;
use crate::store::{event::Stored, layout};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A change of a conversation with as much in it as fits.
fn change() -> Event {
    let mut conversation = Conversation::request(
        ConversationId(id(1)),
        SiteId(id(2)),
        VisitorId(id(3)),
        Timestamp(4_000_000),
    );
    conversation.version = 5;
    let before = conversation.audience();
    assert_eq!(before.lists, Lists::Nobody);
    let said = |seq, author, body| Message {
        seq,
        at: Timestamp(6_000_000),
        command: Some(CommandId(id(7))),
        author,
        body,
    };
    let agent = AgentId(id(8));
    let maya = || Author::Agent {
        id: agent,
        name: "Maya".into(),
    };
    Event::Conversation(Box::new(ConversationChanged {
        before,
        conversation,
        messages: vec![
            said(1, Author::Visitor, Body::Text("Hello".into())),
            said(
                2,
                Author::System,
                Body::System(SystemMessage::Joined {
                    id: agent,
                    name: "Maya".into(),
                }),
            ),
            said(3, maya(), Body::Text("Hi".into())),
        ],
        notes: vec![Note {
            n: 1,
            after: 2,
            at: Timestamp(7_000_000),
            command: CommandId(id(9)),
            agent,
            name: "Maya".into(),
            text: "VIP".into(),
        }],
        quiet: false,
        key: [9; 32],
        visitor: Some("Ada".into()),
        page: "Pricing".into(),
        visitor_connected: true,
        agent_name: Some("Maya".into()),
        agent_photo: None,
        transfer_to: Some("Jun".into()),
        notices: vec![Notice::Moved {
            from: agent,
            to: "Jun".into(),
            how: Moved::TakenOver,
        }],
        closes_at: Some(Timestamp(8_000_000)),
        profile: Some(Visitor {
            id: VisitorId(id(3)),
            profile: domain::visitor::Profile::default(),
            page: domain::visitor::Page::new("https://example.com/", "Home", ""),
            user_agent: "Test".into(),
            language: Language::English.tag().into(),
            zone: "Europe/Rome".into(),
            attributes: vec![],
            signed: true,
            blocked: false,
            created_at: Timestamp(3_000_000),
        }),
    }))
}

/// What stood in `event.payload` before there were versions.
const CHANGE: &str = "\
    00000010000000000000000000000000000000011000000000000000000000000000000002100000\
    00000000000000000000000000030005000000000080a4e8030080a4e8030000000000030180b6dc\
    0501100000000000000000000000000000000700000548656c6c6f0280b6dc050110000000000000\
    000000000000000000070201001000000000000000000000000000000008044d6179610380b6dc05\
    011000000000000000000000000000000007011000000000000000000000000000000008044d6179\
    610002486901010280bfd60610000000000000000000000000000000091000000000000000000000\
    000000000008044d6179610356495000090909090909090909090909090909090909090909090909\
    090909090909090901034164610750726963696e670101044d6179610001034a756e010010000000\
    00000000000000000000000008034a756e020180c8d0070110000000000000000000000000000000\
    0300000000001468747470733a2f2f6578616d706c652e636f6d2f04486f6d650004546573740265\
    6e0b4575726f70652f526f6d65000100809bee02";

/// What stood in `command.answer` then.
const DONE: &str = "02";

fn stored(payload: Vec<u8>) -> Stored {
    let position = domain::frame::agent::Position { run: 1, n: 1 };
    Stored { position, payload }
}

#[test]
fn what_the_release_before_stored_without_a_version_is_read() {
    assert_eq!(
        hex::encode(postcard::to_allocvec(&change()).unwrap()),
        CHANGE
    );
    assert_eq!(Event::of(&stored(hex::decode(CHANGE).unwrap())), change());
    let done = hex::decode(DONE).unwrap();
    assert_eq!(layout::ANSWER.read(&done), Some(Answer::Done));
}

#[test]
fn what_this_release_stores_says_its_version_and_is_read() {
    let bytes = layout::EVENT.write(&change()).unwrap();
    assert_eq!(bytes.first(), Some(&0x81));
    assert_eq!(Event::of(&stored(bytes)), change());
}

#[test]
fn what_cannot_be_read_is_told_as_such_and_never_stored() {
    for bytes in [vec![], vec![0x82, 0], vec![0x81], vec![0x7f]] {
        assert_eq!(Event::of(&stored(bytes)), Event::Unreadable);
    }
    assert!(layout::EVENT.write(&Event::Unreadable).is_err());
}
