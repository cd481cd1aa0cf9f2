//! Meetings: an agent's meeting hours, the slots that they leave free, and a meeting's states.
//!
//! Which slots are free needs the time zone database and is in [`slots`], behind the feature
//! `zones`; browsers get finished instants.

pub mod card;
pub mod link;
#[cfg(feature = "zones")]
pub mod slots;
pub mod state;
#[cfg(all(feature = "texts", feature = "zones"))]
pub mod words;

use core::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Timestamp, availability::Schedule};

pub use card::{
    CalendarCard, CalendarChoice, MEETINGS_PAGE, MeetingCard, MeetingChange, MeetingKey,
    MeetingPage, MeetingRow, NoCalendar, SLOTS,
};
pub use state::{Meeting, MeetingState, MeetingStatus};

/// How long a meeting may last, in minutes.
pub const LENGTHS: core::ops::RangeInclusive<u16> = 5..=8 * 60;

/// The longest buffer after a meeting, in minutes.
pub const BUFFER_MOST: u16 = 4 * 60;

/// The longest minimum notice, in hours: 30 days.
pub const NOTICE_MOST: u16 = 30 * 24;

/// How far ahead meetings may be booked, in days.
pub const HORIZONS: core::ops::RangeInclusive<u16> = 1..=365;

/// How many meetings a day may have at most where that is limited.
pub const DAILY_LIMITS: core::ops::RangeInclusive<u8> = 1..=100;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A stretch of time that is not empty, `start` included, `end` not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Timestamp, Timestamp)", into = "(Timestamp, Timestamp)")]
pub struct Span {
    start: Timestamp,
    end: Timestamp,
}

/// A stretch that would end before or when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptySpan;

impl fmt::Display for EmptySpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a time that ends after it begins")
    }
}

impl core::error::Error for EmptySpan {}

impl Span {
    /// The first microsecond that clocks know of.
    pub const SHORTEST: Self = Self {
        start: Timestamp(0),
        end: Timestamp(1),
    };

    /// From one instant to a later one; none if it is not later.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The first instant.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The instant after the last.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// Whether an instant belongs to both.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the instant belongs to it.
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }
}

impl TryFrom<(Timestamp, Timestamp)> for Span {
    type Error = EmptySpan;

    fn try_from((start, end): (Timestamp, Timestamp)) -> Result<Self, EmptySpan> {
        Self::new(start, end).ok_or(EmptySpan)
    }
}

impl From<Span> for (Timestamp, Timestamp) {
    fn from(span: Span) -> Self {
        (span.start, span.end)
    }
}

/// When a meeting could begin. How long it lasts, the agent's [`Terms`] say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(pub Timestamp);

/// Why meeting hours were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TermsError {
    /// Outside [`LENGTHS`].
    Length,
    /// Over [`BUFFER_MOST`].
    Buffer,
    /// Over [`NOTICE_MOST`].
    Notice,
    /// Outside [`HORIZONS`].
    Horizon,
    /// Outside [`DAILY_LIMITS`].
    DailyLimit,
}

impl fmt::Display for TermsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a meeting lasts 5 minutes to 8 hours",
            Self::Buffer => "the buffer after a meeting is at most 4 hours",
            Self::Notice => "the minimum notice is at most 30 days",
            Self::Horizon => "meetings can be booked 1 to 365 days ahead",
            Self::DailyLimit => "the limit of meetings a day is 1 to 100",
        })
    }
}

impl core::error::Error for TermsError {}

/// What an agent sets beside the hours themselves, before it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsDraft {
    /// How long a meeting lasts, in minutes.
    pub length: u16,
    /// What stays free after a meeting, in minutes.
    pub buffer: u16,
    /// How long before it begins a meeting must be booked, in hours.
    pub notice: u16,
    /// How far ahead a meeting may begin, in days of 24 hours.
    pub horizon: u16,
    /// How many meetings may begin on one day of the agent's zone; none: as many as fit.
    pub daily_limit: Option<u8>,
}

impl Default for TermsDraft {
    fn default() -> Self {
        Self {
            length: 30,
            buffer: 0,
            notice: 24,
            horizon: 60,
            daily_limit: None,
        }
    }
}

/// How an agent's meetings are booked: length, buffer, notice, horizon, daily limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TermsDraft", into = "TermsDraft")]
pub struct Terms(TermsDraft);

impl Terms {
    /// How long a meeting lasts.
    pub fn length(self) -> Duration {
        Duration::from_secs(u64::from(self.0.length) * MINUTE)
    }

    /// What stays free after a meeting.
    pub fn buffer(self) -> Duration {
        Duration::from_secs(u64::from(self.0.buffer) * MINUTE)
    }

