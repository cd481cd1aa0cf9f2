//! What a file is called.

use domain::file::FILE_NAME_CHARS;

/// How many characters of the end are kept of a name that is too long: the ending tells most.
const END: usize = 40;

/// A sender's name for a file as it is shown: without folders, without what cannot be seen or
/// turns the direction of reading, cut in the middle to [`FILE_NAME_CHARS`].
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !is_hidden(*c)).collect();
    let clean = clean.trim();
    if clean.chars().all(|c| c == '.') {
        return "file".to_owned();
    }
    let chars: Vec<char> = clean.chars().collect();
    if chars.len() <= FILE_NAME_CHARS {
        return clean.to_owned();
    }
    let (begin, end) = (FILE_NAME_CHARS - 1 - END, chars.len() - END);
    let begin = chars.iter().take(begin);
    begin.chain([&'…']).chain(chars.iter().skip(end)).collect()
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folders_and_nothing_hidden() {
        for (name, shown) in [
            ("a.txt", "a.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\cv.pdf", "cv.pdf"),
            ("a\r\nSet-Cookie: b.txt", "aSet-Cookie: b.txt"),
            ("cv\u{202e}fdp.exe", "cvfdp.exe"),
            ("  è.png ", "è.png"),
            ("", "file"),
            ("..", "file"),
            ("/", "file"),
        ] {
            assert_eq!(clean(name), shown);
        }
    }

    #[test]
    fn a_long_name_loses_its_middle() {
        let shown = clean(&format!("{}.tar.gz", "é".repeat(300)));
        assert_eq!(shown.chars().count(), FILE_NAME_CHARS);
        assert!(shown.starts_with("éé") && shown.contains('…') && shown.ends_with(".tar.gz"));
    }
}
