//! The languages that Casella speaks. Another one: add its file in `texts` and its line here.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language of the inbox and the chat.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Language {
    /// English, the default.
    #[default]
    English,
    /// Italian.
    Italian,
}

/// A language tag that Casella has no texts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLanguage;

impl Language {
    /// All of them, in the order of their text files.
    pub const ALL: [Self; 2] = [Self::English, Self::Italian];

    /// The tag of HTML's `lang` and of the configuration (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Italian => "it",
        }
    }

    /// The first language of `wanted` that Casella speaks; takes what `Accept-Language` and
    /// `navigator.languages` hold, weights already in order (`it-IT, en;q=0.8`).
    pub fn preferred(wanted: &str) -> Option<Self> {
        wanted
            .split(',')
            .find_map(|tag| tag.split(';').next().and_then(|tag| tag.parse().ok()))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such language: expected en or it")
    }
}

impl core::error::Error for UnknownLanguage {}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
            .ok_or(UnknownLanguage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_is_preferred() {
        assert_eq!(
            Language::preferred("de-CH, it-IT;q=0.9, en;q=0.8"),
            Some(Language::Italian)
        );
        assert_eq!(Language::preferred("de"), None);
    }
}
