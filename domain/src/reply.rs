//! Saved replies: texts that agents insert by `/shortcut`.

use serde::{Deserialize, Serialize};

use crate::{ReplyId, text::Shortcut};

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
    while let Some((before, after)) = rest.split_once("{{") {
        let variable = after.split_once("}}").and_then(|(inside, behind)| {
            let (name, default) = inside.split_once('|').unwrap_or((inside, ""));
            let name = name.trim();
            VARIABLES.contains(&name).then(|| {
                (
                    value(name).unwrap_or_else(|| default.trim().to_owned()),
                    behind,
                )
            })
        });
        filled.push_str(before);
        match variable {
            Some((value, behind)) => {
                filled.push_str(&value);
                rest = behind;
            }
            None => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
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
        ] {
            assert_eq!(fill(text, value), filled, "{text}");
        }
    }
}
