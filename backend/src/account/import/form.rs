//! The forms in which spreadsheets write CSV: in which letters, and with what between the columns.

use std::borrow::Cow;

/// What stands between columns, the likeliest first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A file as it is read.
#[derive(Debug, PartialEq, Eq)]
pub struct Csv<'a> {
    /// UTF-8, unless it says nothing of itself and is something else.
    pub bytes: Cow<'a, [u8]>,
    pub delimiter: u8,
    /// How many lines stand before these bytes.
    pub before: u64,
}

/// Finds out how a file is written. A mark at its beginning says whether it is UTF-8 or UTF-16; a
/// first line `sep=;` says what stands between the columns, else whatever stands most often in the
/// first line outside of quotes.
///
/// # Errors
/// What is wrong with the file as a whole, and what to do.
pub fn read(file: &[u8]) -> Result<Csv<'_>, &'static str> {
    let mut bytes = decoded(file)?;
    let (delimiter, skipped) = match separator(&bytes) {
        Some(said) => said,
        None => (likeliest(&bytes), 0),
    };
    if skipped > 0 {
        bytes = match bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(skipped..).unwrap_or_default()),
            Cow::Owned(mut bytes) => {
                bytes.drain(..skipped);
                Cow::Owned(bytes)
            }
        };
    }
    Ok(Csv {
        bytes,
        delimiter,
        before: u64::from(skipped > 0),
    })
}

fn decoded(file: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
    match file {
        [0xef, 0xbb, 0xbf, rest @ ..] => Ok(Cow::Borrowed(rest)),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Each letter of the columns' names has one in UTF-16.
        [0, _, ..] | [_, 0, ..] => Err(
            "expected UTF-8, or UTF-16 with a mark at its beginning: save the file as `CSV UTF-8`",
        ),
        _ => Ok(Cow::Borrowed(file)),
    }
}

fn utf16(bytes: &[u8], of: fn([u8; 2]) -> u16) -> Result<Cow<'_, [u8]>, &'static str> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().copied().map(of);
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(Cow::Owned(text.into_bytes())),
        _ => Err("the file begins as UTF-16 and does not go on so: save it anew, as `CSV UTF-8`"),
    }
}

/// What a first line `sep=;` says, and how long it is with its end.
fn separator(bytes: &[u8]) -> Option<(u8, usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let line = bytes.get(..end?)?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // Some programs put the line itself in quotes.
    let bare = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""));
    let (name, said) = bare.unwrap_or(line).split_at_checked(4)?;
    match said {
        [delimiter] if name.eq_ignore_ascii_case(b"sep=") => Some((*delimiter, end? + 1)),
        _ => None,
    }
}

/// What stands most often in the first line, outside of quotes.
fn likeliest(bytes: &[u8]) -> u8 {
    let (mut quoted, mut counts) = (false, [0_usize; 3]);
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            byte if !quoted => {
                for (count, delimiter) in counts.iter_mut().zip(DELIMITERS) {
                    *count += usize::from(*byte == delimiter);
                }
            }
            _ => {}
        }
    }
    let most = counts.into_iter().max().unwrap_or(0);
    let found = DELIMITERS.into_iter().zip(counts);
    found
        .filter(|(_, count)| *count == most)
        .map(|(delimiter, _)| delimiter)
        .next()
        .unwrap_or(b',')
}
