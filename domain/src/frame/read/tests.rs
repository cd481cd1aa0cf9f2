use proptest::prelude::*;
use uuid::Uuid;

use super::{super::*, read};
use crate::{
    AgentId, CardId, CommandId, ConversationId, FileId, MeetingId, Refusal, Timestamp,
    activity::Rating,
    file::{FileCard, FileKind},
    frame::visitor::{AgentCard, Answer, Chat, ChatState, VisitorEvent},
    meeting::{CalendarCard, MeetingCard, MeetingState, Slot, Span},
    message::{Author, Body, EndedBy, Message, SystemMessage},
};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number << 64 | 7)
}

fn chat(state: ChatState) -> Chat {
    Chat {
        id: ConversationId(id(1)),
        state,
        version: 300,
        agent: Some(AgentCard {
            id: AgentId(id(2)),
            name: "Zoë".to_owned(),
            photo: Some("zoe.webp".to_owned()),
        }),
        away: true,
        last: 70_000,
        agent_read: 3,
        visitor_read: 4,
        unread: u32::MAX,
        created_at: Timestamp(-1),
        rating: Rating::all().nth(3),
        closes_at: Some(Timestamp(i64::MAX)),
    }
}

fn agent_card() -> AgentCard {
    AgentCard {
        id: AgentId(id(2)),
        name: "Zoë".to_owned(),
        photo: None,
    }
}

fn meeting(state: MeetingState) -> MeetingCard {
    MeetingCard {
        meeting: MeetingId(id(9)),
        card: CardId(id(10)),
        conversation: ConversationId(id(1)),
        agent: agent_card(),
        span: Span::new(Timestamp(-5), Timestamp(1_790_000_000_000_000)).unwrap(),
        state,
        sequence: 300,
        email: "ada@example.com".to_owned(),
        address: "address".to_owned(),
    }
}

fn message(author: Author, body: Body) -> Message {
    Message {
        seq: 129,
        at: Timestamp(1_790_000_000_000_000),
        command: Some(CommandId(id(3))),
        author,
        body,
    }
}

/// Every refusal; a new one does not compile until it is here.
pub fn refusals() -> Vec<Refusal> {
    use Refusal::*;
    let refusals = vec![
        NoLongerWaiting,
        Ended,
        NotFound,
        Forbidden,
        Empty,
        TooLarge,
        FileTooLarge,
        Malformed,
        Required,
        AlreadyOpen,
        NotNow,
        TooMany,
        Blocked,
        EmailNotTaken,
        SignedOut,
        Unavailable,
        ShortcutTaken,
        Taken,
        NoCalendar,
        Full,
        WaitForAnswer,
        TooManyFiles,
    ];
    for refusal in &refusals {
        match refusal {
            NoLongerWaiting | Ended | NotFound | Forbidden | Empty | TooLarge | FileTooLarge
            | Malformed | Required | AlreadyOpen | NotNow | TooMany | Blocked | EmailNotTaken
            | SignedOut | Unavailable | ShortcutTaken | Taken | NoCalendar | Full
            | WaitForAnswer | TooManyFiles => {}
        }
    }
    refusals
}

