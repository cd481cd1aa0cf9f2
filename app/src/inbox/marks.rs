//! Texts in which the words that were looked for are marked.

use domain::search::{self, Marked, Terms};
use leptos::prelude::*;

/// Marks every word of a text that is looked for.
pub fn mark(text: &str, looked_for: &str) -> Marked {
    let terms = Terms::of(looked_for, decompose);
    let hits = terms.map_or_else(Vec::new, |terms| terms.hits(text, decompose));
    search::mark(text, 0..text.len(), hits)
}

/// The browser's own tables of characters.
#[cfg(target_arch = "wasm32")]
fn decompose(c: char, part: &mut dyn FnMut(char)) {
    let mut utf8 = [0; 4];
    let whole = js_sys::JsString::from(&*c.encode_utf8(&mut utf8));
    String::from(whole.normalize("NFKD")).chars().for_each(part);
}

#[cfg(not(target_arch = "wasm32"))]
fn decompose(c: char, part: &mut dyn FnMut(char)) {
    unicode_normalization::char::decompose_compatible(c, part);
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
        assert_eq!(hits("Tomás Beltrán", "beltran"), ["Beltrán"]);
        assert_eq!(hits("Beltra\u{301}n Ma", "BELTRÁN"), ["Beltra\u{301}n"]);
        assert_eq!(hits("Annabel Lee", "bel"), [""; 0]);
        assert_eq!(hits("ada@example.com", "EXAMPLE"), ["example"]);
        assert_eq!(hits("Ada, Ada!", "ada"), ["Ada", "Ada"]);
        assert_eq!(hits("Ada", " ,"), [""; 0]);
        assert_eq!(hits("", "ada"), [""; 0]);
    }
}
