//! Private notes, files, the score, corrections of visitors.

use std::sync::Arc;

use domain::{
    FileId,
    activity::Score,
    file::{FILE_BYTES, FileCard, FileKind},
    message::Note,
    visitor::ProfileEdit,
};

use super::*;

fn note(n: Seq, after: Seq, by: u8) -> Note {
    Note {
        n,
        after,
        at: at(i64::from(after)),
        command: command(by),
        agent: AgentId::new(Timestamp(0), [by; 10]),
        name: "Jun".into(),
        text: format!("note {n}"),
    }
}

fn answer(id: CommandId, result: Result<Answer, Refusal>) -> AgentEvent {
    AgentEvent::Answer { id, result }
}

fn words(state: &InboxState) -> Vec<String> {
    texts(state, 1).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn notes_stand_after_the_message_they_name() {
    let mut state = connected();
    let open = OpenConversation {
        notes: vec![note(1, 0, 7), note(2, 1, 7), note(3, 1, 7)],
        ..opened(1, vec![by_visitor(1), by_visitor(2)])
    };
    state.thread_read(open);
    assert_eq!(
        words(&state),
        ["note 1", "text 1", "note 2", "note 3", "text 2"]
    );
    let new = Change::Notes {
        conversation: conversation(1),
        notes: vec![note(4, 2, 7)],
    };
    for _ in 0..2 {
        assert!(
            state
                .receive(changes(vec![new.clone()]), at(101))
                .is_empty()
        );
    }
    assert_eq!(words(&state).last().unwrap(), "note 4");
    let late = Change::Notes {
        conversation: conversation(1),
        notes: vec![note(6, 2, 7)],
    };
    let effects = state.receive(changes(vec![late]), at(102));
    assert_eq!(effects, [Effect::ReadThread(conversation(1))]);
}

#[test]
fn notes_among_messages_that_were_not_read_wait_for_them() {
    let mut state = connected();
    let open = OpenConversation {
        notes: vec![note(1, 3, 7), note(2, 5, 7)],
        ..opened(1, vec![by_visitor(5), by_visitor(6)])
    };
    state.thread_read(open);
    assert_eq!(words(&state), ["text 5", "note 2", "text 6"]);
    let earlier = (1..5).map(by_visitor).collect();
    state.earlier_read(conversation(1), Ok(earlier));
    assert_eq!(words(&state).get(3).unwrap(), "note 1");
}

#[test]
fn a_note_is_never_a_message_and_keeps_its_key() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1)]));
    let effects = state
        .write(command(1), conversation(1), "Hm".into(), true, at(101))
        .unwrap();
    assert!(matches!(
        effects.first().unwrap(),
        Effect::Send(AgentRequest::Command {
            command: AgentCommand::Note { .. },
            ..
        })
    ));
    let line = state.lines(conversation(1), |_| 0).pop().unwrap();
    assert!(line.content.is_note());
    let own = Note {
        agent: me(),
        ..note(1, 1, 1)
    };
    let effects = state.receive(answer(command(1), Ok(Answer::Note(own))), at(102));
    assert_eq!(effects, [Effect::Forget(command(1))]);
    let committed = state.lines(conversation(1), |_| 0).pop().unwrap();
    assert_eq!((committed.key, committed.mood.delivery), (line.key, None));
    assert!(committed.content.is_note());
}

