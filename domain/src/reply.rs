//! Saved replies: texts that agents insert by `/shortcut`.

use serde::{Deserialize, Serialize};

use crate::{
    ReplyId,
    scan::{looked, split_once},
    text::Shortcut,
};

/// How many saved replies there may be: shared ones, and of each agent.
pub const SAVED_REPLIES: usize = 500;

/// A text to insert. It may hold variables, `{{visitor.name}}` or with words for when nothing is
/// known, `{{visitor.name|there}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedReply {
    pub id: ReplyId,
    /// What is typed after `/`, unique among the shared ones and among each agent's own.
    pub shortcut: Shortcut,
    /// A message's text.
    pub text: String,
    /// For every agent; else for the one who wrote it.
    pub shared: bool,
}

/// The names of the variables that a saved reply may hold.
pub const VARIABLES: [&str; 5] = [
    "visitor.name",
    "visitor.email",
    "visitor.job_title",
    "visitor.phone",
    "agent.name",
];

/// The text with its variables replaced: `value` knows what they stand for. Where nothing is
/// known, the words behind `|` stand, else nothing. What is no known variable stays as written.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = split_once(rest, "{{") {
        filled.push_str(before);
        match variable(after) {
            Begun::Variable(name, default, behind) => {
                filled.push_str(&value(name).unwrap_or_else(|| default.trim().to_owned()));
                rest = behind;
            }
            Begun::Text => {
                filled.push_str("{{");
                rest = after;
            }
            Begun::NoEnd => {
                filled.push_str("{{");
                rest = after;
                break;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// What braces begin.
enum Begun<'a> {
    /// A variable: its name, the words for when nothing is known, and what stands behind it.
    Variable(&'static str, &'a str, &'a str),
    /// Nothing.
    Text,
    /// A variable that does not end, so that no other does.
    NoEnd,
}

/// What begins with this text. Its end is looked for only behind a known name and `|`.
fn variable(text: &str) -> Begun<'_> {
    let text = trimmed(text);
    let Some(name) = VARIABLES.into_iter().find(|name| text.starts_with(name)) else {
        return Begun::Text;
    };
    let text = trimmed(text.get(name.len()..).unwrap_or_default());
    if let Some(behind) = text.strip_prefix("}}") {
        return Begun::Variable(name, "", behind);
    }
    let Some(text) = text.strip_prefix('|') else {
        return Begun::Text;
    };
    match split_once(text, "}}") {
        Some((default, behind)) => Begun::Variable(name, default, behind),
        None => Begun::NoEnd,
    }
}

fn trimmed(text: &str) -> &str {
    let trimmed = text.trim_start();
    looked(text.len() - trimmed.len() + 1);
    trimmed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_defaults_stand_in() {
        let value = |name: &str| (name == "visitor.name").then(|| "Ada".to_owned());
        for (text, filled) in [
            ("Hi {{visitor.name}}!", "Hi Ada!"),
            ("Hi {{ visitor.name | there }}!", "Hi Ada!"),
            ("To {{visitor.email|your address}}", "To your address"),
            ("To {{visitor.email}}.", "To ."),
            ("{{unknown}} {{visitor.name", "{{unknown}} {{visitor.name"),
            ("{{ {{visitor.name}}", "{{ Ada"),
            (
                "{{visitor.names}} {{visitor.name|x",
                "{{visitor.names}} {{visitor.name|x",
            ),
            ("{{agent.name|a {{ b}}}}", "a {{ b}}"),
        ] {
            assert_eq!(fill(text, value), filled, "{text}");
        }
    }
}
