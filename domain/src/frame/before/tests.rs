use super::{every, known};
use crate::{
    Refusal,
    frame::{
        PROTOCOL, PROTOCOL_OLDEST,
        agent::{AgentEvent, AgentRequest},
        command_of, decode, encode_as,
        read::{read, tests as chat},
        visitor::{VisitorEvent, VisitorRequest},
    },
};

/// Frames as the release with protocol 4 wrote them, in both directions: a word for the
/// direction, and the bytes in hexadecimal digits.
const WRITTEN: &str = include_str!("protocol4.txt");

fn written(direction: &str) -> Vec<Vec<u8>> {
    let frames: Vec<_> = WRITTEN
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(kind, _)| *kind == direction)
        .map(|(_, digits)| {
            let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
            (0..digits.len()).step_by(2).map(byte).collect()
        })
        .collect();
    assert!(frames.len() > 10, "{direction}");
    frames
}

fn agent_events() -> Vec<AgentEvent> {
    every::agent_events(every::messages_of(&chat::every()), &chat::refusals())
}

#[test]
fn what_pages_of_the_release_before_send_is_read_as_they_meant_it() {
    for bytes in written("from-chat") {
        let request: VisitorRequest = decode(&bytes).unwrap();
        assert!(every::visitor_requests().contains(&request), "{request:?}");
    }
    for bytes in written("from-inbox") {
        let request: AgentRequest = decode(&bytes).unwrap();
        assert!(every::agent_requests().contains(&request), "{request:?}");
    }
}

#[test]
fn what_a_server_of_the_release_before_sends_is_read_as_it_meant_it() {
    for bytes in written("to-chat") {
        let event: VisitorEvent = decode(&bytes).unwrap();
        assert!(chat::every().contains(&event), "{event:?}");
        assert_eq!(read(&bytes), Ok(event));
    }
    for bytes in written("to-inbox") {
        let event: AgentEvent = decode(&bytes).unwrap();
        assert!(agent_events().contains(&event), "{event:?}");
    }
}

#[test]
fn the_copy_of_what_the_release_before_knows_reads_its_frames() {
    for bytes in written("to-chat") {
        assert!(known::takes::<known::VisitorEvent>(&bytes));
    }
    for bytes in written("to-inbox") {
        assert!(known::takes::<known::AgentEvent>(&bytes));
    }
}

#[test]
fn a_page_of_the_release_before_can_read_all_that_it_is_sent() {
    for event in chat::every() {
        if let Some(told) = event.before() {
            let bytes = encode_as(PROTOCOL_OLDEST, &told);
            assert!(known::takes::<known::VisitorEvent>(&bytes), "{told:?}");
        }
    }
    for event in agent_events() {
        if let Some(told) = event.before() {
            let bytes = encode_as(PROTOCOL_OLDEST, &told);
            assert!(known::takes::<known::AgentEvent>(&bytes), "{told:?}");
        }
    }
}

#[test]
fn a_page_of_the_release_before_is_told_everything_that_it_can_read() {
    for event in chat::every() {
        let bytes = encode_as(PROTOCOL_OLDEST, &event);
        if known::takes::<known::VisitorEvent>(&bytes) {
            assert_eq!(event.clone().before(), Some(event));
        }
    }
    for event in agent_events() {
        let bytes = encode_as(PROTOCOL_OLDEST, &event);
        if known::takes::<known::AgentEvent>(&bytes) {
            assert_eq!(event.clone().before(), Some(event));
        }
    }
}

#[test]
fn the_id_of_a_command_is_told_without_decoding_the_rest() {
    for request in every::visitor_requests() {
        let id = match &request {
            VisitorRequest::Command { id, .. } => Some(*id),
            _ => None,
        };
        let mut bytes = encode_as(PROTOCOL, &request);
        assert_eq!(command_of(&bytes), id, "{request:?}");
        bytes.push(0);
        assert_eq!(command_of(&bytes), id, "what follows is not looked at");
    }
    for request in every::agent_requests() {
        let id = match &request {
            AgentRequest::Command { id, .. } => Some(*id),
            _ => None,
        };
        let bytes = encode_as(PROTOCOL, &request);
        assert_eq!(command_of(&bytes), id, "{request:?}");
    }
    assert_eq!(command_of(&[PROTOCOL, 2, 3]), None);
}

#[test]
fn a_refusal_is_said_in_the_protocol_of_who_reads_it() {
    for refusal in chat::refusals() {
        assert_eq!(refusal.said_in(PROTOCOL), refusal);
        let told = encode_as(PROTOCOL_OLDEST, &refusal.said_in(PROTOCOL_OLDEST));
        assert!(known::takes::<known::Refusal>(&told), "{refusal:?}");
    }
    assert_eq!(Refusal::Full.said_in(PROTOCOL_OLDEST), Refusal::NotNow);
    assert_eq!(Refusal::Taken.said_in(PROTOCOL_OLDEST), Refusal::Taken);
}
