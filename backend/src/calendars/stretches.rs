//! Busy stretches, joined while they come.

use std::collections::BTreeMap;

use domain::{Timestamp, bound::Bound, meeting::Span};

const SECOND: i64 = 1_000_000;

/// Stretches of which no two overlap or touch; so many at most as the table of bounds says. Above
/// that, what lies close together is taken for one: rather busy than booked twice.
#[derive(Clone, Debug, Default)]
pub struct Stretches {
    /// Ends by beginnings.
    ends: BTreeMap<Timestamp, Timestamp>,
    /// Gaps up to this, in microseconds, are no gaps.
    gap: i64,
}

impl Stretches {
    /// Adds what of a time lies within the window.
    pub fn add(&mut self, span: Span, window: Span) {
        let start = span.start().max(window.start());
        let end = span.end().min(window.end());
        if start < end {
            self.join(start, end);
        }
        while self.ends.len() > Bound::CalendarStretches.amount() {
            self.gap = (self.gap * 2).max(60 * SECOND);
            for (start, end) in std::mem::take(&mut self.ends) {
                self.join(start, end);
            }
        }
    }

    fn join(&mut self, mut start: Timestamp, mut end: Timestamp) {
        let reach = Timestamp(end.0.saturating_add(self.gap));
        while let Some((other, ends)) = self
            .ends
            .range(..=reach)
            .next_back()
            .map(|(other, ends)| (*other, *ends))
        {
            if ends.0.saturating_add(self.gap) < start.0 {
                break;
            }
            self.ends.remove(&other);
            start = start.min(other);
            end = end.max(ends);
        }
        self.ends.insert(start, end);
    }

    /// Whether more stretches came than are kept.
    pub fn is_coarse(&self) -> bool {
        self.gap > 0
    }

    /// All of them, in order.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        let ends = self.ends.iter();
        ends.filter_map(|(start, end)| Span::new(*start, *end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(Timestamp(start), Timestamp(end)).unwrap()
    }

    #[test]
    fn what_overlaps_or_touches_is_one_stretch_within_the_window() {
        let mut all = Stretches::default();
        for (start, end) in [
            (50, 60),
            (10, 20),
            (20, 25),
            (12, 14),
            (90, 120),
            (-10, 2),
            (200, 210),
            (30, 40),
            (39, 51),
        ] {
            all.add(span(start, end), span(0, 100));
        }
        let spans: Vec<Span> = all.spans().collect();
        assert_eq!(
            spans,
            [span(0, 2), span(10, 25), span(30, 60), span(90, 100)]
        );
    }

    #[test]
    fn too_many_stretches_become_fewer_and_no_busy_time_is_lost() {
        let most = i64::try_from(Bound::CalendarStretches.amount()).unwrap();
        let mut all = Stretches::default();
        let window = span(0, 1_000 * most * SECOND);
        let each = |n: i64| span(n * 20 * SECOND, n * 20 * SECOND + SECOND);
        for n in 0..3 * most {
            all.add(each(n), window);
        }
        let spans: Vec<Span> = all.spans().collect();
        assert!(spans.len() <= Bound::CalendarStretches.amount());
        assert!(all.is_coarse());
        for n in [0, 1, most, 3 * most - 1] {
            assert!(spans.iter().any(|span| span.overlaps(each(n))), "{n}");
        }
    }
}