    /// How long before it begins a meeting must be booked.
    pub fn notice(self) -> Duration {
        Duration::from_secs(u64::from(self.0.notice) * HOUR)
    }

    /// How far ahead a meeting may begin.
    pub fn horizon(self) -> Duration {
        Duration::from_secs(u64::from(self.0.horizon) * DAY)
    }

    /// How many meetings may begin on one day of the agent's zone; none: as many as fit.
    pub fn daily_limit(self) -> Option<u8> {
        self.0.daily_limit
    }

    /// The meeting of a slot.
    pub fn meeting(self, slot: Slot) -> Span {
        Span {
            start: slot.0,
            end: slot.0 + self.length(),
        }
    }
}

impl TryFrom<TermsDraft> for Terms {
    type Error = TermsError;

    fn try_from(draft: TermsDraft) -> Result<Self, TermsError> {
        if !LENGTHS.contains(&draft.length) {
            return Err(TermsError::Length);
        }
        if draft.buffer > BUFFER_MOST {
            return Err(TermsError::Buffer);
        }
        if draft.notice > NOTICE_MOST {
            return Err(TermsError::Notice);
        }
        if !HORIZONS.contains(&draft.horizon) {
            return Err(TermsError::Horizon);
        }
        if draft
            .daily_limit
            .is_some_and(|limit| !DAILY_LIMITS.contains(&limit))
        {
            return Err(TermsError::DailyLimit);
        }
        Ok(Self(draft))
    }
}

impl From<Terms> for TermsDraft {
    fn from(terms: Terms) -> Self {
        terms.0
    }
}

/// When an agent can be met, and how: the meeting hours. Empty hours: the calendar cannot be
/// shared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingHours {
    /// Hours per weekday in the agent's zone; separate from the hours of chats.
    pub week: Schedule,
    /// How meetings in them are booked.
    pub terms: Terms,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_set_is_half_an_hour_a_day_ahead_for_sixty_days() {
        let terms = Terms::default();
        assert_eq!(terms.length(), Duration::from_secs(1_800));
        assert_eq!(terms.buffer(), Duration::ZERO);
        assert_eq!(terms.notice(), Duration::from_secs(86_400));
        assert_eq!(terms.horizon(), Duration::from_secs(60 * 86_400));
        assert_eq!(terms.daily_limit(), None);
        assert_eq!(Terms::try_from(TermsDraft::default()), Ok(terms));
    }

    #[test]
    fn each_term_has_its_limits() {
        let with = |change: fn(&mut TermsDraft)| {
            let mut draft = TermsDraft::default();
            change(&mut draft);
            Terms::try_from(draft).err()
        };
        assert_eq!(with(|terms| terms.length = 4), Some(TermsError::Length));
        assert_eq!(with(|terms| terms.length = 481), Some(TermsError::Length));
        assert_eq!(with(|terms| terms.length = 480), None);
        assert_eq!(with(|terms| terms.buffer = 241), Some(TermsError::Buffer));
        assert_eq!(with(|terms| terms.notice = 721), Some(TermsError::Notice));
        assert_eq!(with(|terms| terms.notice = 0), None);
        assert_eq!(with(|terms| terms.horizon = 0), Some(TermsError::Horizon));
        assert_eq!(with(|terms| terms.horizon = 366), Some(TermsError::Horizon));
        let none = Some(TermsError::DailyLimit);
        assert_eq!(with(|terms| terms.daily_limit = Some(0)), none);
        assert_eq!(with(|terms| terms.daily_limit = Some(1)), None);
    }

    #[test]
    fn what_is_sent_is_checked_when_it_arrives() {
        let wrong = TermsDraft {
            length: 0,
            ..TermsDraft::default()
        };
        let bytes = postcard::to_allocvec(&wrong).unwrap();
        assert!(postcard::from_bytes::<Terms>(&bytes).is_err());
        let backwards = postcard::to_allocvec(&(Timestamp(2), Timestamp(2))).unwrap();
        assert!(postcard::from_bytes::<Span>(&backwards).is_err());
        let hours = MeetingHours::default();
        let bytes = postcard::to_allocvec(&hours).unwrap();
        assert_eq!(postcard::from_bytes::<MeetingHours>(&bytes), Ok(hours));
    }

    #[test]
    fn stretches_that_touch_do_not_overlap() {
        let span = |start, end| Span::new(Timestamp(start), Timestamp(end)).unwrap();
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert!(span(0, 10).overlaps(span(9, 20)));
        assert!(span(0, 10).contains(Timestamp(0)));
        assert!(!span(0, 10).contains(Timestamp(10)));
        assert_eq!(Span::new(Timestamp(1), Timestamp(1)), None);
    }
}
