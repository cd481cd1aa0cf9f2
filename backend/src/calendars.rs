//! The calendars that agents have elsewhere: connecting them, reading when the agents are busy,
//! writing meetings into them.
//!
//! What was last read is in the store and counts, whether the account answers or not; nobody waits
//! for a server of others. [`Worker`] reads and writes, for each account on one node at a time.

mod caldav;
mod connect;
mod consent;
mod event;
mod feed;
mod follow;
mod google;
mod moment;
mod oauth;
mod outlook;
mod service;
mod work;

use std::{collections::HashSet, time::Duration};

use domain::{AgentId, meeting::Span};

use crate::store::{self, Connection};

pub use event::Event;
pub use follow::follow;
pub use oauth::OAuthApp;
pub use work::{AT_ONCE, Worker};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why an account did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It refuses who asks; asking again is of no use.
    #[error("the account refuses access")]
    Refused,
    /// What was asked for is not there.
    #[error("the calendar is not there")]
    Gone,
    /// The address is none, or may not be reached.
    #[error("{0}")]
    Address(&'static str),
    /// Not this time; perhaps after this long.
    #[error("{0}")]
    Unreachable(String, Option<Duration>),
}

/// A time that an event takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub span: Span,
    /// By what the event is known: its `UID`, or the id that the account gives it.
    pub event: String,
}

/// What is taken by others than the agent's own meetings, which the store knows anyway: in order,
/// cut to the window, joined where stretches overlap or touch.
fn joined(taken: Vec<Taken>, own: &HashSet<String>, window: Span) -> Vec<Span> {
    let mut spans: Vec<Span> = taken
        .into_iter()
        .filter(|taken| !own.contains(&taken.event))
        .filter_map(|taken| {
            let start = taken.span.start().max(window.start());
            Span::new(start, taken.span.end().min(window.end()))
        })
        .collect();
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        let last = joined.last().copied();
        match last.filter(|last| span.start() <= last.end()) {
            Some(last) => {
                joined.pop();
                joined.extend(Span::new(last.start(), last.end().max(span.end())));
            }
            None => joined.push(span),
        }
    }
    joined
}

/// By what an agent's own meetings are known in calendars; `uids`: those of events found there.
async fn own<'a>(
    connection: &mut Connection,
    agent: AgentId,
    uids: impl Iterator<Item = &'a str>,
) -> Result<HashSet<String>, sqlx::Error> {
    let written = store::calendar::event::own(connection, agent).await?;
    // Invitations that the agent's own programs have put there.
    let invited = uids.filter_map(|uid| uid.parse().ok());
    let invited = store::meeting::find(connection, &invited.collect::<Vec<_>>()).await?;
    let invited = invited.into_iter().filter(|meeting| meeting.agent == agent);
    Ok(written
        .into_iter()
        .chain(invited.map(|meeting| (meeting.id.0, None)))
        .flat_map(|(meeting, item)| {
            [
                Some(meeting.to_string()),
                Some(meeting.simple().to_string()),
                item,
            ]
        })
        .flatten()
        .collect())
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(Timestamp(start), Timestamp(end)).unwrap()
    }

    #[test]
    fn what_overlaps_is_one_stretch_and_own_meetings_are_none() {
        let taken = |start, end, event: &str| Taken {
            span: span(start, end),
            event: event.to_owned(),
        };
        let all = vec![
            taken(50, 60, "a"),
            taken(10, 20, "b"),
            taken(20, 25, "c"),
            taken(12, 14, "d"),
            taken(70, 80, "own"),
            taken(90, 120, "e"),
            taken(-10, 2, "f"),
            taken(200, 210, "g"),
        ];
        let own = HashSet::from(["own".to_owned()]);
        assert_eq!(
            joined(all, &own, span(0, 100)),
            [span(0, 2), span(10, 25), span(50, 60), span(90, 100)]
        );
    }
}
