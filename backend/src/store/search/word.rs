//! Words, as `domain` cuts texts into them, for searching: the same for what is stored, for what is
//! searched, and for what is marked, on both databases.

use std::{
    fmt::Write as _,
    ops::{Deref, Range},
};

use domain::search::{self, Marked, Token};
use unicode_normalization::char::decompose_compatible;

/// How much of a text is shown around what was found, in characters.
const PART_CHARS: usize = 160;

/// How much of that stands before the first hit: so little that a row of the list shows the hit.
const BEFORE_HIT: usize = 10;

/// The words of a text.
fn tokens(text: &str) -> Vec<Token> {
    search::tokens(text, decompose)
}

/// The characters of which one consists, by Unicode's tables.
fn decompose(c: char, part: &mut dyn FnMut(char)) {
    decompose_compatible(c, part);
}

/// The words of a text in one line, each once, as the databases index them.
pub fn line(text: &str) -> String {
    let mut words: Vec<String> = tokens(text).into_iter().map(|token| token.word).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// What is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms(search::Terms);

impl Deref for Terms {
    type Target = search::Terms;

    fn deref(&self) -> &search::Terms {
        &self.0
    }
}

impl Terms {
    /// The words of a search, as far as they count; none: there is nothing to look for.
    pub fn of(query: &str) -> Option<Self> {
        search::Terms::of(query, decompose).map(Self)
    }

    /// Whether all words are in a text.
    pub fn are_in(&self, text: &str) -> bool {
        let tokens = tokens(text);
        let has = |right: &dyn Fn(&str) -> bool| tokens.iter().any(|token| right(&token.word));
        has(&|word| word.starts_with(&self.beginning))
            && self.whole.iter().all(|whole| has(&|word| word == whole))
    }

    /// The part of a text where the words are, marked; line breaks become spaces.
    pub fn mark(&self, text: &str) -> Marked {
        let text = text.replace(['\n', '\r', '\t'], " ");
        let hits = self.hits(&text, decompose);
        let part = part_around(&text, hits.first().map_or(0, |hit| hit.start));
        let mut marked = search::mark(&text, part.clone(), hits);
        if part.start > 0 {
            marked.insert(0, ("…".to_owned(), false));
        }
        if part.end < text.len() {
            marked.push(("…".to_owned(), false));
        }
        marked
    }
}

/// The stretch of a text that is shown for a hit at `hit`: from the beginning of a word on.
fn part_around(text: &str, hit: usize) -> Range<usize> {
    let before: Vec<usize> = text
        .get(..hit)
        .unwrap_or_default()
        .char_indices()
        .rev()
        .map(|(at, _)| at)
        .take(BEFORE_HIT)
        .collect();
    let mut start = before.last().copied().unwrap_or(hit);
    if start > 0 {
        let lead = text.get(start..hit).unwrap_or_default();
        start += lead.find(char::is_whitespace).map_or(0, |space| space + 1);
    }
    let rest = text.get(start..).unwrap_or_default();
    let end = rest
        .char_indices()
        .nth(PART_CHARS)
        .map_or(text.len(), |(at, _)| start + at);
    start..end
}

/// Words joined by an operator between marks.
pub(super) fn join(words: &[String], mark: char, between: &str) -> String {
    let mut text = String::new();
    for (n, word) in words.iter().enumerate() {
        let between = if n == 0 { "" } else { between };
        // Writing into a string cannot fail.
        let _ = write!(text, "{between}{mark}{word}{mark}");
    }
    text
}

#[cfg(test)]
mod tests {
    use domain::search::WORD_CHARS;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn words_are_letters_and_digits_in_lower_case_without_accents() {
        assert_eq!(
            words("Perché l'Ordine №42 è in RITARDO?"),
            ["perche", "l", "ordine", "42", "e", "in", "ritardo"]
        );
        // Accents of their own, as some keyboards write them.
        assert_eq!(words("cafe\u{301}s Ångström"), ["cafes", "angstrom"]);
        assert_eq!(words("ada@example.com"), ["ada", "example", "com"]);
        assert_eq!(words("ﬁne ½"), ["fine", "12"]);
        assert_eq!(words("👍 …"), Vec::<String>::new());
        assert_eq!(words(&"x".repeat(100)), ["x".repeat(WORD_CHARS)]);
    }

    #[test]
    fn every_word_must_be_there_and_the_last_may_be_begun() {
        let terms = Terms::of("Order DELIV").unwrap();
        assert!(terms.are_in("delivery of my order"));
        assert!(!terms.are_in("delivery of my orders"));
        assert!(!terms.are_in("order"));
        assert_eq!(Terms::of(" -*\"' "), None);
    }

    #[test]
    fn hits_are_marked_where_they_stand() {
        let terms = Terms::of("perche ord").unwrap();
        let hit = |text: &str| (text.to_owned(), true);
        let text = |text: &str| (text.to_owned(), false);
        assert_eq!(
            terms.mark("Ma perché\nl'ordine?"),
            [
                text("Ma "),
                hit("perché"),
                text(" l'"),
                hit("ordine"),
                text("?")
            ]
        );
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_hit() {
        let long = format!("{}needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let marked = Terms::of("needle").unwrap().mark(&long);
        assert_eq!(marked.first(), Some(&("…".to_owned(), false)));
        assert_eq!(marked.last(), Some(&("…".to_owned(), false)));
        assert!(marked.contains(&("needle".to_owned(), true)));
        let chars: usize = marked.iter().map(|(text, _)| text.chars().count()).sum();
        assert!(chars <= PART_CHARS + 2, "{chars}");
    }
}
