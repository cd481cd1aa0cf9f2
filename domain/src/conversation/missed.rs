//! Whether two offers that an agent missed in a row say that nobody sits there.

use super::SourceHash;
use crate::VisitorId;

/// Whose request an agent missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    pub visitor: VisitorId,
    /// From where it came; none if that is not known.
    pub source: Option<SourceHash>,
}

impl Missed {
    /// Whether a miss after this one counts as the second: the requests came from different
    /// visitors at different addresses. Else one person could set everybody unavailable by asking
    /// again and again.
    pub fn and_then(self, next: Self) -> bool {
        let elsewhere = match (self.source, next.source) {
            (Some(before), Some(now)) => before != now,
            _ => true,
        };
        self.visitor != next.visitor && elsewhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn by(visitor: u8, source: Option<u8>) -> Missed {
        Missed {
            visitor: VisitorId::new(Timestamp(0), [visitor; 10]),
            source: source.map(|source| SourceHash([source; 16])),
        }
    }

    #[test]
    fn two_misses_count_if_visitors_and_addresses_differ() {
        assert!(by(1, Some(1)).and_then(by(2, Some(2))));
        assert!(!by(1, Some(1)).and_then(by(2, Some(1))), "one address");
        assert!(!by(1, Some(1)).and_then(by(1, Some(2))), "one visitor");
        assert!(!by(1, Some(1)).and_then(by(1, Some(1))));
    }

    #[test]
    fn where_an_address_is_not_known_visitors_tell() {
        assert!(by(1, None).and_then(by(2, None)));
        assert!(by(1, Some(1)).and_then(by(2, None)));
        assert!(!by(1, None).and_then(by(1, Some(1))));
    }
}
