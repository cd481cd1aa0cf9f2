//! Events for pages that were opened before a release: what the protocol before can say.
//!
//! Protocol 4 lacks the refusals that 5 added. Everything is named here, without a wildcard: what
//! a later protocol adds does not compile until it is worded or left out. Bytes of that release, and
//! a copy of what its pages can read, are kept beside the tests.

#[cfg(test)]
mod every;
#[cfg(test)]
mod known;
#[cfg(test)]
mod tests;

use super::{PROTOCOL, agent::AgentEvent, agent::Change, visitor::VisitorEvent};
use crate::Refusal;

impl Refusal {
    /// As a protocol that this release speaks can say it.
    pub fn said_in(self, protocol: u8) -> Self {
        if protocol >= PROTOCOL {
            self
        } else {
            self.before()
        }
    }

    fn before(self) -> Self {
        match self {
            Self::Full | Self::WaitForAnswer | Self::TooManyFiles => Self::NotNow,
            Self::NoLongerWaiting
            | Self::Ended
            | Self::NotFound
            | Self::Forbidden
            | Self::Empty
            | Self::TooLarge
            | Self::FileTooLarge
            | Self::Malformed
            | Self::Required
            | Self::AlreadyOpen
            | Self::NotNow
            | Self::TooMany
            | Self::Blocked
            | Self::EmailNotTaken
            | Self::SignedOut
            | Self::Unavailable
            | Self::ShortcutTaken
            | Self::Taken
            | Self::NoCalendar => self,
        }
    }
}

impl VisitorEvent {
    /// As protocol 4 says it; none: it has no word for it.
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Answer { id, result } => Some(Self::Answer {
                id,
                result: result.map_err(Refusal::before),
            }),
            Self::Refused(refusal) => Some(Self::Refused(refusal.before())),
            Self::Welcome { .. }
            | Self::Chat { .. }
            | Self::Typing { .. }
            | Self::AgentConnected { .. }
            | Self::Ping
            | Self::Slots { .. }
            | Self::Meetings { .. } => Some(self),
        }
    }
}

impl AgentEvent {
    /// As [`VisitorEvent::before`].
    pub fn before(self) -> Option<Self> {
        Some(match self {
            Self::Welcome {
                now,
                cursor,
                availability,
                offers,
                changes,
            } => Self::Welcome {
                now,
                cursor,
                availability,
                offers,
                changes: before(changes),
            },
            Self::Changes { position, changes } => Self::Changes {
                position,
                changes: before(changes),
            },
            Self::Answer { id, result } => Self::Answer {
                id,
                result: result.map_err(Refusal::before),
            },
            Self::Refused(refusal) => Self::Refused(refusal.before()),
            Self::Resynchronise { .. }
            | Self::Typing { .. }
            | Self::VisitorConnected { .. }
            | Self::Ping => self,
        })
    }
}

/// What of these changes an inbox of protocol 4 can read. Its cursor moves over the rest.
fn before(mut changes: Vec<Change>) -> Vec<Change> {
    changes.retain(|change| match change {
        Change::Row(_)
        | Change::Lost(_)
        | Change::Messages { .. }
        | Change::Notes { .. }
        | Change::Offered(_)
        | Change::OfferGone(_)
        | Change::Visitor { .. }
        | Change::Availability(_)
        | Change::Moved { .. }
        | Change::NotTransferred { .. }
        | Change::Agents
        | Change::Meeting { .. }
        | Change::CalendarTrouble(_) => true,
    });
    changes
}
