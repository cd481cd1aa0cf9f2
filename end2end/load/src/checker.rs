//! Compares what every client sent, was told and saw with what is really there.
//!
//! A pure function over the journals and a fresh read of everything: it knows nothing of how the
//! run was made, so that a run of any kind (kills, a lying proxy, three invented lines of a unit
//! test) is judged by the same rules.

mod reader;
mod store;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use domain::{ConversationId, message::Message};

use crate::journal::{Entry, Journal, Who};

/// A conversation as a new connection read it after the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// The visitor whose conversation it is.
    pub visitor: Who,
    pub messages: Vec<Message>,
}

/// Everything, as new connections read it after the run.
pub type Truth = BTreeMap<ConversationId, Fresh>;

/// What the checker found; each finding is a sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub conversations: usize,
    /// Messages that were acknowledged to their senders.
    pub acknowledged: usize,
    /// Messages that arrived at readers.
    pub seen: usize,
    /// Connections that were made, resumed ones included.
    pub connections: usize,
    /// Times that an agent was told to read everything anew.
    pub resynchronised: usize,
    /// Commands refused for good, by reason; allowed, but a run of refusals proves nothing.
    pub refused: BTreeMap<String, usize>,
    /// Acknowledged or shown to somebody, but not there.
    pub lost: Vec<String>,
    /// There twice, or brought to one reader twice.
    pub doubled: Vec<String>,
    /// Not in the order that everybody must see.
    pub out_of_order: Vec<String>,
    /// Never brought to a reader who may see it.
    pub forgotten: Vec<String>,
    /// An answer, or what a reader saw, does not agree with what is there.
    pub contradicted: Vec<String>,
}

impl Report {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.findings().is_empty()
    }

    /// Every finding, its kind in front.
    pub fn findings(&self) -> Vec<String> {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("out of order", &self.out_of_order),
            ("forgotten", &self.forgotten),
            ("contradicted", &self.contradicted),
        ]
        .into_iter()
        .flat_map(|(kind, found)| found.iter().map(move |what| format!("{kind}: {what}")))
        .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} acknowledged, {} lost, {} doubled, {} out of order, {} forgotten, {} contradicted \
             ({} conversations, {} messages seen, {} connections, {} resynchronised)",
            self.acknowledged,
            self.lost.len(),
            self.doubled.len(),
            self.out_of_order.len(),
            self.forgotten.len(),
            self.contradicted.len(),
            self.conversations,
            self.seen,
            self.connections,
            self.resynchronised,
        )?;
        for (reason, count) in &self.refused {
            write!(f, "\n  refused {count} times: {reason}")?;
        }
        Ok(())
    }
}

/// Checks all promises of delivery:
///
/// - what is there stands in 1, 2, 3 … without gaps, and nothing stands there twice;
/// - every acknowledged message is there, once, in the place that its sender was told;
/// - what was refused is not there, and a conversation was accepted by one agent only;
/// - a sender's messages stand in the order in which they were sent;
/// - every reader saw exactly this, each message once and in this order: a visitor all of their
///   conversations, an agent those that they accepted, from the first message on: what was said
///   before is read once, what is said later is told.
pub fn check(journals: &[Journal], truth: &Truth) -> Report {
    let mut report = Report {
        conversations: truth.len(),
        ..Report::default()
    };
    store::check(journals, truth, &mut report);
    for journal in journals {
        reader::check(journal, truth, &mut report);
        for entry in &journal.entries {
            match entry {
                Entry::Acknowledged { .. } => report.acknowledged += 1,
                Entry::Saw { .. } => report.seen += 1,
                Entry::Connected => report.connections += 1,
                Entry::Resynchronised => report.resynchronised += 1,
                Entry::Refused { refusal, .. } => {
                    *report.refused.entry(refusal.to_string()).or_default() += 1;
                }
                _ => {}
            }
        }
    }
    report
}
