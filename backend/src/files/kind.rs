//! What a file is, by its content; what its sender calls it counts for nothing.

use domain::file::FileKind;

/// How many of the first bytes tell what something is: all sizes but a JPEG's stand in them.
const BEGINNING: usize = 32;

/// Looks at a content while it comes in.
#[derive(Debug, Default)]
pub struct Reader {
    beginning: Vec<u8>,
    jpeg: Jpeg,
    text: Text,
}

impl Reader {
    /// Looks at the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let missing = BEGINNING.saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(missing));
        self.jpeg.push(bytes);
        self.text.push(bytes);
    }

    /// The kind of the content, and of an image its width and height in pixels. What begins like an
    /// image but has no size is [`FileKind::Other`].
    pub fn kind(&self) -> (FileKind, Option<(u16, u16)>) {
        let bytes = self.beginning.as_slice();
        let image = |kind, pixels: Option<(u16, u16)>| match pixels {
            Some((width, height)) if width > 0 && height > 0 => (kind, pixels),
            _ => (FileKind::Other, None),
        };
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            image(FileKind::Png, png(bytes))
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            image(FileKind::Jpeg, self.jpeg.size())
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            let size = little(bytes, 6, 2).zip(little(bytes, 8, 2));
            image(FileKind::Gif, size.and_then(pixels))
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            image(FileKind::Webp, webp(bytes))
        } else if bytes.starts_with(b"%PDF-") {
            (FileKind::Pdf, None)
        } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            (FileKind::Zip, None)
        } else if self.text.is_one() {
            (FileKind::Text, None)
        } else {
            (FileKind::Other, None)
        }
    }
}

/// Whether it is UTF-8 without the control characters that no text has.
#[derive(Debug, Default)]
struct Text {
    is_none: bool,
    /// The beginning of a character whose end has not come.
    half: Vec<u8>,
}

impl Text {
    fn push(&mut self, bytes: &[u8]) {
        if self.is_none {
            return;
        }
        let joined;
        let bytes = if self.half.is_empty() {
            bytes
        } else {
            joined = [&self.half, bytes].concat();
            &joined
        };
        let (text, half) = match str::from_utf8(bytes) {
            Ok(text) => (text, &[][..]),
            Err(error) if error.error_len().is_none() => {
                let (text, half) = bytes.split_at(error.valid_up_to());
                (str::from_utf8(text).unwrap_or_default(), half)
            }
            Err(_) => {
                self.is_none = true;
                return;
            }
        };
        let known = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c');
        self.is_none = !text.chars().all(known);
        self.half = half.to_vec();
    }

    fn is_one(&self) -> bool {
        !self.is_none && self.half.is_empty()
    }
}

fn pixels((width, height): (u32, u32)) -> Option<(u16, u16)> {
    Some((width.try_into().ok()?, height.try_into().ok()?))
}

/// A number of up to four bytes, the highest first.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    let number = bytes.iter().fold(0, |number: u32, byte| {
        number.wrapping_shl(8) | u32::from(*byte)
    });
    Some(number)
}

/// A number of up to four bytes, the lowest first.
fn little(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    let number = bytes.iter().rev().fold(0, |number: u32, byte| {
        number.wrapping_shl(8) | u32::from(*byte)
    });
    Some(number)
}

/// The first chunk is IHDR (PNG, 11.2.1).
fn png(bytes: &[u8]) -> Option<(u16, u16)> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    pixels((big(bytes, 16, 4)?, big(bytes, 20, 4)?))
}

/// The size of a JPEG stands in the frame's header, behind any number of other segments (ITU T.81,
/// B.1.1), which may be longer than what is kept in memory.
#[derive(Debug)]
struct Jpeg {
    /// How many bytes come before the next segment.
    skip: usize,
    /// The beginning of a segment.
    held: Vec<u8>,
    /// Width and height, or that there are none; none: not known yet.
    found: Option<Option<(u32, u32)>>,
}

impl Default for Jpeg {
    fn default() -> Self {
        Self {
            // The mark of the beginning.
            skip: 2,
            held: Vec::new(),
            found: None,
        }
    }
}

