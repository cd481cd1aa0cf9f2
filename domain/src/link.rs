//! Web addresses in what people write.

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// An `http` or `https` address, safe as a link's target.
    Link(&'a str),
}

/// The text in pieces, in order and complete. An address begins with `http://` or `https://` at
/// the start of a word and ends before white space, quotes, angle brackets or invisible marks;
/// punctuation at its end belongs to the sentence.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // Up to where the text is in `pieces`.
    let mut done = 0;
    for (at, _) in text.match_indices('h') {
        if at < done {
            continue;
        }
        let address = address(text.get(at..).unwrap_or_default());
        let before = text.get(done..at).unwrap_or_default();
        if address.is_empty() || before.ends_with(is_word) {
            continue;
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Link(address));
        done = at + address.len();
    }
    match text.get(done..) {
        None | Some("") => {}
        Some(rest) => pieces.push(Piece::Text(rest)),
    }
    pieces
}

/// Letters and digits of any script; a plain look, since the tables for it are large.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && !c.is_whitespace() && !is_invisible(c))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn address(from: &str) -> &str {
    let Some(scheme) = ["https://", "http://"]
        .into_iter()
        .find(|scheme| from.starts_with(scheme))
    else {
        return "";
    };
    let ends = |c: char| {
        c.is_whitespace()
            || c.is_ascii_control()
            || matches!(c, '<' | '>' | '"' | '`')
            || is_invisible(c)
    };
    let mut address = from.split(ends).next().unwrap_or_default();
    while let Some(last) = address.chars().next_back() {
        let opener = match last {
            ')' => '(',
            ']' => '[',
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '…' => '\0',
            _ => break,
        };
        let count = |wanted: char| address.chars().filter(|c| *c == wanted).count();
        if count(last) <= count(opener) {
            break;
        }
        address = address.strip_suffix(last).unwrap_or_default();
    }
    if address.len() > scheme.len() {
        address
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Piece::*, *};

    #[test]
    fn addresses_become_links_and_the_sentence_keeps_its_stop() {
        assert_eq!(
            pieces("See https://example.com/a?b=1. Or (http://x.de/y_(z))!"),
            [
                Text("See "),
                Link("https://example.com/a?b=1"),
                Text(". Or ("),
                Link("http://x.de/y_(z)"),
                Text(")!"),
            ]
        );
    }

    #[test]
    fn other_schemes_and_middles_of_words_are_text() {
        for text in [
            "javascript:alert(1)",
            "xhttps://example.com",
            "https://",
            "http",
            "https:///.,",
        ] {
            let links = pieces(text)
                .into_iter()
                .filter(|piece| matches!(piece, Link(link) if *link != "https:///"))
                .count();
            assert_eq!(links, 0, "{text}");
        }
        assert_eq!(
            pieces("<a href=\"https://a.b\">"),
            [Text("<a href=\""), Link("https://a.b"), Text("\">")]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "(http|s?://|[a-z.()\"<> \u{202e}é]){0,40}") {
            let whole: String = pieces(&text)
                .iter()
                .map(|piece| match piece { Text(text) | Link(text) => *text })
                .collect();
            prop_assert_eq!(whole, text);
        }
    }
}
