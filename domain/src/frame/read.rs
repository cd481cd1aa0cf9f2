//! Reading frames with little code: the same bytes as [`decode`](super::decode), for the chat,
//! which every visitor downloads.
//!
//! serde's way tests every value that it reads before it reads on, and that is most of its code.
//! Here a reader that runs into nonsense goes on with zeros and says so at the end. Each type
//! names its fields in the order in which they are declared, which is how postcard writes them; a
//! test compares both ways.

mod parts;
#[cfg(test)]
pub(super) mod tests;

use uuid::Uuid;

use super::{DecodeError, body};
use crate::Timestamp;

/// The frame of some bytes.
///
/// # Errors
/// As [`decode`](super::decode).
pub fn read<T: Read>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut from = Reader {
        rest: body(bytes)?,
        failed: false,
    };
    let frame = T::read(&mut from);
    if from.failed || !from.rest.is_empty() {
        return Err(DecodeError::Malformed);
    }
    Ok(frame)
}

/// What can be read from a frame.
pub trait Read: Sized {
    /// Takes the value from the reader; any value where there is none, and the reader notes that.
    fn read(from: &mut Reader<'_>) -> Self;
}

/// The bytes that are not read yet.
pub struct Reader<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl Reader<'_> {
    /// What was read is nonsense. Nothing is left to read, so that whatever reads on ends.
    fn fail(&mut self) {
        self.failed = true;
        self.rest = &[];
    }

    fn take(&mut self, count: usize) -> &[u8] {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            self.fail();
            return &[];
        };
        self.rest = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// A number of seven bits a byte, the lowest first; of at most `bits` bits.
    #[inline(never)]
    fn number(&mut self, bits: u32) -> u64 {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = u64::from(self.byte());
            let part = byte & 127;
            if shift >= bits || (part << shift) >> shift != part {
                self.fail();
                return 0;
            }
            number |= part << shift;
            if byte < 128 {
                break;
            }
            shift += 7;
        }
        if bits < 64 && number >> bits != 0 {
            self.fail();
        }
        number
    }

    /// How many bytes or entries follow, or which of an enum's variants.
    fn count(&mut self) -> usize {
        usize::try_from(self.number(usize::BITS)).unwrap_or(usize::MAX)
    }

    #[inline(never)]
    fn text(&mut self) -> String {
        let count = self.count();
        let bytes = self.take(count).to_vec();
        String::from_utf8(bytes).unwrap_or_else(|_| {
            self.fail();
            String::new()
        })
    }

    #[inline(never)]
    fn uuid(&mut self) -> Uuid {
        let count = self.count();
        let id = Uuid::from_slice(self.take(count));
        id.unwrap_or_else(|_| {
            self.fail();
            Uuid::nil()
        })
    }
}

impl Read for bool {
    fn read(from: &mut Reader<'_>) -> Self {
        match from.byte() {
            0 => false,
            1 => true,
            _ => {
                from.fail();
                false
            }
        }
    }
}

impl Read for u8 {
    fn read(from: &mut Reader<'_>) -> Self {
        from.byte()
    }
}

impl Read for u16 {
    fn read(from: &mut Reader<'_>) -> Self {
        Self::try_from(from.number(Self::BITS)).unwrap_or_default()
    }
}

impl Read for u32 {
    fn read(from: &mut Reader<'_>) -> Self {
        Self::try_from(from.number(Self::BITS)).unwrap_or_default()
    }
}

impl Read for u64 {
    fn read(from: &mut Reader<'_>) -> Self {
        from.number(Self::BITS)
    }
}

impl Read for Timestamp {
    fn read(from: &mut Reader<'_>) -> Self {
        // Zigzag: the sign is the lowest bit.
        let number = from.number(u64::BITS);
        let half = (number >> 1).cast_signed();
        Self(if number & 1 == 0 { half } else { !half })
    }
}

impl Read for String {
    fn read(from: &mut Reader<'_>) -> Self {
        from.text()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(from: &mut Reader<'_>) -> Self {
        bool::read(from).then(|| T::read(from))
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(from: &mut Reader<'_>) -> Self {
        let mut list = Self::new();
        let mut count = from.count();
        // A count is only believed as far as there are bytes: every entry has at least one.
        while count > 0 && !from.failed {
            list.push(T::read(from));
            count -= 1;
        }
        list
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(from: &mut Reader<'_>) -> Self {
        (A::read(from), B::read(from))
    }
}

impl<T: Read, E: Read> Read for Result<T, E> {
    fn read(from: &mut Reader<'_>) -> Self {
        if bool::read(from) {
            Err(E::read(from))
        } else {
            Ok(T::read(from))
        }
    }
}
