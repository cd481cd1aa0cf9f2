//! Values that people type, parsed once and valid ever after.

use core::{fmt, ops::Deref};
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{bound::Bound, scan::chars};

/// The largest message, in bytes of UTF-8: 16 KB.
pub const MESSAGE_BYTES: usize = Bound::MessageBytes.amount();

/// The largest single-line field (name, job title, phone), in characters.
pub const FIELD_CHARS: usize = 200;

/// The longest name that a site gives to an event or attribute, and the longest CRM status, in
/// characters.
pub const LABEL_CHARS: usize = 60;

/// The longest comment of a rating, in characters.
pub const REMARK_CHARS: usize = 2_000;

/// The longest shortcut of a saved reply, in characters.
pub const SHORTCUT_CHARS: usize = 32;

/// The longest email address, in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const EMAIL_BYTES: usize = 254;

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TextError {
    /// Nothing but white space.
    Empty,
    /// Longer than its kind allows.
    TooLong,
    /// Not of the form that its kind asks for.
    Malformed,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    )*};
}

texts! {
    /// The text of a message: not blank, at most [`MESSAGE_BYTES`]; line breaks are kept,
    /// in one form ([`plain`]).
    MessageText
    /// One line about a person (name, job title, phone): trimmed, not blank, at most [`FIELD_CHARS`].
    Field
    /// An email address, its domain in lower case, at most [`EMAIL_BYTES`].
    Email
    /// A short name that a site gives (an event, an attribute): one line, trimmed, not blank, at
    /// most [`LABEL_CHARS`].
    Label
    /// A few sentences (the comment of a rating): not blank, at most [`REMARK_CHARS`].
    Remark
    /// What is typed after `/` for a saved reply: 1 to [`SHORTCUT_CHARS`] of `a-z`, `0-9`, `-`, `_`.
    Shortcut
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the text is empty",
            Self::TooLong => "the text is too long",
            Self::Malformed => "the text has a wrong form",
        })
    }
}

impl core::error::Error for TextError {}

impl TryFrom<String> for MessageText {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        if text.len() > MESSAGE_BYTES {
            return Err(TextError::TooLong);
        }
        if is_blank(&text) {
            return Err(TextError::Empty);
        }
        Ok(Self(plain(&text).into_owned()))
    }
}

impl TryFrom<String> for Field {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        line(&text, FIELD_CHARS).map(Self)
    }
}

impl TryFrom<String> for Label {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        line(&text, LABEL_CHARS).map(Self)
    }
}

/// A text on one line, trimmed, of at most so many characters.
fn line(text: &str, chars: usize) -> Result<String, TextError> {
    if is_blank(text) {
        return Err(TextError::Empty);
    }
    let line = one_line(text);
    if line.chars().count() > chars {
        return Err(TextError::TooLong);
    }
    Ok(line)
}

/// A text on one line, trimmed. It can neither break a line nor turn the direction of reading
/// beyond itself: control characters and line breaks become spaces, marks of direction are left out.
pub fn one_line(text: &str) -> String {
    let line: String = chars(text)
        .map(|(_, c)| c)
        .filter(|c| !turns(*c))
        .map(|c| if c.is_control() || breaks(c) { ' ' } else { c })
        .collect();
    line.trim().to_owned()
}

/// A text with one kind of line break, `\n`, and of other control characters only tabs: nobody
/// forges lines by what some readers take for their ends, or for orders to a terminal.
pub fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !(breaks(c) || c.is_control());
    if chars(text).all(|(_, c)| is_plain(c)) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut returned = false;
    for (_, c) in chars(text) {
        if is_plain(c) {
            if !(returned && c == '\n') {
                plain.push(c);
            }
        } else if breaks(c) {
            plain.push('\n');
        }
        returned = c == '\r';
    }
    Cow::Owned(plain)
}

/// Whether some reader breaks a line here.
fn breaks(c: char) -> bool {
    matches!(
        c,
        '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Whether this turns the direction of what follows it.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nothing of this is to stand in a line.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control() || breaks(c) || turns(c)
}

impl TryFrom<String> for Remark {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        let text = plain(&text);
        if is_blank(&text) {
            return Err(TextError::Empty);
        }
        if text.chars().count() > REMARK_CHARS {
            return Err(TextError::TooLong);
        }
        Ok(Self(text.into_owned()))
    }
}

impl TryFrom<String> for Shortcut {
    type Error = TextError;

