//! Whoever writes 16 KB of anything makes nobody wait: what reads texts looks at each part of them a
//! few times at most. Looks are counted (`domain::scan`), so that no clock decides.
#![cfg(debug_assertions)]
#![expect(
    clippy::unwrap_used,
    reason = "a test may fail where a product may not"
)]

use domain::{
    Timestamp, link, markup,
    message::{self, Author, Body, Message},
    reply, scan,
    search::{self, Terms},
    text,
    texts::{Words, keys::SharedText},
    transcript,
};

type Read = fn(&str);

/// What reads texts, by name.
const READERS: &[(&str, Read)] = &[
    ("links", |text| drop(link::pieces(text))),
    ("markup", |text| drop(markup::spans(text))),
    ("preview", |text| drop(message::preview(text))),
    ("saved reply", |text| drop(reply::fill(text, |_| None))),
    ("plain", |text| drop(text::plain(text))),
    ("one line", |text| drop(text::one_line(text))),
    ("words", |text| drop(search::tokens(text, whole))),
    ("hits", |text| {
        let terms = Terms::of("ab ** 会議 http aaaaaa", whole).unwrap();
        let hits = terms.hits(text, whole);
        drop(search::mark(text, 0..text.len(), hits));
    }),
    ("transcript", |text| {
        let message = Message {
            seq: 1,
            at: Timestamp(0),
            command: None,
            author: Author::Visitor,
            body: Body::Text(text.to_owned()),
        };
        drop(transcript::transcript(
            &[message],
            text,
            "UTC",
            &Plain,
            |_| String::new(),
        ));
    }),
];

/// A language of one word.
struct Plain;

impl Words<SharedText> for Plain {
    fn word(&self, _: SharedText) -> &str {
        "{visitor}{name}"
    }
}

fn whole(c: char, part: &mut dyn FnMut(char)) {
    part(c);
}

/// How often a byte may be looked at: some marks are asked for in several ways.
const LOOKS: u64 = 40;

/// Marks outside ASCII: of direction, combining, joining, breaking, wide, of four bytes.
const WIDE: &[&str] = &[
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "é",
    "\u{301}",
    "a\u{301}",
    "\u{36f}",
    "\u{61c}",
    "ㄱ",
    "\u{e31}",
    "ก",
    "ក\u{17d2}",
    "\u{200b}",
    "\u{200d}",
    "👩\u{200d}",
    "\u{200e}",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "…",
    "\u{3000}",
    "。",
    "会",
    "会議",
    "ｶﾞ",
    "（",
    "）",
    "\u{fdfa}",
    "\u{fe0f}",
    "\u{feff}",
    "\u{fffd}",
    "😀",
    "\u{1f1ee}",
    "\u{e0061}",
    "\u{10ffff}",
    "İ",
    "ß",
];

/// Marks that mean something together.
const TOGETHER: &[&str] = &[
    "**",
    "***",
    "*a",
    "**a",
    "* ",
    "** ",
    "a*",
    "*a**",
    "***a",
    "*****",
    "[]",
    "[a](",
    "[a](mailto:",
    "[a](https://x",
    "[a](mailto:)",
    "](",
    "[a]((",
    "[",
    "[a",
    "(",
    ")",
    "()",
    "http://.",
    "http://",
    "xhttp://",
    "http://a",
    "https://a(",
    "http://)",
    "HTTP://*",
    "h",
    "hh",
    "<<",
    "<a",
    "@.",
    "a@",
    "{{",
    "{{ ",
    "{{agent.name|",
    "{{agent.name",
    "}}",
    "{{a|",
    "/",
    "//",
    "a ",
    "ab",
    "a\n",
    "*\n",
    "\r\n",
    "\r",
    "aé",
    "会a",
    "12会",
    "a.b",
];

fn steps(read: Read, [lead, unit, end]: [&str; 3], bytes: usize) -> u64 {
    let text = format!("{lead}{}{end}", unit.repeat((bytes / unit.len()).max(1)));
    let before = scan::looks();
    read(&text);
    scan::looks() - before
}

fn check(parts: [&str; 3], bytes: usize) {
    for (name, read) in READERS {
        let half = steps(*read, parts, bytes / 2);
        let whole = steps(*read, parts, bytes);
        let all = u64::try_from(bytes + parts.concat().len()).unwrap();
        assert!(half > 0, "{name}, {parts:?}: nothing was counted");
        // What stands around it counts as well.
        assert!(
            whole * 10 <= half * 22 + 1_000,
            "{name}, {parts:?}: {half} looks, then {whole}"
        );
        assert!(whole <= all * LOOKS, "{name}, {parts:?}: {whole} looks");
    }
}

#[test]
fn sixteen_kilobytes_of_any_mark_are_read_in_steady_steps() {
    for c in '\0'..='\u{7f}' {
        check(["", &c.to_string(), ""], 16_384);
    }
    for unit in WIDE.iter().chain(TOGETHER) {
        check(["", unit, ""], 16_384);
    }
}

#[test]
fn what_stands_before_and_after_changes_nothing() {
    for unit in TOGETHER {
        for lead in [
            "http://",
            "[a](mailto:",
            "**",
            "*",
            "***",
            "{{agent.name|",
            "x",
        ] {
            for end in ["", ")", "*", "**", "***", "}}", "\n", "a"] {
                check([lead, unit, end], 2_048);
            }
        }
    }
}

#[test]
fn any_two_marks_are_read_in_steady_steps() {
    let marks = || {
        ('!'..='~')
            .filter(|c| !c.is_ascii_alphanumeric())
            .chain("a \nh".chars())
    };
    for first in marks() {
        for second in marks() {
            check(["", &format!("{first}{second}"), ""], 2_048);
        }
    }
}
