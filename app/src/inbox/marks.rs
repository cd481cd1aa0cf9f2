//! Texts in which the words that were looked for are marked.

use domain::search::{Marked, SEARCH_WORDS, words};
use leptos::prelude::*;

/// Marks every word of a text that is looked for; the last one may be the beginning of a word, since
/// it may still be typed.
pub fn mark(text: &str, looked_for: &str) -> Marked {
    let looked_for: Vec<String> = words(looked_for).take(SEARCH_WORDS).collect();
    let last = looked_for.last();
    let mut marked = Marked::new();
    let mut rest = text;
    while !rest.is_empty() {
        let in_word = rest.starts_with(char::is_alphanumeric);
        let end = rest
            .find(|c: char| c.is_alphanumeric() != in_word)
            .unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        let hit = in_word
            && words(piece).any(|word| {
                looked_for.contains(&word) || last.is_some_and(|last| word.starts_with(last))
            });
        match marked.last_mut() {
            Some((before, false)) if !hit => before.push_str(piece),
            _ => marked.push((piece.to_owned(), hit)),
        }
        rest = behind;
    }
    marked
}

/// A marked text as it stands in the page.
pub fn marked(text: Marked) -> AnyView {
    let piece = |(piece, hit): (String, bool)| match hit {
        true => view! { <mark>{piece}</mark> }.into_any(),
        false => piece.into_any(),
    };
    text.into_iter().map(piece).collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn words_that_are_looked_for_are_marked() {
        let hits = |text, looked_for| -> Vec<String> {
            let marked = mark(text, looked_for);
            let whole: String = marked.iter().map(|(piece, _)| piece.as_str()).collect();
            assert_eq!(whole, text);
            let hits = marked.into_iter().filter(|(_, hit)| *hit);
            hits.map(|(piece, _)| piece).collect()
        };
        assert_eq!(hits("Tomás Beltrán", "beltrán tom"), ["Tomás", "Beltrán"]);
        assert_eq!(hits("Tomás Beltrán", "bel tom"), ["Tomás"]);
        assert_eq!(hits("Annabel Lee", "bel"), [""; 0]);
        assert_eq!(hits("ada@example.com", "EXAMPLE"), ["example"]);
        assert_eq!(hits("Ada, Ada!", "ada"), ["Ada", "Ada"]);
        assert_eq!(hits("Ada", " ,"), [""; 0]);
        assert_eq!(hits("", "ada"), [""; 0]);
    }
}
