//! How far the rows under the eye of the reader have moved.

use domain::ConversationId;

/// A number of rows or pixels that is none below zero.
pub fn whole(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// By how many rows a list moved under a reader who sees `fit` rows from the `above`th on: by how
/// many the first of them moved that did not change its place among the others.
///
/// Rows that stay in their order are pushed down the more the further up they stand, so that is
/// the largest of the moves: a row that overtakes others moves up.
pub fn drift(before: &[ConversationId], now: &[ConversationId], above: usize, fit: usize) -> i32 {
    let index = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
    before
        .iter()
        .enumerate()
        .skip(above)
        .take(fit)
        .filter_map(|(was, id)| {
            let is = now.iter().position(|known| known == id)?;
            Some(index(is) - index(was))
        })
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn rows(order: &[u8]) -> Vec<ConversationId> {
        let id = |n: &u8| ConversationId::new(Timestamp(0), [*n; 10]);
        order.iter().map(id).collect()
    }

    #[test]
    fn what_is_read_stays_where_it_is_whatever_happens_above() {
        let before = rows(&[1, 2, 3, 4, 5, 6, 7, 8]);
        for (now, moved, why) in [
            (&[1, 2, 3, 4, 5, 6, 7, 8][..], 0, "nothing happened"),
            (&[9, 1, 2, 3, 4, 5, 6, 7, 8], 1, "a row came"),
            (&[8, 1, 2, 3, 4, 5, 6, 7], 1, "one from below goes first"),
            (&[2, 1, 3, 4, 5, 6, 7, 8], 0, "two above change places"),
            (&[2, 3, 4, 5, 6, 7, 8], -1, "one above is gone"),
            (&[4, 1, 2, 3, 5, 6, 7, 8], 0, "the first in view goes first"),
            (&[4, 9, 1, 2, 3, 5, 6, 7, 8], 1, "and another comes"),
            (
                &[5, 1, 2, 3, 4, 6, 7, 8],
                1,
                "the second in view goes first",
            ),
            (&[1, 2, 3, 7, 8], 0, "all in view are gone"),
        ] {
            // In view are 4, 5 and 6.
            assert_eq!(drift(&before, &rows(now), 3, 3), moved, "{why}");
        }
        assert_eq!(drift(&[], &rows(&[1]), 3, 3), 0);
    }
}
