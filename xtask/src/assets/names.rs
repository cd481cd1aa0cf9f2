//! Short names for what the WebAssembly and its JavaScript have from each other.
//!
//! wasm-bindgen's names have a hash each, which cannot be compressed and
//! stands in both files: together more than a kilobyte of the visitor's chat.

use std::ops::Range;

use anyhow::{Result, bail};

/// A short property name for each number: `a`, `b`, … `z`, `ba`, ….
pub fn short(mut number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let mut name = String::new();
    loop {
        let letter = LETTERS.get(number % LETTERS.len()).copied();
        name.insert(0, letter.map_or('a', char::from));
        number /= LETTERS.len();
        if number == 0 {
            return name;
        }
    }
}

/// Renames properties of the object of imports in wasm-bindgen's JavaScript.
/// Errors when one of them is not there exactly once, which means that
/// wasm-bindgen writes it differently now.
pub fn rename(script: &str, names: &[(String, String)]) -> Result<String> {
    let mut script = script.to_owned();
    for (long, short) in names {
        let places: Vec<usize> = script
            .match_indices(&format!("{long}:"))
            .map(|(place, _)| place)
            .filter(|place| is_property(&script, *place))
            .collect();
        let [place] = places.as_slice() else {
            bail!(
                "wasm-bindgen's JavaScript has {} properties {long}, not one",
                places.len()
            );
        };
        script.replace_range(*place..place + long.len(), short);
    }
    Ok(script)
}

/// Where the script takes the export from the WebAssembly's instance, which it calls `wasm`.
pub fn uses_of_export(script: &str, name: &str) -> Vec<Range<usize>> {
    let goes_on = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
    script
        .match_indices(&format!("wasm.{name}"))
        .map(|(place, found)| place + "wasm.".len()..place + found.len())
        .filter(|place| {
            let after = script.get(place.end..).unwrap_or_default();
            !after.starts_with(goes_on)
        })
        .collect()
}

/// Renames what the script takes from the WebAssembly; the names are those of [`uses_of_export`].
pub fn rename_exports(script: &str, names: &[(String, String)]) -> String {
    let mut places: Vec<(Range<usize>, &str)> = names
        .iter()
        .flat_map(|(long, short)| {
            let uses = uses_of_export(script, long).into_iter();
            uses.map(|place| (place, short.as_str()))
        })
        .collect();
    places.sort_by_key(|(place, _)| place.start);
    let mut script = script.to_owned();
    for (place, short) in places.into_iter().rev() {
        script.replace_range(place, short);
    }
    script
}

/// Whether a name that starts here is a whole one, not the end of a longer one.
fn is_property(script: &str, place: usize) -> bool {
    let before = script
        .get(..place)
        .and_then(|text| text.chars().next_back());
    before.is_some_and(|character| matches!(character, ' ' | '\n' | '\t' | '{' | ','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_different() {
        let names: Vec<String> = (0..1000).map(short).collect();
        assert_eq!(names[..3], ["a", "b", "c"]);
        assert_eq!(names[25..28], ["z", "ba", "bb"]);
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), 1000);
    }

    #[test]
    fn only_the_property_itself_is_renamed() {
        let script = "const o = {\n  __wbg_log_0a: function() {},\n  __wbg___wbg_log_0a: 1 };";
        let names = [("__wbg_log_0a".to_owned(), "b".to_owned())];
        let renamed = rename(script, &names).unwrap();
        assert_eq!(
            renamed,
            "const o = {\n  b: function() {},\n  __wbg___wbg_log_0a: 1 };"
        );
    }

    #[test]
    fn exports_are_renamed_wherever_they_are_used_and_no_longer_ones() {
        let script = "wasm.run(1); wasm.run_2(wasm.run);";
        assert_eq!(uses_of_export(script, "run").len(), 2);
        assert_eq!(uses_of_export(script, "ru"), []);
        let names = [("run", "run_2"), ("run_2", "a")];
        let names = names.map(|(long, short)| (long.to_owned(), short.to_owned()));
        assert_eq!(
            rename_exports(script, &names),
            "wasm.run_2(1); wasm.a(wasm.run_2);"
        );
    }

    #[test]
    fn a_name_that_is_missing_is_told() {
        assert!(rename("const o = {};", &[("x".to_owned(), "a".to_owned())]).is_err());
    }
}
