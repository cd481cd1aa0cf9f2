//! What becomes of a meeting: booked, moved, cancelled.

use serde::{Deserialize, Serialize};

use super::Span;
use crate::{Refusal, Timestamp};

/// Whether a meeting takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MeetingState {
    /// It does; its slot is taken.
    Booked,
    /// It does not, for good; its slot is free again.
    Cancelled,
}

/// Where a meeting stands in the list of meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MeetingStatus {
    /// It has not ended yet.
    Coming,
    /// It has ended.
    Past,
}

/// A booked slot in an agent's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// When it takes place, or would have.
    pub span: Span,
    pub state: MeetingState,
    /// How often it was changed: the `SEQUENCE` of its invitation (RFC 5545, 3.8.7.4), by which
    /// calendars know the newer of two.
    pub sequence: u32,
}

impl Meeting {
    /// A new one.
    pub fn book(span: Span) -> Self {
        Self {
            span,
            state: MeetingState::Booked,
            sequence: 0,
        }
    }

    /// Moved to another time. Whether that is free must have been looked up. To where it is
    /// already: nothing changes, and the sequence stays.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] if it was cancelled or has begun.
    pub fn reschedule(self, to: Span, now: Timestamp) -> Result<Self, Refusal> {
        self.open(now)?;
        if to == self.span {
            return Ok(self);
        }
        Ok(Self {
            span: to,
            sequence: self.sequence.saturating_add(1),
            ..self
        })
    }

    /// Given to another agent, at the same time. Whether they have time must have been looked up.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] if it was cancelled or has begun.
    pub fn reassign(self, now: Timestamp) -> Result<Self, Refusal> {
        self.open(now)?;
        Ok(Self {
            sequence: self.sequence.saturating_add(1),
            ..self
        })
    }

    /// Called off.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] if it was cancelled before or has begun.
    pub fn cancel(self, now: Timestamp) -> Result<Self, Refusal> {
        self.open(now)?;
        Ok(Self {
            state: MeetingState::Cancelled,
            sequence: self.sequence.saturating_add(1),
            ..self
        })
    }

    /// Where it stands in the list, whatever became of it.
    pub fn status(self, now: Timestamp) -> MeetingStatus {
        if now < self.span.end() {
            MeetingStatus::Coming
        } else {
            MeetingStatus::Past
        }
    }

    /// Whether it may still be changed.
    fn open(self, now: Timestamp) -> Result<(), Refusal> {
        if self.state == MeetingState::Booked && now < self.span.start() {
            Ok(())
        } else {
            Err(Refusal::NotNow)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(Timestamp(start), Timestamp(end)).unwrap()
    }

    #[test]
    fn each_change_raises_the_sequence() {
        let meeting = Meeting::book(span(10, 20));
        assert_eq!(meeting.sequence, 0);
        let moved = meeting.reschedule(span(30, 40), Timestamp(5)).unwrap();
        assert_eq!((moved.span, moved.sequence), (span(30, 40), 1));
        assert_eq!(moved.reschedule(span(30, 40), Timestamp(5)), Ok(moved));
        let given = moved.reassign(Timestamp(5)).unwrap();
        assert_eq!((given.span, given.sequence), (moved.span, 2));
        let cancelled = given.cancel(Timestamp(5)).unwrap();
        assert_eq!(cancelled.state, MeetingState::Cancelled);
        assert_eq!(cancelled.sequence, 3);
    }

    #[test]
    fn what_began_or_was_cancelled_stays_as_it_is() {
        let meeting = Meeting::book(span(10, 20));
        assert_eq!(
            meeting.reschedule(span(30, 40), Timestamp(10)),
            Err(Refusal::NotNow)
        );
        assert_eq!(meeting.cancel(Timestamp(10)), Err(Refusal::NotNow));
        assert_eq!(meeting.reassign(Timestamp(10)), Err(Refusal::NotNow));
        let cancelled = meeting.cancel(Timestamp(9)).unwrap();
        assert_eq!(cancelled.cancel(Timestamp(9)), Err(Refusal::NotNow));
        assert_eq!(
            cancelled.reschedule(span(30, 40), Timestamp(9)),
            Err(Refusal::NotNow)
        );
    }

    #[test]
    fn a_meeting_comes_until_it_has_ended() {
        let meeting = Meeting::book(span(10, 20));
        assert_eq!(meeting.status(Timestamp(19)), MeetingStatus::Coming);
        assert_eq!(meeting.status(Timestamp(20)), MeetingStatus::Past);
    }
}
