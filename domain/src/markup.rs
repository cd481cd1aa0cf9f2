//! Simple formatting in what a company writes to its visitors: `**bold**`, `*emphasis*` and
//! `[words](https://…)`, each within one line. Bare addresses become links, line breaks stay.
//!
//! There is no other markup: everything else, HTML above all, is text.

use crate::{
    link::{Piece, pieces},
    scan::{looked, position},
};

/// A stretch of a text, as it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span<'a> {
    pub text: &'a str,
    pub strong: bool,
    pub emphasis: bool,
    /// An `http`, `https` or `mailto` address, safe as a link's target.
    pub link: Option<&'a str>,
}

/// The text in spans, in order. Marks that open nothing or close nothing are text.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    marked(text, Span::default(), &mut spans);
    spans
}

/// Adds the spans of a text that stands within the marks of `style`. It looks at bytes: the marks
/// are ASCII.
///
/// Each star is looked at a few times at most, however many there are: what closes one kind of
/// mark also opens it, so that what is looked for reaches no further than where it is looked for
/// next, and within a mark the same is not looked for again.
fn marked<'a>(text: &'a str, style: Span<'a>, spans: &mut Vec<Span<'a>>) {
    let bytes = text.as_bytes();
    let mut brackets = Brackets::default();
    // Up to where the text is in `spans`.
    let mut done = 0;
    let mut at = 0;
    while let Some(mark) = bytes.get(at) {
        looked(1);
        let double = *mark == b'*' && bytes.get(at + 1) == Some(&b'*');
        let found = match mark {
            b'*' => starred(text, at, double, style),
            b'[' => linked(text, at, &mut brackets, style),
            _ => None,
        };
        if let Some((span, end)) = found {
            plain(text.get(done..at).unwrap_or_default(), style, spans);
            if *mark == b'[' {
                spans.push(span);
            } else {
                marked(span.text, span, spans);
            }
            at = end;
            done = end;
        } else {
            at += if double { 2 } else { 1 };
        }
    }
    plain(text.get(done..).unwrap_or_default(), style, spans);
}

/// Marks stand close to what they enclose, so that `2 * 3 * 4` is text.
fn is_close(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
}

/// What the star or stars at `at` open on this line, and where that ends, marks included.
fn starred<'a>(
    text: &'a str,
    at: usize,
    double: bool,
    style: Span<'a>,
) -> Option<(Span<'a>, usize)> {
    let mut span = style;
    let mark = if double {
        &mut span.strong
    } else {
        &mut span.emphasis
    };
    if core::mem::replace(mark, true) {
        return None;
    }
    let from = text.get(at + 1..)?;
    let bytes = from.as_bytes();
    let width = if double { 2 } else { 1 };
    let mut end = width;
    let mut run = 0;
    loop {
        looked(1);
        let byte = bytes.get(end);
        if byte == Some(&b'*') {
            run += 1;
        } else {
            // A run of three closes both: its last belong to what is closed here.
            if run == width || run > 2 {
                break;
            }
            run = 0;
        }
        if matches!(byte, None | Some(b'\n')) {
            return None;
        }
        end += 1;
    }
    span.text = from.get(width - 1..end - width)?;
    is_close(span.text).then_some((span, at + 1 + end))
}

/// The link that begins at `at`, and where it ends.
fn linked<'a>(
    text: &'a str,
    at: usize,
    brackets: &mut Brackets,
    style: Span<'a>,
) -> Option<(Span<'a>, usize)> {
    let from = text.get(at + 1..)?;
    let words = position(from, |byte| matches!(byte, b']' | b'[' | b'\n'))?;
    if from.as_bytes().get(words..words + 2) != Some(b"](") {
        return None;
    }
    let mut span = style;
    span.text = from.get(..words).filter(|words| is_close(words))?;
    let opening = at + 1 + words + 1;
    let closing = brackets.closing(text, opening)?;
    span.link = text
        .get(opening + 1..closing)
        .filter(|address| is_safe(address));
    span.link.map(|_| (span, closing + 1))
}

/// The brackets of a text that may enclose an address, in order; read when the first is asked for.
#[derive(Default)]
struct Brackets(Option<Vec<(usize, Option<usize>)>>);

impl Brackets {
    /// Where the bracket that opens at `opening` is closed.
    fn closing(&mut self, text: &str, opening: usize) -> Option<usize> {
        let pairs = self.0.get_or_insert_with(|| pairs(text));
        let found = pairs.binary_search_by_key(&opening, |(opening, _)| *opening);
        pairs.get(found.ok()?)?.1
    }
}

/// Where brackets open, and where each is closed without anything that no address has.
fn pairs(text: &str) -> Vec<(usize, Option<usize>)> {
    let mut pairs: Vec<(usize, Option<usize>)> = Vec::new();
    // Those that are open, by their place in `pairs`.
    let mut open = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        looked(1);
        match byte {
            b'(' => {
                open.push(pairs.len());
                pairs.push((at, None));
            }
            b')' => {
                if let Some(pair) = open.pop().and_then(|index: usize| pairs.get_mut(index)) {
                    pair.1 = Some(at);
                }
            }
            byte if !may_stand(byte) => open.clear(),
            _ => {}
        }
    }
    pairs
}

