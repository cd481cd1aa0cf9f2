//! Text that any database holds.

use std::borrow::Cow;

/// A text as it is stored and looked for. PostgreSQL holds no NUL, and SQLite would cut the text
/// there. What people type loses it when it is parsed; whatever else comes here with one becomes a
/// text that equals no other, rather than an error or the text without it.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}
