//! Web addresses in what people write.

use crate::scan::{chars, looked};

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// An `http` or `https` address, safe as a link's target.
    Link(&'a str),
}

/// The text in pieces, in order and complete. An address begins with `http://` or `https://`, in
/// capitals or not, where no letter or digit of ASCII stands before it: some scripts write no
/// spaces. It ends before white space, quotes, angle brackets, full-width marks or invisible ones;
/// punctuation at its end belongs to the sentence.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // Up to where the text is in `pieces`.
    let mut done = 0;
    let mut at = 0;
    let mut in_word = false;
    while let Some(byte) = text.as_bytes().get(at) {
        looked(1);
        let begins = matches!(byte, b'h' | b'H') && !in_word;
        in_word = byte.is_ascii_alphanumeric();
        let address = match text.get(at..) {
            Some(from) if begins => address(from),
            _ => "",
        };
        if address.is_empty() {
            at += 1;
            continue;
        }
        if at > done {
            pieces.push(Piece::Text(text.get(done..at).unwrap_or_default()));
        }
        pieces.push(Piece::Link(address));
        at += address.len();
        done = at;
    }
    match text.get(done..) {
        None | Some("") => {}
        Some(rest) => pieces.push(Piece::Text(rest)),
    }
    pieces
}

/// Whether an address ends before this.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || c.is_ascii_control()
        || matches!(c, '<' | '>' | '"' | '`' | '«' | '»' | '\u{201c}'..='\u{201f}' | '‹' | '›')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        // Full-width marks and brackets, of which no address has any.
        || matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe6b}')
        || matches!(c, '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

/// Whether this belongs to the sentence if it is the last of an address.
fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '…' | '’' | '–' | '—')
        // Arabic, Indic, Burmese and Khmer.
        || matches!(c, '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}' | '\u{964}' | '\u{965}' | '\u{104a}' | '\u{104b}' | '\u{17d4}' | '\u{17d5}')
}

/// The address at the beginning of a text; empty: there is none.
fn address(from: &str) -> &str {
    let Some(scheme) = ["https://", "http://"].into_iter().find(|scheme| {
        from.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    }) else {
        return "";
    };
    // How many brackets are closed without having been opened.
    let (mut round, mut square) = (0, 0);
    let mut end = 0;
    for (at, c) in chars(from).take_while(|(_, c)| !ends(*c)) {
        match c {
            '(' => round -= 1,
            ')' => round += 1,
            '[' => square -= 1,
            ']' => square += 1,
            _ => {}
        }
        end = at + c.len_utf8();
    }
    let mut address = from.get(..end).unwrap_or_default();
    while let Some(last) = address.chars().next_back() {
        looked(1);
        match last {
            ')' if round > 0 => round -= 1,
            ']' if square > 0 => square -= 1,
            _ if is_punctuation(last) => {}
            _ => break,
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

    #[test]
    fn an_address_stands_in_any_script_and_in_capitals() {
        for (text, link) in [
            (
                "詳細はhttps://example.com/a をご覧ください",
                "https://example.com/a",
            ),
            ("见https://example.com/a。谢谢", "https://example.com/a"),
            ("（https://example.com/b）です", "https://example.com/b"),
            ("Https://example.com/c", "Https://example.com/c"),
            ("HTTPS://EXAMPLE.COM", "HTTPS://EXAMPLE.COM"),
            ("「http://example.com/a_(b)」、", "http://example.com/a_(b)"),
            ("여기http://example.com", "http://example.com"),
            (
                "https://ja.wikipedia.org/wiki/日本・東京へ！",
                "https://ja.wikipedia.org/wiki/日本・東京へ",
            ),
            ("انظر https://example.com/a؟", "https://example.com/a"),
            ("“https://example.com”", "https://example.com"),
            ("« http://example.com »", "http://example.com"),
        ] {
            let links: Vec<_> = pieces(text)
                .into_iter()
                .filter(|piece| matches!(piece, Link(_)))
                .collect();
            assert_eq!(links, [Link(link)], "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "(http|HTTP|s?://|[a-z.()\"<> \u{202e}é。）は]){0,40}") {
            let whole: String = pieces(&text)
                .iter()
                .map(|piece| match piece { Text(text) | Link(text) => *text })
                .collect();
            prop_assert_eq!(whole, text);
        }
    }
}
