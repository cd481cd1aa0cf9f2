//! Searching conversations: by the visitor's name and email, and by the words of messages.

use core::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{frame::agent::Row, scan::chars};

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

/// How much of a word counts, in characters; the rest of a longer one is not looked at.
pub const WORD_CHARS: usize = 40;

/// Tells the characters of which one consists (NFKD). An argument, because the tables for it are
/// larger than everything else here: servers have them, browsers bring their own.
pub type Decompose = fn(char, &mut dyn FnMut(char));

/// A word of a text: where it stands, in bytes, and its folded form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub at: Range<usize>,
    pub word: String,
}

/// The words of a text: runs of letters and digits, in lower case and without accents. The same for
/// what is stored, for what is searched, and for what is marked.
pub fn tokens(text: &str, decompose: Decompose) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut inside = false;
    for (at, c) in chars(text) {
        let end = at + c.len_utf8();
        if c.is_alphanumeric() {
            if !inside {
                tokens.push(Token {
                    at: at..end,
                    word: String::new(),
                });
                inside = true;
            }
        } else if !(inside && is_accent(c)) {
            inside = false;
        }
        if let Some(token) = tokens.last_mut().filter(|_| inside) {
            token.at.end = end;
            if token.word.chars().count() < WORD_CHARS {
                fold(c, decompose, &mut token.word);
            }
        }
    }
    tokens.retain(|token| !token.word.is_empty());
    tokens
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn fold(c: char, decompose: Decompose, word: &mut String) {
    if c.is_ascii() {
        word.push(c.to_ascii_lowercase());
        return;
    }
    decompose(c, &mut |part| {
        if !is_accent(part) {
            word.extend(part.to_lowercase().filter(|c| c.is_alphanumeric()));
        }
    });
}

/// What is searched: all of these words, the last one as the beginning of a word, since it may still
/// be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub whole: Vec<String>,
    pub beginning: String,
}

impl Terms {
    /// The words of a search, as far as they count; none: there is nothing to look for.
    pub fn of(query: &str, decompose: Decompose) -> Option<Self> {
        let tokens = tokens(query, decompose).into_iter();
        let mut whole: Vec<String> = tokens.map(|token| token.word).collect();
        whole.truncate(SEARCH_WORDS);
        let beginning = whole.pop()?;
        Some(Self { whole, beginning })
    }

    /// Where one of the words stands in a text.
    pub fn hits(&self, text: &str, decompose: Decompose) -> Vec<Range<usize>> {
        let takes = |token: &Token| {
            token.word.starts_with(&self.beginning) || self.whole.contains(&token.word)
        };
        let tokens = tokens(text, decompose).into_iter();
        tokens.filter(takes).map(|token| token.at).collect()
    }
}

/// A part of a text with its hits marked; those that end beyond it are left out.
pub fn mark(text: &str, part: Range<usize>, hits: Vec<Range<usize>>) -> Marked {
    let mut marked = Marked::new();
    let mut add = |range: Range<usize>, hit: bool| {
        let piece = text.get(range).unwrap_or_default();
        if !piece.is_empty() {
            marked.push((piece.to_owned(), hit));
        }
    };
    let mut from = part.start;
    for hit in hits.into_iter().filter(|hit| hit.end <= part.end) {
        add(from..hit.start, false);
        from = hit.end;
        add(hit, true);
    }
    add(from..part.end, false);
    marked
}
