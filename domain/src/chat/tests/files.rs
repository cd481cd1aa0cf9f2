use super::*;
use crate::{
    FileId,
    activity::Rating,
    file::{FileCard, FileKind},
};

fn card(address: &str) -> FileCard {
    FileCard {
        id: FileId::new(at(1), [1; 10]),
        address: address.into(),
        name: "plan.pdf".into(),
        kind: FileKind::Pdf,
        bytes: 10,
        pixels: None,
    }
}

fn sent(effects: &[Effect]) -> Vec<CommandId> {
    let id = |effect: &Effect| match effect {
        Effect::Send(VisitorRequest::Command { id, .. }) => Some(*id),
        _ => None,
    };
    effects.iter().filter_map(id).collect()
}

#[test]
fn what_is_written_after_a_file_waits_until_it_is_up() {
    let mut tab = active();
    assert!(tab.attach(id(1), at(1), card("")));
    assert!(sent(&tab.write(id(2), at(2), "there".into())).is_empty());
    assert!(tab.unanswered().is_empty());
    let effects = tab.uploaded(id(1), Ok(card("abc")));
    assert_eq!(sent(&effects), [id(1), id(2)]);
    tab.receive(message_answer(id(1), 1));
    tab.receive(message_answer(id(2), 2));
    let sent = |text: &str| (text.to_owned(), Some(Mark::Sent));
    assert_eq!(list(&tab), [sent("plan.pdf"), sent("there")]);
}

#[test]
fn a_file_that_cannot_go_up_holds_nothing_back_and_can_be_tried_again() {
    let mut tab = active();
    tab.attach(id(1), at(1), card(""));
    tab.write(id(2), at(2), "there".into());
    let effects = tab.uploaded(id(1), Err(Refusal::Unavailable));
    assert_eq!(sent(&effects), [id(2)]);
    let failed = Mark::NotSent(Refusal::Unavailable, Again::Retry);
    assert_eq!(list(&tab).first(), Some(&("plan.pdf".into(), Some(failed))));
    tab.again(id(1), at(3));
    assert!(tab.outgoing(id(1)).is_some_and(Outgoing::uploads));
    let effects = tab.uploaded(id(1), Ok(card("abc")));
    assert!(sent(&effects).contains(&id(1)));
}

#[test]
fn a_file_that_is_too_large_for_what_stands_before_the_server_is_not_tried_again() {
    for refusal in [Refusal::TooLarge, Refusal::FileTooLarge] {
        let mut tab = active();
        tab.attach(id(1), at(1), card(""));
        tab.uploaded(id(1), Err(refusal));
        let failed = Mark::NotSent(refusal, Again::Nothing);
        assert_eq!(list(&tab), [("plan.pdf".into(), Some(failed))]);
    }
}

#[test]
fn files_are_taken_in_an_active_chat_only() {
    let mut tab = ChatClient::new(Vec::new(), true);
    tab.receive(welcome(vec![head(1, ChatState::Waiting, 1, 0)]));
    assert!(!tab.attach(id(1), at(1), card("")));
}

#[test]
fn a_chat_is_rated_once_after_its_end() {
    let rating = Rating::try_from(4).unwrap();
    let mut tab = active();
    assert!(tab.rate(id(1), at(1), rating, String::new()).is_empty());
    tab.receive(chat_event(head(1, ChatState::Ended, 2, 1), vec![ended(1)]));
    assert_eq!(
        sent(&tab.rate(id(1), at(1), rating, String::new())),
        [id(1)]
    );
    assert!(tab.rating());
    assert!(tab.rate(id(2), at(1), rating, String::new()).is_empty());
    let result = Ok(Answer::Done);
    tab.receive(VisitorEvent::Answer { id: id(1), result });
    assert!(!tab.rating());
    let rated = tab.current().and_then(|thread| thread.head.rating);
    assert_eq!(rated, Some(rating));
    assert!(tab.rate(id(3), at(1), rating, String::new()).is_empty());
}