impl Jpeg {
    fn push(&mut self, mut bytes: &[u8]) {
        while self.found.is_none() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let Some((first, rest)) = bytes.split_first() else {
                return;
            };
            self.held.push(*first);
            bytes = rest;
            self.look();
        }
    }

    /// Whether what is held says something.
    fn look(&mut self) {
        let held = self.held.as_slice();
        if big(held, 0, 1) != Some(0xff) {
            self.found = Some(None);
            return;
        }
        let Some(marker) = big(held, 1, 1) else {
            return;
        };
        match marker {
            // Filling.
            0xff => self.held.truncate(1),
            // Markers without a length.
            0x01 | 0xd0..=0xd7 => self.held.clear(),
            // Pictures begin before any frame was described.
            0xd8..=0xda => self.found = Some(None),
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                if let Some(size) = big(held, 7, 2).zip(big(held, 5, 2)) {
                    self.found = Some(Some(size));
                }
            }
            _ => {
                if let Some(length) = big(held, 2, 2) {
                    // The length counts itself, which was held.
                    self.skip = usize::try_from(length).unwrap_or(2).saturating_sub(2);
                    self.held.clear();
                }
            }
        }
    }

    fn size(&self) -> Option<(u16, u16)> {
        self.found.flatten().and_then(pixels)
    }
}

/// The three forms of the first chunk (RFC 9649, 2.5 to 2.7).
fn webp(bytes: &[u8]) -> Option<(u16, u16)> {
    match bytes.get(12..16)? {
        b"VP8 " if bytes.get(23..26)? == b"\x9d\x01\x2a" => pixels((
            little(bytes, 26, 2)? & 0x3fff,
            little(bytes, 28, 2)? & 0x3fff,
        )),
        b"VP8L" if bytes.get(20)? == &0x2f => {
            let packed = little(bytes, 21, 4)?;
            pixels(((packed & 0x3fff) + 1, ((packed >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => pixels((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kind of a content, which is the same in whatever pieces it comes.
    fn kind(bytes: &[u8]) -> (FileKind, Option<(u16, u16)>) {
        let in_pieces = |length: usize| {
            let mut reader = Reader::default();
            bytes.chunks(length).for_each(|piece| reader.push(piece));
            reader.kind()
        };
        let whole = in_pieces(bytes.len().max(1));
        for length in 1..bytes.len().min(20) {
            assert_eq!(in_pieces(length), whole, "in pieces of {length}: {bytes:?}");
        }
        whole
    }

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            b"\x08\x06\0\0\0",
        ]
        .concat()
    }

    #[test]
    fn images_have_their_size() {
        assert_eq!(kind(&png_of(640, 480)), (FileKind::Png, Some((640, 480))));
        let jpeg = b"\xff\xd8\xff\xe0\0\x06JFIF\xff\xc2\0\x11\x08\x01\x00\x02\x00\x03";
        assert_eq!(kind(jpeg), (FileKind::Jpeg, Some((512, 256))));
        // Behind a profile of 65,533 bytes, with filling and a marker without a length.
        let profile = [&b"\xff\xe2\xff\xff"[..], &[7; 65_533]].concat();
        let (begin, end) = jpeg.split_at(10);
        let long = [begin, &profile, b"\xff\xff\x01", end].concat();
        assert_eq!(kind(&long), (FileKind::Jpeg, Some((512, 256))));
        assert_eq!(kind(b"GIF89a\x03\0\x02\0"), (FileKind::Gif, Some((3, 2))));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x05\0\x06\0";
        assert_eq!(kind(lossy), (FileKind::Webp, Some((5, 6))));
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x04\x40\x01\0";
        assert_eq!(kind(lossless), (FileKind::Webp, Some((5, 6))));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x04\0\0\x05\0\0";
        assert_eq!(kind(extended), (FileKind::Webp, Some((5, 6))));
    }

    #[test]
    fn what_only_begins_like_an_image_is_none() {
        for wrong in [
            &b"\x89PNG\r\n\x1a\n<script>"[..],
            b"\xff\xd8\xff<svg onload=alert(1)>",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"GIF89a",
            b"GIF89a\0\0\x02\0",
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"RIFF\x10\0\0\0WAVE",
            &png_of(70_000, 1),
        ] {
            assert!(!kind(wrong).0.is_image(), "{wrong:?}");
            assert_eq!(kind(wrong).1, None);
        }
    }

    #[test]
    fn markup_is_text_and_nothing_that_could_run() {
        for markup in [
            "<!doctype html><script>alert(1)</script>",
            "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "plain, with é",
        ] {
            assert_eq!(kind(markup.as_bytes()).0, FileKind::Text);
        }
        assert_eq!(kind(b"%PDF-1.7").0, FileKind::Pdf);
        assert_eq!(kind(b"PK\x03\x04...").0, FileKind::Zip);
        assert_eq!(kind(b"MZ\x90\0").0, FileKind::Other);
        assert_eq!(kind(b"nul \0 in it").0, FileKind::Other);
        assert_eq!(kind(b"\xff\xfe\xfd").0, FileKind::Other);
    }
}
