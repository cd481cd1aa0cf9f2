//! Activities: dated facts about a visitor, as the activity history shows them.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    ConversationId, MeetingId, Timestamp,
    conversation::EndReason,
    text::{Label, Remark},
    visitor::{Page, ProfileField},
};

/// How far back the activity history reaches: 90 days of 24 hours.
pub const HISTORY: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Views of one page within this time are one activity.
pub const SAME_VIEW: Duration = Duration::from_secs(30 * 60);

/// How many activities a page of the history has.
pub const HISTORY_ENTRIES: usize = 50;

/// How many page views wait in the browser of a visitor who has no conversation yet.
pub const WAITING_VIEWS: usize = 20;

/// The instant at which the history begins: what is at it or after it shows.
pub fn history_begins(now: Timestamp) -> Timestamp {
    now - HISTORY
}

/// Whether a view of a page belongs to the activity of an earlier view of the same page.
pub fn is_same_view(first: Timestamp, at: Timestamp) -> bool {
    first <= at && at.since(first) <= SAME_VIEW
}

/// What is kept of the page views that a new visitor's browser hands over: the last
/// [`WAITING_VIEWS`], oldest first, each page cut to its limits. A browser's clock that is ahead
/// counts as now; what is older than the history is left out.
pub fn handed_over(
    views: impl IntoIterator<Item = (Page, Timestamp)>,
    now: Timestamp,
) -> Vec<(Page, Timestamp)> {
    let begin = history_begins(now);
    let mut views: Vec<_> = views
        .into_iter()
        .map(|(page, at)| (page, at.min(now)))
        .filter(|(_, at)| *at >= begin)
        .collect();
    views.sort_by_key(|(_, at)| *at);
    views.drain(..views.len().saturating_sub(WAITING_VIEWS));
    views
        .into_iter()
        .map(|(page, at)| (page.limited(), at))
        .collect()
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivityKind {
    /// A page was viewed; `url` is empty where the page told none.
    PageViewed { url: String, title: String },
    /// A chat began and is not over.
    ChatStarted { conversation: ConversationId },
    /// A chat ended; its transcript can be read.
    ChatEnded {
        conversation: ConversationId,
        reason: EndReason,
        /// The agent who had it; empty if nobody ever did.
        agent: String,
    },
    /// The visitor filled in these fields of a form.
    FormFilled { fields: Vec<ProfileField> },
    /// A message was left.
    MessageLeft { conversation: ConversationId },
    /// The site said who the visitor is; with `signed` its server vouched for it.
    Identified { signed: bool },
    /// The visitor rated a chat, 1 to 5.
    Rated {
        conversation: ConversationId,
        rating: Rating,
        comment: Option<Remark>,
    },
    /// The site's script reported an event of its own.
    Reported { name: Label },
    /// A meeting was booked.
    MeetingScheduled(MeetingFact),
    /// A meeting was moved to another time, or given to another agent.
    MeetingRescheduled(MeetingFact),
    /// A meeting was called off.
    MeetingCancelled(MeetingFact),
}

/// What an activity says of a meeting, as it was after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingFact {
    pub meeting: MeetingId,
    /// When it begins, or would have.
    pub start: Timestamp,
    /// The agent's name.
    pub agent: String,
}

/// A dated fact about a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Its own time, which decides whether the history shows it.
    pub at: Timestamp,
    pub kind: ActivityKind,
}

/// Where a page of the history ends: the next begins behind it. `tie` tells apart what happened
/// at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HistoryKey {
    pub at: Timestamp,
    pub tie: uuid::Uuid,
}

/// A page of the activity history, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// At most [`HISTORY_ENTRIES`].
    pub activities: Vec<Activity>,
    /// Where the next page begins; none: this is the last.
    pub next: Option<HistoryKey>,
}

/// What a visitor thought of a chat: 1 (bad) to 5 (good).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

/// What an agent thought of a chat: 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

/// A number outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl core::fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a number outside its range")
    }
}

impl core::error::Error for OutOfRange {}

macro_rules! ranged {
    ($name:ident, $range:expr) => {
        impl $name {
            /// The lowest of them.
            pub const LOWEST: Self = Self(*$range.start());

            /// All of them, the lowest first.
            pub fn all() -> impl Iterator<Item = Self> {
                $range.map(Self)
            }

            /// The number.
            pub fn number(self) -> u8 {
                self.0
            }
        }

        impl TryFrom<u8> for $name {
            type Error = OutOfRange;

            fn try_from(number: u8) -> Result<Self, OutOfRange> {
                if $range.contains(&number) {
                    Ok(Self(number))
                } else {
                    Err(OutOfRange)
                }
            }
        }

        impl From<$name> for u8 {
            fn from(ranged: $name) -> u8 {
                ranged.0
            }
        }
    };
}

ranged!(Rating, (1..=5));
ranged!(Score, (0..=3));

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn page(n: usize) -> Page {
        Page::new(&format!("https://a.example/{n}"), "", "")
    }

    #[test]
    fn the_history_begins_ninety_days_of_24_hours_ago() {
        let begin = history_begins(NOW);
        assert_eq!(begin.0, NOW.0 - 90 * 24 * 60 * 60 * 1_000_000);
        let just = |micros| [(page(1), Timestamp(begin.0 + micros))];
        assert_eq!(handed_over(just(0), NOW).len(), 1);
        assert_eq!(handed_over(just(-1), NOW).len(), 0);
    }

    #[test]
    fn a_browsers_clock_that_is_ahead_counts_as_now_and_the_last_twenty_stay() {
        let views = (0..30).map(|n| {
            let minutes = i64::try_from(n).unwrap() - 25;
            (page(n), Timestamp(NOW.0 + minutes * 60_000_000))
        });
        let kept = handed_over(views, NOW);
        assert_eq!(kept.len(), WAITING_VIEWS);
        assert_eq!(kept.first().map(|(page, _)| page.clone()), Some(page(10)));
        assert_eq!(kept.last(), Some(&(page(29), NOW)));
        assert!(kept.iter().all(|(_, at)| *at <= NOW));
    }

    #[test]
    fn views_of_one_page_are_one_for_thirty_minutes() {
        let later = |micros| Timestamp(NOW.0 + micros);
        assert!(is_same_view(NOW, NOW));
        assert!(is_same_view(NOW, later(30 * 60 * 1_000_000)));
        assert!(!is_same_view(NOW, later(30 * 60 * 1_000_000 + 1)));
        assert!(!is_same_view(later(1), NOW));
    }
}
