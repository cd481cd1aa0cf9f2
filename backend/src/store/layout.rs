//! What is stored as bytes of one of the product's own types, with the version of their layout in
//! front: no release takes the bytes of another for its own.

use serde::{Serialize, de::DeserializeOwned};

/// Marks a first byte as a version. Bytes that a release before wrote have none: they begin with the
/// number of a variant, which is small.
const MARK: u8 = 0x80;

/// A layout; its version, below 128, rises when the fields or variants of what is stored change in
/// any other way than by variants that are added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    version: u8,
    /// Bytes without a version are read as this one's: the releases that wrote them had the same.
    reads_unmarked: bool,
}

/// The events of other nodes and of the last hour.
pub const EVENT: Layout = Layout {
    version: 1,
    reads_unmarked: true,
};

/// The answers of commands.
pub const ANSWER: Layout = Layout {
    version: 1,
    reads_unmarked: true,
};

impl Layout {
    /// The bytes of a value.
    ///
    /// # Errors
    /// If it has no bytes: then it must not be stored as if it had none.
    pub fn write<T: Serialize>(self, value: &T) -> Result<Vec<u8>, sqlx::Error> {
        postcard::to_extend(value, vec![MARK | self.version])
            .map_err(|error| sqlx::Error::Encode(error.into()))
    }

    /// The value of bytes; none if they are of another layout.
    pub fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Option<T> {
        let bytes = match bytes.split_first() {
            Some((first, rest)) if first & MARK != 0 => {
                (*first == MARK | self.version).then_some(rest)?
            }
            _ => self.reads_unmarked.then_some(bytes)?,
        };
        // Whatever is left over belongs to a field that is not known here.
        match postcard::take_from_bytes(bytes) {
            Ok((value, [])) => Some(value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_another_layout_are_not_read() {
        let layout = |version, reads_unmarked| Layout {
            version,
            reads_unmarked,
        };
        let bytes = layout(1, true).write(&(7_u32, "seven")).unwrap();
        assert_eq!(
            layout(1, true).read(&bytes),
            Some((7_u32, "seven".to_owned()))
        );
        assert_eq!(layout(2, true).read::<(u32, String)>(&bytes), None);
        assert_eq!(
            layout(1, true).read::<u32>(&bytes),
            None,
            "more than that is stored"
        );
        let unmarked = postcard::to_allocvec(&(7_u32, "seven")).unwrap();
        assert_eq!(
            layout(1, true).read(&unmarked),
            Some((7_u32, "seven".to_owned()))
        );
        assert_eq!(layout(2, false).read::<(u32, String)>(&unmarked), None);
        assert_eq!(layout(1, true).read::<u32>(&[]), None);
    }
}
