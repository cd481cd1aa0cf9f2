//! Why something was not done. One kind per thing that the person can do about it.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A refused frame or command. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// The conversation is no longer held out to this agent: somebody else has it, or it is over.
    NoLongerWaiting,
    /// The conversation has ended; it is read-only.
    Ended,
    /// No such thing, or not for this person to see.
    NotFound,
    /// The person may not do this.
    Forbidden,
    /// The text has nothing to read in it.
    Empty,
    /// The text or frame is larger than allowed.
    TooLarge,
    /// The file is larger than allowed.
    FileTooLarge,
    /// The bytes are no frame, or a field has a wrong form.
    Malformed,
    /// A field that the site requires is missing.
    Required,
    /// The visitor has an open conversation already.
    AlreadyOpen,
    /// The state does not allow it now.
    NotNow,
    /// Too many at once; try again in a moment.
    TooMany,
    /// The visitor is blocked.
    Blocked,
    /// The site takes no chats from the domain of this email.
    EmailNotTaken,
    /// The sign-in has ended or was never there.
    SignedOut,
    /// Casella could not finish it; nothing is acknowledged, and repeating it is harmless.
    Unavailable,
    /// Another saved reply has this shortcut.
    ShortcutTaken,
    /// Somebody else has the slot: ask for the free ones again.
    Taken,
    /// The agent cannot be met: has no meeting hours, or is disabled.
    NoCalendar,
    /// The conversation has all the messages that it can have.
    Full,
    /// No agent has accepted the conversation, and it has all the messages it can have until then.
    WaitForAnswer,
    /// Too many files were sent; tomorrow more are taken.
    TooManyFiles,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLongerWaiting => "No longer waiting",
            Self::Ended => "The chat has ended",
            Self::NotFound => "Not found",
            Self::Forbidden => "Not allowed",
            Self::Empty => "The text is empty",
            Self::TooLarge => "Too large: a message may have 16 KB",
            Self::FileTooLarge => "Too large: a file may have 10 MB",
            Self::Malformed => "Malformed",
            Self::Required => "A required field is missing",
            Self::AlreadyOpen => "A chat is open already",
            Self::NotNow => "Not possible now",
            Self::TooMany => "Too many at once: wait a moment and try again",
            Self::Blocked => "This chat is not available to you",
            Self::EmailNotTaken => "Please use another email address",
            Self::SignedOut => "Signed out: sign in again",
            Self::Unavailable => "Could not be done just now: try again",
            Self::ShortcutTaken => "Another saved reply has this shortcut: choose another",
            Self::Taken => "This time was just taken: choose another",
            Self::NoCalendar => "This agent has no meeting hours, or was disabled: choose another",
            Self::Full => "This chat is full: start a new one",
            Self::WaitForAnswer => "Please wait for an answer before you write more",
            Self::TooManyFiles => "No more files for now: try again tomorrow, or send a link",
        })
    }
}

impl core::error::Error for Refusal {}

impl From<crate::text::TextError> for Refusal {
    fn from(error: crate::text::TextError) -> Self {
        match error {
            crate::text::TextError::Empty => Self::Empty,
            crate::text::TextError::TooLong => Self::TooLarge,
            crate::text::TextError::Malformed => Self::Malformed,
        }
    }
}