/// Every variant of everything that the chat reads.
pub fn every() -> Vec<VisitorEvent> {
    let kinds = [
        FileKind::Png,
        FileKind::Jpeg,
        FileKind::Gif,
        FileKind::Webp,
        FileKind::Pdf,
        FileKind::Zip,
        FileKind::Text,
        FileKind::Other,
    ];
    for kind in kinds {
        match kind {
            FileKind::Png
            | FileKind::Jpeg
            | FileKind::Gif
            | FileKind::Webp
            | FileKind::Pdf
            | FileKind::Zip
            | FileKind::Text
            | FileKind::Other => {}
        }
    }
    let agent = |name: &str| (AgentId(id(4)), name.to_owned());
    let (by, name) = agent("Ugo");
    let mut messages = vec![
        message(Author::Visitor, Body::Text("a\u{1f600}b".to_owned())),
        message(
            Author::Agent {
                id: by,
                name: name.clone(),
            },
            Body::Text(String::new()),
        ),
        message(
            Author::System,
            Body::System(SystemMessage::Joined {
                id: by,
                name: name.clone(),
            }),
        ),
    ];
    for by in [
        EndedBy::Agent { id: by, name },
        EndedBy::Visitor,
        EndedBy::Inactivity,
        EndedBy::Nobody,
    ] {
        match by {
            EndedBy::Agent { .. } | EndedBy::Visitor | EndedBy::Inactivity | EndedBy::Nobody => {}
        }
        messages.push(message(
            Author::System,
            Body::System(SystemMessage::Ended(by)),
        ));
    }
    for (kind, pixels) in kinds
        .into_iter()
        .zip([None, Some((1, u16::MAX))].into_iter().cycle())
    {
        let card = FileCard {
            id: FileId(id(5)),
            address: "address".to_owned(),
            name: "report.pdf".to_owned(),
            kind,
            bytes: 10_485_760,
            pixels,
        };
        messages.push(message(Author::Visitor, Body::File(card)));
    }
    messages.push(message(
        Author::System,
        Body::Calendar(CalendarCard {
            card: CardId(id(10)),
            agent: agent_card(),
            address: "address".to_owned(),
        }),
    ));
    for message in &messages {
        match (&message.author, &message.body) {
            (
                Author::Visitor | Author::Agent { .. } | Author::System,
                Body::Text(_) | Body::File(_) | Body::Calendar(_),
            ) => {}
            (_, Body::System(SystemMessage::Joined { .. } | SystemMessage::Ended(_))) => {}
        }
    }
    let states = [
        ChatState::Waiting,
        ChatState::Fallback,
        ChatState::Unanswered,
        ChatState::Active,
        ChatState::Ended,
    ];
    for state in states {
        match state {
            ChatState::Waiting
            | ChatState::Fallback
            | ChatState::Unanswered
            | ChatState::Active
            | ChatState::Ended => {}
        }
    }
    let states_of_meetings = [MeetingState::Booked, MeetingState::Cancelled];
    for state in states_of_meetings {
        match state {
            MeetingState::Booked | MeetingState::Cancelled => {}
        }
    }
    let conversation = ConversationId(id(6));
    let answers = [
        Answer::Started { conversation },
        Answer::Message {
            conversation,
            seq: 5,
            at: Timestamp(64),
        },
        Answer::Done,
        Answer::Booked(meeting(MeetingState::Booked)),
    ];
    let mut events = vec![
        VisitorEvent::Welcome {
            now: Timestamp(-64),
            chats: states.into_iter().map(chat).collect(),
            available: true,
        },
        VisitorEvent::Chat {
            chat: chat(ChatState::Active),
            messages,
        },
        VisitorEvent::Typing {
            conversation,
            typing: true,
        },
        VisitorEvent::AgentConnected {
            conversation,
            connected: true,
        },
        VisitorEvent::Ping,
        VisitorEvent::Slots {
            card: CardId(id(10)),
            from: None,
            length: 30,
            slots: vec![Slot(Timestamp(-1)), Slot(Timestamp(1_790_000_000_000_000))],
            next: Some(Timestamp(1)),
            asks_email: true,
        },
        VisitorEvent::Meetings {
            meetings: states_of_meetings.map(meeting).to_vec(),
        },
    ];
    for answer in answers {
        match answer {
            Answer::Started { .. } | Answer::Message { .. } | Answer::Done | Answer::Booked(_) => {}
        }
        events.push(VisitorEvent::Answer {
            id: CommandId(id(8)),
            result: Ok(answer),
        });
    }
    for refusal in refusals() {
        events.push(VisitorEvent::Answer {
            id: CommandId(id(8)),
            result: Err(refusal),
        });
        events.push(VisitorEvent::Refused(refusal));
    }
    for event in &events {
        match event {
            VisitorEvent::Welcome { .. }
            | VisitorEvent::Chat { .. }
            | VisitorEvent::Answer { .. }
            | VisitorEvent::Typing { .. }
            | VisitorEvent::AgentConnected { .. }
            | VisitorEvent::Ping
            | VisitorEvent::Refused(_)
            | VisitorEvent::Slots { .. }
            | VisitorEvent::Meetings { .. } => {}
        }
    }
    events
}

#[test]
fn every_frame_is_read_as_it_was_written() {
    for event in every() {
        assert_eq!(read(&encode(&event)), Ok(event));
    }
}

#[test]
fn an_answer_without_websocket_is_read_as_it_was_written() {
    for closed in [None, Some(u16::MAX)] {
        let answer = PollAnswer {
            seen: u64::MAX,
            frames: vec![Vec::new(), vec![0, 255, 3]],
            closed,
        };
        assert_eq!(read(&encode(&answer)), Ok(answer));
    }
}

#[test]
fn a_frame_that_is_cut_short_or_too_long_is_malformed() {
    for event in every() {
        let bytes = encode(&event);
        for end in 1..bytes.len() {
            let cut = read::<VisitorEvent>(bytes.get(..end).unwrap_or_default());
            assert_eq!(cut, Err(DecodeError::Malformed), "{event:?} up to {end}");
        }
        let long = [bytes, vec![0]].concat();
        assert_eq!(read::<VisitorEvent>(&long), Err(DecodeError::Malformed));
    }
}

#[test]
fn another_protocol_is_told_apart() {
    assert_eq!(read::<VisitorEvent>(&[9, 5]), Err(DecodeError::Version(9)));
    assert_eq!(read::<VisitorEvent>(&[]), Err(DecodeError::Malformed));
}

proptest! {
    /// Both ways agree about what is a frame, whatever the bytes.
    #[test]
    fn nonsense_is_read_as_serde_reads_it(
        mut bytes in prop::sample::select(every()).prop_map(|event| encode(&event)),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        for (place, byte) in places {
            let at = place.index(bytes.len());
            if at > 0 {
                bytes[at] = byte;
            }
        }
        prop_assert_eq!(read::<VisitorEvent>(&bytes), decode::<VisitorEvent>(&bytes));
    }
}
