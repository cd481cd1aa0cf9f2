//! Choices that follow from a seed, and texts as nobody should write them.

use domain::{
    Timestamp,
    bound::{Bound, Unit},
    text::{EMAIL_BYTES, FIELD_CHARS, LABEL_CHARS, REMARK_CHARS, SHORTCUT_CHARS},
};
use uuid::Uuid;

/// Numbers that follow from a seed (SplitMix64).
pub struct Random(pub u64);

/// What odd texts are made of.
const ODD: &[&str] = &[
    "\0",
    "\u{1}",
    "\u{1b}[1A",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "\u{b}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{10ffff}",
    "\u{301}",
    "e\u{301}",
    "é",
    "ß",
    "İ",
    "ﷺ",
    "会議",
    "ราคา",
    "👩\u{200d}🚀",
    "\u{1f1ee}",
    "a",
    "Ada",
    " ",
    "  ",
    "'",
    "''",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "%",
    "%00",
    "%s",
    "_",
    "*",
    "**",
    ";--",
    "$1",
    "{ids $1}",
    "{{visitor.name}}",
    "{name}",
    "<b>",
    "</script>",
    "&amp;",
    "http://a.b",
    "a@b.example",
    "@",
    "../",
    "/",
    "NULL",
    "true",
    "-1",
    "0",
    "9223372036854775808",
    "[x](mailto:",
    "(",
    ")",
    "\u{7f}",
    "\u{80}",
];

/// Sizes at which something ends.
const SIZES: &[usize] = &[
    0,
    1,
    2,
    40,
    63,
    64,
    65,
    119,
    120,
    121,
    SHORTCUT_CHARS,
    LABEL_CHARS,
    EMAIL_BYTES,
    FIELD_CHARS,
    255,
    256,
    300,
    1_000,
    REMARK_CHARS,
    2_048,
    4_096,
    8_191,
    8_192,
];

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// Below `count`, which is not 0.
    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count).unwrap()).unwrap()
    }

    /// Whether one of `count` chances has come.
    pub fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub fn maybe<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (!self.once_in(3)).then(|| some(self))
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_le_bytes()[0])
    }

    /// An id that nobody has used.
    pub fn id(&mut self) -> Uuid {
        match self.below(200) {
            0 => Uuid::nil(),
            1 => Uuid::max(),
            2 => Uuid::from_bytes(self.bytes()),
            _ => {
                let at = 1_800_000_000_000 + self.next() % 1_000_000;
                uuid::Builder::from_unix_timestamp_millis(at, &self.bytes()).into_uuid()
            }
        }
    }

    /// Any text: a plain one, a few odd marks, or marks again and again up to where some bound is.
    pub fn text(&mut self) -> String {
        match self.below(20) {
            0..8 => (*self.one(&[
                "Hello",
                "Ada Lovelace",
                "Where is my order 4711?",
                "ciao",
                "x",
            ]))
            .to_owned(),
            8..17 => {
                let count = self.below(6);
                (0..count).map(|_| *self.one(ODD)).collect()
            }
            _ => self.long(),
        }
    }

    /// A text of a size at which something ends, one less or one more.
    fn long(&mut self) -> String {
        let mut sizes = SIZES.to_vec();
        let bounds = Bound::ALL.iter().filter(|bound| {
            matches!(bound.unit(), Unit::Bytes | Unit::Characters) && bound.amount() <= 32_768
        });
        sizes.extend(bounds.map(|bound| bound.amount()));
        let size = (*self.one(&sizes) + self.below(3)).saturating_sub(1);
        let mark = *self.one(ODD);
        match self.below(3) {
            // As many characters, as many bytes.
            0 => mark.chars().cycle().take(size).collect(),
            1 => mark.repeat(size / mark.len()),
            _ => format!("{}{mark}", "a".repeat(size.saturating_sub(mark.len()))),
        }
    }

    pub fn email(&mut self) -> String {
        match self.below(4) {
            0 => self.text(),
            1 => format!("{}@example.com", self.text()),
            2 => format!("ada@{}.example", self.text()),
            _ => "ada@example.com".to_owned(),
        }
    }

    pub fn zone(&mut self) -> String {
        match self.below(4) {
            0 => self.text(),
            1 => (*self.one(&[
                "Etc/Unknown",
                "UTC",
                "Asia/Calcutta",
                "+01:00",
                "../../etc/passwd",
            ]))
            .to_owned(),
            _ => (*self.one(&["Europe/Rome", "America/New_York", ""])).to_owned(),
        }
    }

    pub fn number(&mut self) -> u32 {
        match self.below(6) {
            0 => u32::MAX,
            1 => u32::MAX / 2 + 1,
            _ => u32::try_from(self.below(50)).unwrap(),
        }
    }

    /// An instant: somewhere near `now`, or where numbers end.
    pub fn instant(&mut self, now: Timestamp) -> Timestamp {
        let seconds = i64::try_from(self.below(10_000_000)).unwrap();
        Timestamp(match self.below(8) {
            0 => *self.one(&[
                0,
                -1,
                i64::MIN,
                i64::MAX,
                i64::MAX - 1,
                253_402_300_800_000_000,
            ]),
            1 => now.0 - seconds * 1_000_000,
            _ => now.0 + seconds * 1_000_000,
        })
    }

    /// Bytes that were well-formed, spoiled in a few places.
    pub fn spoil(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() + 1);
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.bytes::<1>()[0]),
                2 => bytes.extend(self.bytes::<8>()),
                3 => {
                    let piece = self.one(ODD).as_bytes();
                    bytes.splice(at..at, piece.iter().copied());
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = *self.one(&[0, 1, 2, 0x7f, 0x80, 0xff, *byte ^ 1, *byte ^ 0x80]);
                    }
                }
            }
        }
        bytes
    }
}