#[test]
fn a_correction_is_shown_at_once_and_taken_back_when_refused() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1)]));
    let name = |state: &InboxState| {
        let visitor = state.visitor(conversation(1)).unwrap();
        visitor.profile.name.map(|name| name.to_string())
    };
    let edit = |name: &str| Intent::EditVisitor {
        conversation: conversation(1),
        edit: Arc::new(ProfileEdit {
            name: Some(name.into()),
            ..ProfileEdit::default()
        }),
    };
    state.ask(command(1), edit("Ada"), at(101));
    assert_eq!(name(&state).unwrap(), "Ada");
    state.receive(answer(command(1), Ok(Answer::Done)), at(102));
    assert_eq!(name(&state).unwrap(), "Ada");

    state.ask(command(2), edit("Eve"), at(103));
    assert_eq!(name(&state).unwrap(), "Eve");
    state.receive(answer(command(2), Err(Refusal::Ended)), at(104));
    assert_eq!(name(&state).unwrap(), "Ada");
    let refused = state.refused_edit(conversation(1)).unwrap();
    assert_eq!(refused.refusal, Refusal::Ended);
    assert_eq!(refused.edit.name.as_deref(), Some("Eve"));
    state.discard_edit(conversation(1));
    assert!(state.refused_edit(conversation(1)).is_none());
}

#[test]
fn the_score_that_was_wanted_last_counts() {
    let mut state = connected();
    let score = |number: u8| Score::try_from(number).ok();
    let set = |number| Intent::SetScore {
        conversation: conversation(1),
        score: score(number),
    };
    state.ask(command(1), set(1), at(101));
    state.ask(command(2), set(3), at(102));
    assert_eq!(state.score(conversation(1)), score(3));
    state.receive(answer(command(1), Ok(Answer::Done)), at(103));
    assert_eq!(state.score(conversation(1)), score(3));
    state.receive(answer(command(2), Ok(Answer::Done)), at(104));
    assert_eq!(state.score(conversation(1)), score(3));
    state.ask(command(3), set(9), at(105));
    state.receive(answer(command(3), Err(Refusal::Ended)), at(106));
    assert_eq!(state.score(conversation(1)), score(3));
}

#[test]
fn a_file_is_uploaded_then_sent() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1)]));
    let delivery = |state: &InboxState| state.lines(conversation(1), |_| 0)[1].mood.delivery;
    let attached = state.attach(command(1), conversation(1), "a.txt", 7, at(101));
    assert_eq!(attached, [Effect::Upload(command(1))]);
    assert_eq!(delivery(&state), Some(Delivery::Uploading(0)));
    let upload = state.upload(command(1)).unwrap();
    assert_eq!(
        (&*upload.name, upload.file),
        ("a.txt", FileId(command(1).0))
    );
    state.uploading(command(1), 40);
    assert_eq!(delivery(&state), Some(Delivery::Uploading(40)));

    let refused = state.uploaded(command(1), Err(Refusal::TooMany));
    assert!(refused.is_empty() && state.upload(command(1)).is_none());
    assert_eq!(delivery(&state), Some(Delivery::NotSent(Refusal::TooMany)));
    let again = command(1).retry();
    assert!(state.retry(command(1)).contains(&Effect::Upload(again)));
    assert_eq!(state.upload(again).unwrap().file, upload.file);

    let card = FileCard {
        id: upload.file,
        address: "secret".into(),
        name: "a.txt".into(),
        kind: FileKind::Text,
        bytes: 7,
        pixels: None,
    };
    let effects = state.uploaded(again, Ok(card.clone()));
    assert!(effects.contains(&Effect::DropFile(upload.file)));
    assert!(matches!(effects.first(), Some(Effect::Send(_))));
    let committed = Answer::Message {
        conversation: conversation(1),
        seq: 2,
        at: at(102),
    };
    state.receive(answer(again, Ok(committed)), at(102));
    let line = state.lines(conversation(1), |_| 0).pop().unwrap();
    assert_eq!(line.content.file(), Some(&card));
    assert_eq!(line.key, Key::Seq(2));
}

#[test]
fn a_file_that_is_too_large_is_not_uploaded() {
    let mut state = connected();
    state.thread_read(opened(1, vec![by_visitor(1)]));
    let bytes = u32::try_from(FILE_BYTES + 1).unwrap();
    let effects = state.attach(command(1), conversation(1), "film", bytes, at(101));
    assert!(effects.is_empty());
    assert_eq!(
        state.remove_upload(command(1)),
        [Effect::DropFile(FileId(command(1).0))]
    );
    assert_eq!(words(&state).len(), 1);
}
