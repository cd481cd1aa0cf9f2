//! How long the links of cards and meetings work.

use core::time::Duration;

use super::DAY;
use crate::Timestamp;

/// How long one can book by a card, unless it is withdrawn before.
pub const CARD: Duration = Duration::from_secs(90 * DAY);

/// How long after its end a meeting's link still shows it.
pub const MEETING: Duration = Duration::from_secs(DAY);

/// Whether one can book by a card that was shared at an instant.
pub fn card_is_open(shared: Timestamp, withdrawn: bool, now: Timestamp) -> bool {
    !withdrawn && now < shared + CARD
}

/// Whether the link of a meeting that ends, or would have ended, at an instant still shows it.
pub fn meeting_is_open(end: Timestamp, now: Timestamp) -> bool {
    now < end + MEETING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_ends_after_ninety_days_or_when_it_is_withdrawn() {
        let shared = Timestamp(1_000);
        let last = shared + CARD;
        assert!(card_is_open(shared, false, Timestamp(last.0 - 1)));
        assert!(!card_is_open(shared, false, last));
        assert!(!card_is_open(shared, true, shared));
    }

    #[test]
    fn a_meetings_link_ends_a_day_after_it() {
        let end = Timestamp(1_000);
        assert!(meeting_is_open(end, Timestamp(0)));
        assert!(meeting_is_open(end, Timestamp((end + MEETING).0 - 1)));
        assert!(!meeting_is_open(end, end + MEETING));
    }
}
