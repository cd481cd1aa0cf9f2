//! Simple formatting in what a company writes to its visitors: `**bold**`, `*emphasis*` and
//! `[words](https://…)`, each within one line. Bare addresses become links, line breaks stay.
//!
//! There is no other markup: everything else, HTML above all, is text.

use crate::link::{Piece, pieces};

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

/// Adds the spans of a text that stands within the marks of `style`.
fn marked<'a>(text: &'a str, style: Span<'a>, spans: &mut Vec<Span<'a>>) {
    let mut rest = text;
    // Up to where no mark of `rest` opens anything.
    let mut done = 0;
    while let Some(found) = rest.get(done..).and_then(|rest| rest.find(['*', '['])) {
        let (before, from) = rest.split_at(done + found);
        let (inner, after, inside) = if let Some(words) = from.strip_prefix('[') {
            let Some((words, address, after)) = link(words) else {
                done += found + 1;
                continue;
            };
            let link = Some(address);
            (words, after, Span { link, ..style })
        } else {
            let width = if from.starts_with("**") { 2 } else { 1 };
            let strong = width == 2;
            let Some((inner, after)) = from
                .get(width..)
                .filter(|_| !(if strong { style.strong } else { style.emphasis }))
                .and_then(|from| enclosed(from, strong))
            else {
                done += found + width;
                continue;
            };
            let inside = Span {
                strong: strong || style.strong,
                emphasis: !strong || style.emphasis,
                ..style
            };
            (inner, after, inside)
        };
        plain(before, style, spans);
        if inside.link.is_some() {
            spans.push(Span {
                text: inner,
                ..inside
            });
        } else {
            marked(inner, inside, spans);
        }
        rest = after;
        done = 0;
    }
    plain(rest, style, spans);
}

/// What stands before the closing mark on this line, and what follows it. Marks stand close to
/// what they enclose, so that `2 * 3 * 4` is text.
fn enclosed(from: &str, strong: bool) -> Option<(&str, &str)> {
    let line = from.split('\n').next().unwrap_or_default();
    if line.starts_with(char::is_whitespace) {
        return None;
    }
    let bytes = line.as_bytes();
    let star = |at| bytes.get(at) == Some(&b'*');
    let mut at = 1;
    while at < bytes.len() {
        if !star(at) {
            at += 1;
            continue;
        }
        let run = (at..).take_while(|at| star(*at)).count();
        // A run of three closes both: the inner one is the emphasis' last star, or the bold's
        // first two.
        let close = match (strong, run) {
            (true, 2) | (false, 1) => Some(at),
            (true, 3..) => Some(at + run - 2),
            (false, 3..) => Some(at + run - 1),
            _ => None,
        };
        if let Some(close) = close
            && let Some(inner) = line.get(..close)
            && !inner.ends_with(char::is_whitespace)
        {
            let width = if strong { 2 } else { 1 };
            return Some((inner, from.get(close + width..)?));
        }
        at += run;
    }
    None
}

/// The words of a link, its address, and what follows; `from` begins behind the bracket.
fn link(from: &str) -> Option<(&str, &str, &str)> {
    let line = from.split('\n').next()?;
    let (words, behind) = line.split_once("](")?;
    if words.trim().is_empty() || words.contains('[') {
        return None;
    }
    let mut open = 0_usize;
    let end = behind.find(|c: char| {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return true,
            ')' => open -= 1,
            _ => {}
        }
        false
    })?;
    let address = behind.get(..end).filter(|address| is_safe(address))?;
    let after = from.get(words.len() + 2 + end + 1..)?;
    Some((words, address, after))
}

/// Whether an address may be a link's target.
fn is_safe(address: &str) -> bool {
    let known = ["https://", "http://", "mailto:"]
        .into_iter()
        .any(|scheme| {
            address.len() > scheme.len()
                && address
                    .get(..scheme.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
    known
        && !address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"`\\".contains(c))
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
            "https://a\u{a0}b",
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
