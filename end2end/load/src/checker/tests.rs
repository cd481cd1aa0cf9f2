//! The checker against tiny runs, each broken in one way.

use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp,
    frame::agent::Position,
    message::{Author, Body, Message, Seq, SystemMessage},
};

use super::{Fresh, Report, Truth, check};
use crate::journal::{Entry, Journal, Who};

const VISITOR: Who = Who::Visitor(1);
const AGENT: Who = Who::Agent(1);

fn conversation() -> ConversationId {
    ConversationId::new(Timestamp(0), [1; 10])
}

fn command(n: u32) -> CommandId {
    let [a, b, c, d] = n.to_be_bytes();
    CommandId::new(Timestamp(0), [a, b, c, d, 0, 0, 0, 0, 0, 0])
}

fn text(seq: Seq) -> Message {
    Message {
        seq,
        at: Timestamp(seq.into()),
        command: Some(command(seq)),
        author: Author::Visitor,
        body: Body::Text(format!("words {seq}")),
    }
}

fn joined(seq: Seq) -> Message {
    Message {
        command: None,
        author: Author::System,
        body: Body::System(SystemMessage::Joined {
            id: AgentId::new(Timestamp(0), [1; 10]),
            name: "Maya".into(),
        }),
        ..text(seq)
    }
}

fn sent(seq: Seq) -> [Entry; 2] {
    [
        Entry::Sent {
            command: command(seq),
            text: format!("words {seq}"),
        },
        Entry::Acknowledged {
            command: command(seq),
            conversation: conversation(),
            seq,
            at: Some(Timestamp(seq.into())),
        },
    ]
}

fn saw(message: &Message) -> Entry {
    Entry::Saw {
        conversation: conversation(),
        message: message.clone(),
    }
}

/// A run of one visitor and one agent: four messages, the agent joining as the second.
struct Run {
    there: Vec<Message>,
    visitor: Vec<Entry>,
    agent: Vec<Entry>,
}

impl Run {
    fn sound() -> Self {
        let there = vec![text(1), joined(2), text(3), text(4)];
        let mut visitor: Vec<Entry> = there.iter().map(saw).collect();
        visitor.extend([1, 3, 4].into_iter().flat_map(sent));
        let mut agent = vec![Entry::Accepted {
            conversation: conversation(),
        }];
        agent.extend(there.iter().map(saw));
        Self {
            there,
            visitor,
            agent,
        }
    }

    fn journal_of(&mut self, who: Who) -> &mut Vec<Entry> {
        match who {
            Who::Visitor(_) => &mut self.visitor,
            Who::Agent(_) => &mut self.agent,
        }
    }

    fn check(self) -> Report {
        let truth = Truth::from([(
            conversation(),
            Fresh {
                visitor: VISITOR,
                messages: self.there,
            },
        )]);
        let journal = |who, entries| Journal { who, entries };
        check(
            &[journal(VISITOR, self.visitor), journal(AGENT, self.agent)],
            &truth,
        )
    }
}

/// The kinds of findings, for tests that want just one kind.
fn kinds(report: &Report) -> Vec<&'static str> {
    [
        ("lost", &report.lost),
        ("doubled", &report.doubled),
        ("out of order", &report.out_of_order),
        ("forgotten", &report.forgotten),
        ("contradicted", &report.contradicted),
    ]
    .into_iter()
    .filter(|(_, found)| !found.is_empty())
    .map(|(kind, _)| kind)
    .collect()
}

#[test]
fn a_sound_run_has_no_findings() {
    let report = Run::sound().check();
    assert_eq!(report.findings(), Vec::<String>::new());
    assert_eq!((report.acknowledged, report.seen), (3, 8));
}

#[test]
fn an_acknowledged_message_that_is_not_there_is_lost() {
    let mut run = Run::sound();
    run.visitor.extend(sent(5));
    assert_eq!(kinds(&run.check()), ["lost"]);
}

#[test]
fn a_gap_is_a_lost_message() {
    let mut run = Run::sound();
    run.there.remove(2);
    assert!(
        run.check()
            .lost
            .iter()
            .any(|what| what.ends_with("has no message 3"))
    );
}

#[test]
fn a_message_shown_but_not_there_is_lost() {
    let mut run = Run::sound();
    run.agent.push(saw(&text(5)));
    assert_eq!(kinds(&run.check()), ["lost"]);
}

