//! Whether one reader saw what is there: each message once, in order, none left out.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    ConversationId,
    message::{Message, Seq},
};

use super::{Report, Truth};
use crate::journal::{Entry, Journal, Who};

/// What a reader has of one conversation.
#[derive(Default)]
struct Had {
    /// Brought by the connection.
    live: HashSet<Seq>,
    /// Read as a whole; the connection may bring these once more, since the read was ahead of it.
    opened: HashSet<Seq>,
    /// The highest brought by the connection.
    highest: Seq,
}

pub(super) fn check(journal: &Journal, truth: &Truth, report: &mut Report) {
    let who = journal.who;
    let mut had: BTreeMap<ConversationId, Had> = BTreeMap::new();
    let mut accepted = HashSet::new();
    let mut position: HashMap<i64, i64> = HashMap::new();
    for entry in &journal.entries {
        match entry {
            // Where a client stands after a welcome is the server's word; what follows must rise.
            Entry::Connected | Entry::Resynchronised => position.clear(),
            Entry::Moved(to) => {
                let before = position.insert(to.run, to.n);
                match before {
                    Some(n) if to.n == n => report
                        .doubled
                        .push(format!("{who} was sent change {n} of run {} again", to.run)),
                    Some(n) if to.n < n => report.out_of_order.push(format!(
                        "{who} was sent change {} of run {} after {n}",
                        to.n, to.run
                    )),
                    _ => {}
                }
            }
            Entry::Accepted { conversation } => {
                accepted.insert(*conversation);
            }
            Entry::Opened {
                conversation,
                messages,
            } => {
                for message in messages {
                    agrees(who, *conversation, message, truth, report);
                    had.entry(*conversation)
                        .or_default()
                        .opened
                        .insert(message.seq);
                }
            }
            Entry::Saw {
                conversation,
                message,
            } => {
                agrees(who, *conversation, message, truth, report);
                let had = had.entry(*conversation).or_default();
                let seq = message.seq;
                if !had.live.insert(seq) {
                    report
                        .doubled
                        .push(format!("{who} was sent {seq} of {conversation} again"));
                } else if seq < had.highest {
                    report.out_of_order.push(format!(
                        "{who} was sent {seq} of {conversation} after {}",
                        had.highest
                    ));
                }
                had.highest = had.highest.max(seq);
            }
            _ => {}
        }
    }
    let empty = Had::default();
    for (id, fresh) in truth {
        // An agent is given what was said before, too, with the conversation.
        if who != fresh.visitor && !accepted.contains(id) {
            continue;
        }
        let had = had.get(id).unwrap_or(&empty);
        for message in &fresh.messages {
            if !had.live.contains(&message.seq) && !had.opened.contains(&message.seq) {
                report
                    .forgotten
                    .push(format!("{who} never got {} of {id}", message.seq));
            }
        }
    }
}

fn agrees(
    who: Who,
    conversation: ConversationId,
    message: &Message,
    truth: &Truth,
    report: &mut Report,
) {
    let seq = message.seq;
    let there = truth
        .get(&conversation)
        .and_then(|fresh| fresh.messages.iter().find(|there| there.seq == seq));
    match there {
        None => report
            .lost
            .push(format!("{who} was shown {seq} of {conversation}")),
        Some(there) if there != message => report.contradicted.push(format!(
            "{who} was shown another {seq} of {conversation} than is there"
        )),
        Some(_) => {}
    }
}