/// Whether an address may be a link's target.
fn is_safe(address: &str) -> bool {
    let known = ["https://", "http://", "mailto:"]
        .into_iter()
        .any(|scheme| {
            address
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
                && address.len() > scheme.len()
        });
    known && position(address, |byte| !may_stand(byte)).is_none()
}

/// Whether a byte may stand in an address.
fn may_stand(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, b'<' | b'>' | b'"' | b'`' | b'\\' | 0x7f)
}

fn plain<'a>(text: &'a str, style: Span<'a>, spans: &mut Vec<Span<'a>>) {
    spans.extend(pieces(text).into_iter().map(|piece| match piece {
        Piece::Text(text) => Span { text, ..style },
        Piece::Link(text) => Span {
            text,
            link: Some(text),
            ..style
        },
    }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The spans as words: `b`, `i` and the link's target stand before the text.
    fn shown(text: &str) -> Vec<String> {
        spans(text)
            .into_iter()
            .map(|span| {
                let mut words = String::new();
                if span.strong {
                    words.push_str("b:");
                }
                if span.emphasis {
                    words.push_str("i:");
                }
                if let Some(link) = span.link {
                    words.push_str(link);
                    words.push('=');
                }
                words + span.text
            })
            .collect()
    }

    #[test]
    fn bold_emphasis_and_links() {
        assert_eq!(
            shown("We are **closed** until *9*, [see here](https://a.example/x_(y)).\nBye"),
            [
                "We are ",
                "b:closed",
                " until ",
                "i:9",
                ", ",
                "https://a.example/x_(y)=see here",
                ".\nBye"
            ]
        );
        assert_eq!(
            shown("[Write](mailto:help@a.example) or https://a.example."),
            [
                "mailto:help@a.example=Write",
                " or ",
                "https://a.example=https://a.example",
                "."
            ]
        );
    }

    #[test]
    fn marks_may_stand_in_each_other() {
        assert_eq!(shown("***both***"), ["b:i:both"]);
        assert_eq!(shown("**a *b* c**"), ["b:a ", "b:i:b", "b: c"]);
        assert_eq!(shown("*a **b** c*"), ["i:a ", "b:i:b", "i: c"]);
        assert_eq!(shown("*a **b***"), ["i:a ", "b:i:b"]);
        assert_eq!(shown("**a *b***"), ["b:a ", "b:i:b"]);
        assert_eq!(
            shown("**[x](https://a.b)**, **https://a.b**"),
            ["b:https://a.b=x", ", ", "b:https://a.b=https://a.b"]
        );
    }

    #[test]
    fn marks_that_close_nothing_are_text() {
        for text in [
            "2 * 3 * 4",
            "**",
            "***",
            "****",
            "* one\n* two",
            "**open",
            "*over\nlines*",
            "a* b*",
            "[",
            "[]",
            "[x]",
            "[x](",
            "[x]()",
            "[ ](mailto:a)",
            "[x](mailto:a",
            "[x] (y)",
            "[x\ny](mailto:a)",
        ] {
            assert_eq!(shown(text), [text], "{text:?}");
        }
        assert!(shown("").is_empty());
    }

    #[test]
    fn what_is_no_web_or_mail_address_is_no_link() {
        for target in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\u{0}script:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/settings",
            "https:",
            "https:/evil.example",
            "https://",
            "mailto:",
            "https://a b",
            "https://a\tb",
            "https://a\"onclick=x",
            "https://a<b>",
            "https://a\\b",
        ] {
            let text = format!("[x]({target})");
            assert!(
                spans(&text).iter().all(|span| span
                    .link
                    .is_none_or(|link| link.starts_with("https://a") && link == span.text)),
                "{text:?}"
            );
            let whole: String = spans(&text).iter().map(|span| span.text).collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn html_is_text() {
        let text = "<img src=x onerror=alert(1)> &lt; <b>no</b>";
        assert_eq!(shown(text), [text]);
    }

    proptest! {
        #[test]
        fn whatever_is_written_only_marks_are_lost_and_links_are_safe(
            text in r"(\*|\[|\]|\(|\)|\]\(|https?://|mailto:|javascript:|[a-c]| |\n|\t|é|\u{202e}|<){0,60}"
        ) {
            let spans = spans(&text);
            let mut rest = text.as_str();
            for span in &spans {
                prop_assert!(!span.text.is_empty());
                let (_, after) = rest.split_once(span.text).ok_or_else(|| TestCaseError::fail("lost"))?;
                rest = after;
                if let Some(link) = span.link {
                    prop_assert!(is_safe(link), "{link}");
                }
            }
            if !text.contains('*') && !text.contains("](") {
                let whole: String = spans.iter().map(|span| span.text).collect();
                prop_assert_eq!(whole, text);
            }
        }

        #[test]
        fn anything_at_all_is_taken(text in any::<String>()) {
            spans(&text);
        }

        #[test]
        fn the_longest_texts_take_no_time(mark in "\\*|\\[|\\*\\*|\\[a\\]\\(|\\(|\\*a", many in 400_usize..500) {
            let text = mark.repeat(many);
            let whole: String = spans(&text).iter().map(|span| span.text).collect();
            prop_assert!(whole.len() <= text.len());
        }
    }
}
