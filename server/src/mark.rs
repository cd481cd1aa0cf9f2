//! Marks of addresses in the log: who reads it sees which lines are about the same address, and cannot
//! open it. Many addresses are secrets: of files, feeds, photos, meetings.

use sha2::{Digest as _, Sha256};

/// Makes marks. Its key lives as long as the process.
pub struct Marks([u8; 32]);

impl Default for Marks {
    fn default() -> Self {
        Self(backend::random())
    }
}

impl Marks {
    /// The mark of a path.
    pub fn of(&self, path: &str) -> String {
        let digest = Sha256::new_with_prefix(self.0)
            .chain_update(path)
            .finalize();
        hex::encode(digest.get(..6).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_of_one_address_and_says_nothing_of_it() {
        let marks = Marks::default();
        let secret = "/files/0123456789abcdef";
        assert_eq!(marks.of(secret), marks.of(secret));
        assert_ne!(marks.of(secret), marks.of("/files/0123456789abcdee"));
        assert_ne!(marks.of(secret), Marks::default().of(secret));
        assert_eq!(marks.of(secret).len(), 12);
    }
}
