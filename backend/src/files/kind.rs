//! What a file is, by its content; what its sender calls it counts for nothing.

use domain::file::FileKind;

/// The kind of a content, and of an image its width and height in pixels. What begins like an
/// image but has no size is [`FileKind::Other`].
pub fn kind(bytes: &[u8]) -> (FileKind, Option<(u16, u16)>) {
    let image = |kind, pixels: Option<(u16, u16)>| match pixels {
        Some((width, height)) if width > 0 && height > 0 => (kind, pixels),
        _ => (FileKind::Other, None),
    };
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        image(FileKind::Png, png(bytes))
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        image(FileKind::Jpeg, jpeg(bytes))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        let size = little(bytes, 6, 2).zip(little(bytes, 8, 2));
        image(FileKind::Gif, size.and_then(pixels))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        image(FileKind::Webp, webp(bytes))
    } else if bytes.starts_with(b"%PDF-") {
        (FileKind::Pdf, None)
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        (FileKind::Zip, None)
    } else if is_text(bytes) {
        (FileKind::Text, None)
    } else {
        (FileKind::Other, None)
    }
}

/// UTF-8 without the control characters that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let known = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c');
    str::from_utf8(bytes).is_ok_and(|text| text.chars().all(known))
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

/// The size stands in the frame's header, behind any number of other segments (ITU T.81, B.1.1).
fn jpeg(bytes: &[u8]) -> Option<(u16, u16)> {
    let mut at = 2;
    loop {
        if big(bytes, at, 1)? != 0xff {
            return None;
        }
        let marker = big(bytes, at + 1, 1)?;
        match marker {
            // Filling.
            0xff => at += 1,
            // Markers without a length.
            0x01 | 0xd0..=0xd7 => at += 2,
            // Pictures begin before any frame was described.
            0xd8..=0xda => return None,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return pixels((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
            }
            _ => at += 2 + usize::try_from(big(bytes, at + 2, 2)?).ok()?.max(2),
        }
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
