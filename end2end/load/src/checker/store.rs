//! Whether what is there is whole, and agrees with the answers that senders were given.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    CommandId, ConversationId, Timestamp,
    message::{Body, EndedBy, Message, Seq, SystemMessage},
};

use super::{Report, Truth};
use crate::journal::{Entry, Journal, Who};

/// Where a message stands.
type Place = (ConversationId, Seq);

pub(super) fn check(journals: &[Journal], truth: &Truth, report: &mut Report) {
    let there = index(truth, report);
    let mut holders = BTreeMap::new();
    for journal in journals {
        check_answers(journal, truth, &there, &mut holders, report);
    }
}

/// Checks each conversation on its own and returns where each command's text stands.
fn index<'a>(
    truth: &'a Truth,
    report: &mut Report,
) -> HashMap<CommandId, (ConversationId, &'a Message)> {
    let mut there = HashMap::new();
    let mut texts: HashMap<&str, Place> = HashMap::new();
    for (id, fresh) in truth {
        let mut before = 0;
        let mut seqs = HashSet::new();
        let mut joined = 0;
        let mut over = false;
        for message in &fresh.messages {
            let seq = message.seq;
            if !seqs.insert(seq) {
                report.doubled.push(format!("{id} has two messages {seq}"));
            } else if seq < before {
                report
                    .out_of_order
                    .push(format!("{id} was read with {seq} after {before}"));
            }
            before = before.max(seq);
            if over {
                report
                    .contradicted
                    .push(format!("{id} has message {seq} after its end"));
            }
            match &message.body {
                Body::Text(text) => {
                    if let Some((other, at)) = texts.insert(text, (*id, seq)) {
                        report
                            .doubled
                            .push(format!("`{text}` is {at} of {other} and {seq} of {id}"));
                    }
                }
                Body::System(SystemMessage::Joined { .. }) => joined += 1,
                Body::System(SystemMessage::Ended(_)) => over = true,
                Body::File(_) | Body::Calendar(_) => {}
            }
            if let Some(command) = message.command {
                there.insert(command, (*id, message));
            }
        }
        if joined > 1 {
            report
                .doubled
                .push(format!("{id} was joined {joined} times"));
        }
        for gap in (1..=before).filter(|seq| !seqs.contains(seq)) {
            report.lost.push(format!("{id} has no message {gap}"));
        }
    }
    there
}

fn check_answers(
    journal: &Journal,
    truth: &Truth,
    there: &HashMap<CommandId, (ConversationId, &Message)>,
    holders: &mut BTreeMap<ConversationId, Who>,
    report: &mut Report,
) {
    let who = journal.who;
    let mut sent: Vec<(CommandId, &str)> = Vec::new();
    let mut texts: HashMap<CommandId, &str> = HashMap::new();
    let mut postponed = HashSet::new();
    let mut answers: HashMap<CommandId, (ConversationId, Seq, Option<Timestamp>)> = HashMap::new();
    for entry in &journal.entries {
        match entry {
            Entry::Sent { command, text } => {
                sent.push((*command, text));
                texts.insert(*command, text);
            }
            Entry::Postponed { command } => {
                postponed.insert(*command);
            }
            Entry::Acknowledged {
                command,
                conversation,
                seq,
                at,
            } => {
                let answer = (*conversation, *seq, *at);
                if answers
                    .insert(*command, answer)
                    .is_some_and(|first| first != answer)
                {
                    report
                        .contradicted
                        .push(format!("{who} got two answers to one command, {command}"));
                }
            }
            // A refused acceptance or end brings no text and is judged by its effect.
            Entry::Refused { command, refusal }
                if texts.contains_key(command) && there.contains_key(command) =>
            {
                report.contradicted.push(format!(
                    "{who} was refused ({refusal}) what is there, {command}"
                ));
            }
            Entry::Accepted { conversation } => {
                if let Some(other) = holders.insert(*conversation, who).filter(|o| *o != who) {
                    report
                        .doubled
                        .push(format!("{other} and {who} both accepted {conversation}"));
                }
                if !has(truth, *conversation, |body| {
                    matches!(body, SystemMessage::Joined { .. })
                }) {
                    report.lost.push(format!(
                        "{who} accepted {conversation}, which nobody joined"
                    ));
                }
            }
            Entry::Ended { conversation } => {
                let by_client = |body: &SystemMessage| match body {
                    SystemMessage::Ended(EndedBy::Agent { .. }) => matches!(who, Who::Agent(_)),
                    SystemMessage::Ended(EndedBy::Visitor) => matches!(who, Who::Visitor(_)),
                    _ => false,
                };
                if !has(truth, *conversation, by_client) {
                    report.lost.push(format!(
                        "{who} ended {conversation}, which was not ended by them"
                    ));
                }
            }
            _ => {}
        }
    }
    for (command, text) in &sent {
        let Some((conversation, seq, at)) = answers.get(command) else {
            continue;
        };
        match there.get(command) {
            None => report.lost.push(format!(
                "`{text}` of {who}, acknowledged as {seq} of {conversation}"
            )),
            Some((found, message)) => {
                let same_at = at.is_none_or(|at| at == message.at);
                if (found, message.seq) != (conversation, *seq) || !same_at {
                    report.contradicted.push(format!(
                        "`{text}` of {who}, acknowledged as {seq} of {conversation}, is {} of {found}",
                        message.seq
                    ));
                }
                if !matches!(&message.body, Body::Text(there) if there == text) {
                    report
                        .contradicted
                        .push(format!("`{text}` of {who} says something else"));
                }
            }
        }
    }
    let mut last: BTreeMap<ConversationId, Seq> = BTreeMap::new();
    for (command, text) in &sent {
        let Some((conversation, message)) = there.get(command) else {
            continue;
        };
        if postponed.contains(command) {
            continue;
        }
        let before = last.entry(*conversation).or_default();
        if message.seq < *before {
            report.out_of_order.push(format!(
                "`{text}` of {who} stands at {}, before what was sent earlier",
                message.seq
            ));
        }
        *before = (*before).max(message.seq);
    }
}

fn has(truth: &Truth, id: ConversationId, what: impl Fn(&SystemMessage) -> bool) -> bool {
    truth.get(&id).is_some_and(|fresh| {
        fresh
            .messages
            .iter()
            .any(|message| matches!(&message.body, Body::System(system) if what(system)))
    })
}
