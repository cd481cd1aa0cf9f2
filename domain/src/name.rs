//! Names that people gave themselves, and pages that their browsers named: which of them a letter
//! of the company may carry to an address that nobody vouched for.
//!
//! Whoever types a stranger's address writes the letter's name too. What could be an address, a
//! number to call or a sentence is left out; the letter is worded without it.

/// The longest name that stands in such a letter, in characters.
const NAME_CHARS: usize = 50;

/// The most words of one.
const NAME_WORDS: usize = 6;

/// The most digits of one: `Ada 2`, no number to call.
const NAME_DIGITS: usize = 3;

/// The longest path of a page, in bytes, and the most digits in it.
const PATH_BYTES: usize = 80;
const PATH_DIGITS: usize = 6;

/// Marks of addresses and sentences, also as other scripts write them.
const NOT_IN_NAMES: &[char] = &[
    '@', '/', '\\', ':', ';', '!', '?', '#', '%', '&', '=', '+', '*', '_', '~', '|', '<', '>', '[',
    ']', '{', '}', '"', '$', '€', '£', '¥', '^', '`', '＠', '／', '：', '！', '？', '¡', '¿', '…',
];

/// What stands between the parts of a domain (RFC 5895, 2, and what looks like it).
const DOTS: &[char] = &['.', '．', '。', '｡', '․'];

/// Whether something reads like the name of a person and nothing else.
pub fn is_plain(name: &str) -> bool {
    let readable = |c: char| !(NOT_IN_NAMES.contains(&c) || c.is_control() || is_unseen(c));
    let words = name.split_whitespace();
    name.chars().all(readable)
        && name.chars().count() <= NAME_CHARS
        && name.chars().filter(|c| c.is_numeric()).count() <= NAME_DIGITS
        && words.clone().count() <= NAME_WORDS
        && !words.into_iter().any(is_domain)
}

/// `evil.example` could be one; the initials `J.R.` and `Ph.D.` could not.
fn is_domain(word: &str) -> bool {
    let behind_dots = word.split(DOTS).skip(1);
    behind_dots
        .into_iter()
        .any(|part| part.chars().filter(|c| c.is_alphanumeric()).count() > 1)
}

/// Characters that nobody sees, by which an address hides in a name.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a path is one of a page, and no words for a reader: what follows the host of an address,
/// without a query. `/pricing` and `/docs/page.html` are, `/your-bill-is-at-evil.example` is not.
pub fn is_plain_path(path: &str) -> bool {
    let plain = path
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
    let digits = path.bytes().filter(u8::is_ascii_digit).count();
    // Words of a sentence are many.
    let words = path.split(['/', '-', '_']).filter(|word| !word.is_empty());
    let dots = match path.rsplit_once('/') {
        Some((folders, file)) => {
            !folders.contains('.')
                && file
                    .split_once('.')
                    .is_none_or(|(_, kind)| is_kind_of_page(kind))
        }
        None => path.is_empty(),
    };
    plain && dots && digits <= PATH_DIGITS && path.len() <= PATH_BYTES && words.count() <= 6
}

fn is_kind_of_page(kind: &str) -> bool {
    matches!(kind, "html" | "htm" | "php" | "aspx" | "asp" | "jsp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_plain() {
        for name in [
            "Ada",
            "Ada Lovelace",
            "J. R. R. Tolkien",
            "J.R.R. Tolkien",
            "Jean-Luc O’Neill",
            "Anna Maria D'Angelo, Ph.D.",
            "Müller (Einkauf)",
            "अनुष्का शर्मा",
            "山田 太郎",
            "محمد علي",
            "Henry 3",
        ] {
            assert!(is_plain(name), "{name}");
        }
    }

    #[test]
    fn addresses_numbers_and_sentences_are_no_names() {
        for name in [
            "Your invoice 4711 is overdue, pay at https://evil.example/pay",
            "see evil.example",
            "evil.example",
            "evil．example",
            "evil。example",
            "go to e.vil.example",
            "write@evil.example",
            "@evil",
            "call +39 333 1234567",
            "call 0800 123 123",
            "call ٠٨٠٠١٢٣",
            "pay now!",
            "evil\u{200b}.example",
            "Ada\nPay at",
            "one two three four five six seven",
            &"a".repeat(51),
        ] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn a_page_is_named_and_a_sentence_is_not() {
        for path in [
            "",
            "/",
            "/pricing",
            "/docs/get-started.html",
            "/de/p/123456",
        ] {
            assert!(is_plain_path(path), "{path}");
        }
        for path in [
            "/your-bill-is-at-evil.example",
            "/evil.example/pay.html",
            "/a%20b",
            "/pay/call-0800-123-123",
            "/your-invoice-is-due-pay-it-today",
            "/a@b",
            "?q=1",
        ] {
            assert!(!is_plain_path(path), "{path}");
        }
    }
}