    /// Capitals are taken as small letters, and a leading `/` is left out.
    fn try_from(text: String) -> Result<Self, TextError> {
        let text = text.trim();
        let shortcut = text.strip_prefix('/').unwrap_or(text).to_ascii_lowercase();
        if shortcut.is_empty() {
            return Err(TextError::Empty);
        }
        if shortcut.len() > SHORTCUT_CHARS {
            return Err(TextError::TooLong);
        }
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if shortcut.bytes().all(known) {
            Ok(Self(shortcut))
        } else {
            Err(TextError::Malformed)
        }
    }
}

impl TryFrom<String> for Email {
    type Error = TextError;

    /// Takes what a mail server would plausibly accept: one `@`, a local part,
    /// a domain of at least two labels. Whether the mailbox exists only a mail tells.
    fn try_from(text: String) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > EMAIL_BYTES {
            return Err(TextError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(TextError::Malformed)?;
        let domain = domain.to_lowercase();
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let local_ok = !local.is_empty()
            && !local
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c));
        if !local_ok || !domain.contains('.') || !domain.split('.').all(label) {
            return Err(TextError::Malformed);
        }
        Ok(Self(format!("{local}@{domain}")))
    }
}

impl Email {
    /// What stands after the `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Whether nothing of `text` can be seen: white space and invisible marks only.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_16_kb_is_taken_and_one_byte_more_is_not() {
        assert!(MessageText::try_from("a".repeat(MESSAGE_BYTES)).is_ok());
        assert_eq!(
            MessageText::try_from("a".repeat(MESSAGE_BYTES + 1)),
            Err(TextError::TooLong)
        );
        assert_eq!(
            MessageText::try_from("é".repeat(MESSAGE_BYTES / 2 + 1)),
            Err(TextError::TooLong)
        );
    }

    #[test]
    fn a_message_that_nobody_could_see_is_empty() {
        for text in ["", " \n\t", "\u{200b}\u{200e}", "\0"] {
            assert_eq!(
                MessageText::try_from(text.to_owned()),
                Err(TextError::Empty),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_message_keeps_markup_marks_and_lines_as_they_are() {
        let lines = "x\n".repeat(8_000);
        for text in [
            "<script>alert(1)</script>",
            "\u{202e}abc",
            "a\u{200b}b",
            "👩‍👩‍👧",
            &lines,
        ] {
            assert_eq!(&*MessageText::try_from(text.to_owned()).unwrap(), text);
        }
    }

    #[test]
    fn a_message_and_a_remark_have_one_kind_of_line_break() {
        let text = "a\r\nb\rc\u{b}d\u{c}e\u{85}f\u{2028}g\u{2029}h\n\ri\0\u{1b}[1A\u{9b}1A\tj";
        let plain = "a\nb\nc\nd\ne\nf\ng\nh\n\ni[1A1A\tj";
        assert_eq!(&*MessageText::try_from(text.to_owned()).unwrap(), plain);
        assert_eq!(&*Remark::try_from(text.to_owned()).unwrap(), plain);
    }

    #[test]
    fn a_field_turns_no_direction_and_breaks_no_line() {
        for (text, line) in [
            ("Ada\u{2028}12:00  Maya: yes", "Ada 12:00  Maya: yes"),
            ("Ada\u{85}\u{202e}ayaM\u{2066}", "Ada ayaM"),
            ("\u{2067}Ada", "Ada"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
        ] {
            assert_eq!(&*Field::try_from(text.to_owned()).unwrap(), line);
            assert_eq!(&*Label::try_from(text.to_owned()).unwrap(), line);
        }
    }

    #[test]
    fn a_field_is_one_trimmed_line() {
        assert_eq!(
            &*Field::try_from(" Ada\nLovelace ".to_owned()).unwrap(),
            "Ada Lovelace"
        );
        assert_eq!(
            Field::try_from("x".repeat(FIELD_CHARS + 1)),
            Err(TextError::TooLong)
        );
    }

    #[test]
    fn an_email_needs_a_local_part_and_a_domain() {
        let email = Email::try_from(" Ada@Example.COM ".to_owned()).unwrap();
        assert_eq!(&*email, "Ada@example.com");
        assert_eq!(email.domain(), "example.com");
        for wrong in [
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "ada@exa mple.com",
            "a@b@c.de",
        ] {
            assert_eq!(
                Email::try_from(wrong.to_owned()),
                Err(TextError::Malformed),
                "{wrong}"
            );
        }
    }
}