#[test]
fn one_text_stored_twice_is_doubled() {
    let mut run = Run::sound();
    let again = Message {
        seq: 5,
        command: Some(command(9)),
        ..text(4)
    };
    run.visitor.push(saw(&again));
    run.agent.push(saw(&again));
    run.there.push(again);
    assert_eq!(kinds(&run.check()), ["doubled"]);
}

#[test]
fn one_event_sent_twice_is_doubled() {
    for reader in [VISITOR, AGENT] {
        let mut run = Run::sound();
        run.journal_of(reader).push(saw(&text(3)));
        assert_eq!(kinds(&run.check()), ["doubled"]);
    }
}

#[test]
fn two_agents_with_one_conversation_are_doubled() {
    let mut run = Run::sound();
    let two = Journal {
        who: Who::Agent(2),
        entries: run.agent.clone(),
    };
    let truth = Truth::from([(
        conversation(),
        Fresh {
            visitor: VISITOR,
            messages: std::mem::take(&mut run.there),
        },
    )]);
    let one = Journal {
        who: AGENT,
        entries: run.agent,
    };
    assert_eq!(kinds(&check(&[one, two], &truth)), ["doubled"]);
}

#[test]
fn two_events_swapped_are_out_of_order() {
    let mut run = Run::sound();
    run.agent.swap(2, 3);
    let report = run.check();
    assert_eq!(kinds(&report), ["out of order"]);
    assert_eq!(report.out_of_order.len(), 1);
}

#[test]
fn a_sender_whose_later_message_stands_first_is_out_of_order() {
    let mut run = Run::sound();
    run.visitor = run.there.iter().map(saw).collect();
    run.visitor.extend([1, 4, 3].into_iter().flat_map(sent));
    assert_eq!(kinds(&run.check()), ["out of order"]);
    let mut run = Run::sound();
    run.visitor = run.there.iter().map(saw).collect();
    run.visitor.extend([1, 4, 3].into_iter().flat_map(sent));
    run.visitor.push(Entry::Postponed {
        command: command(4),
    });
    assert!(run.check().is_clean());
}

#[test]
fn positions_that_do_not_rise_are_found_within_one_connection() {
    let moved = |n| Entry::Moved(Position { run: 1, n });
    let mut run = Run::sound();
    run.agent.extend([moved(3), moved(3)]);
    assert_eq!(kinds(&run.check()), ["doubled"]);
    let mut run = Run::sound();
    run.agent.extend([moved(3), moved(2)]);
    assert_eq!(kinds(&run.check()), ["out of order"]);
    let mut run = Run::sound();
    run.agent.extend([moved(3), Entry::Connected, moved(3)]);
    assert!(run.check().is_clean());
}

#[test]
fn one_event_that_never_came_is_forgotten() {
    for reader in [VISITOR, AGENT] {
        let mut run = Run::sound();
        run.journal_of(reader)
            .retain(|entry| *entry != saw(&text(4)));
        let report = run.check();
        assert_eq!(kinds(&report), ["forgotten"]);
        assert_eq!(report.forgotten.len(), 1);
    }
}

#[test]
fn what_an_agent_opened_need_not_come_and_may_come_once() {
    let mut run = Run::sound();
    run.agent.retain(|entry| *entry != saw(&text(3)));
    run.agent.push(Entry::Opened {
        conversation: conversation(),
        messages: run.there.clone(),
    });
    assert!(run.check().is_clean());
}

#[test]
fn answers_that_do_not_hold_are_contradicted() {
    let mut run = Run::sound();
    run.visitor.push(Entry::Refused {
        command: command(3),
        refusal: Refusal::Ended,
    });
    assert_eq!(kinds(&run.check()), ["contradicted"]);
    let mut run = Run::sound();
    run.visitor.push(Entry::Acknowledged {
        command: command(3),
        conversation: conversation(),
        seq: 4,
        at: None,
    });
    assert_eq!(kinds(&run.check()), ["contradicted"]);
    let mut run = Run::sound();
    run.agent.retain(|entry| *entry != saw(&text(4)));
    run.agent.push(saw(&Message {
        body: Body::Text("other words".into()),
        ..text(4)
    }));
    assert_eq!(kinds(&run.check()), ["contradicted"]);
}

#[test]
fn an_acknowledged_end_that_is_not_there_is_lost() {
    let mut run = Run::sound();
    run.visitor.push(Entry::Ended {
        conversation: conversation(),
    });
    assert_eq!(kinds(&run.check()), ["lost"]);
}
