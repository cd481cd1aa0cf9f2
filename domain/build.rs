//! Makes the text keys and tables from `texts/*.toml`, and refuses languages that differ.

use std::{collections::BTreeSet, env, error::Error, fmt::Write, fs, path::Path};

/// Each enum of keys, and the groups of texts that it has, in this order.
const GROUPS: [(&str, &[&str]); 5] = [
    ("SharedText", &["shared"]),
    ("ChatText", &["chat"]),
    ("InboxText", &["inbox", "office"]),
    ("PageText", &["page"]),
    ("LetterText", &["letter"]),
];

/// Tag and variant of each language, in the order of `Language::ALL`.
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("it", "Italian")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=texts");
    let files = LANGUAGES
        .iter()
        .map(|(tag, _)| {
            let path = format!("texts/{tag}.toml");
            let file: toml::Table = fs::read_to_string(&path)?.parse()?;
            Ok((path, file))
        })
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let (mut keys, mut tables) = (String::new(), String::new());
    for (type_name, groups) in GROUPS {
        let (_, english) = files.first().ok_or("no language")?;
        let first = *groups.first().ok_or("no group")?;
        let of_first = texts(english, &[first])?.len();
        let reference = texts(english, groups)?;
        write_keys(&mut keys, type_name, &reference, of_first)?;
        writeln!(
            tables,
            "fn {first}(language: Language) -> &'static [&'static str] {{ match language {{"
        )?;
        for ((path, file), (_, variant)) in files.iter().zip(LANGUAGES) {
            for group in groups {
                // Where one stands counts: by its place it is sent or not.
                compare(
                    path,
                    group,
                    &texts(english, &[group])?,
                    &texts(file, &[group])?,
                )?;
            }
            let own = texts(file, groups)?;
            writeln!(tables, "Language::{variant} => &[")?;
            for (key, _) in &reference {
                let text = own.iter().find(|(own, _)| own == key).map(|(_, text)| text);
                writeln!(tables, "{:?},", text.ok_or("compared above")?)?;
            }
            writeln!(tables, "],")?;
        }
        writeln!(tables, "}} }}")?;
    }
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("keys.rs"), keys)?;
    fs::write(Path::new(&out).join("tables.rs"), tables)?;
    Ok(())
}

fn texts(file: &toml::Table, groups: &[&str]) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut texts = Vec::new();
    for group in groups {
        let table = file
            .get(*group)
            .and_then(toml::Value::as_table)
            .ok_or(format!("no group [{group}]"))?;
        for (key, text) in table {
            let text = text.as_str().ok_or(format!("{group}.{key} is no text"))?;
            texts.push((key.clone(), text.to_owned()));
        }
    }
    Ok(texts)
}

fn write_keys(
    keys: &mut String,
    type_name: &str,
    texts: &[(String, String)],
    of_first: usize,
) -> Result<(), Box<dyn Error>> {
    writeln!(
        keys,
        "/// A text of this group.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum {type_name} {{"
    )?;
    for (key, text) in texts {
        writeln!(keys, "    #[doc = {text:?}]\n    {},", variant(key))?;
    }
    writeln!(
        keys,
        "}}\nimpl {type_name} {{\n    /// How many there are.\n    pub const COUNT: usize = {};\n    \
         /// How many of them are of the first group.\n    pub const OF_FIRST_GROUP: usize = {of_first};",
        texts.len()
    )?;
    writeln!(
        keys,
        "    /// The place in the table.\n    pub const fn index(self) -> usize {{\n        match self {{"
    )?;
    for (index, (key, _)) in texts.iter().enumerate() {
        writeln!(keys, "            Self::{} => {index},", variant(key))?;
    }
    writeln!(keys, "        }}\n    }}\n}}")?;
    Ok(())
}

fn variant(key: &str) -> String {
    key.split('_')
        .map(|part| {
            let mut chars = part.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
                .collect::<String>()
        })
        .collect()
}

fn variables(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

fn compare(
    path: &str,
    group: &str,
    reference: &[(String, String)],
    own: &[(String, String)],
) -> Result<(), Box<dyn Error>> {
    for (key, text) in reference {
        let Some((_, other)) = own.iter().find(|(other, _)| other == key) else {
            return Err(format!("{path}: {group}.{key} is missing").into());
        };
        if variables(text) != variables(other) {
            return Err(
                format!("{path}: {group}.{key} has other variables than in English").into(),
            );
        }
    }
    match own
        .iter()
        .find(|(key, _)| !reference.iter().any(|(known, _)| known == key))
    {
        Some((key, _)) => Err(format!("{path}: {group}.{key} is unknown in English").into()),
        None => Ok(()),
    }
}
