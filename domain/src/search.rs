//! Searching conversations: by the visitor's name and email, and by the words of messages.

use serde::{Deserialize, Serialize};

use crate::frame::agent::Row;

/// The longest search, in characters.
pub const SEARCH_CHARS: usize = 200;

/// How many words of a search are looked for; further ones are left out.
pub const SEARCH_WORDS: usize = 8;

/// A text with the searched words marked: pieces in order, and whether each is a hit.
pub type Marked = Vec<(String, bool)>;

/// A conversation that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub row: Row,
    /// Where the words were found: a part of the newest message with them, or the email.
    /// None: in the name, which the row shows.
    pub found: Option<Marked>,
}

/// A page of what was found, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    pub hits: Vec<Hit>,
    /// What to name for the next page; none: this is the last.
    pub next: Option<SearchKey>,
}

/// Where a page ends. Only the server reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchKey(pub i64);

/// The words of a search or of a text: runs of letters and digits, folded to lower case.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
