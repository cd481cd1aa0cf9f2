//! Sites: websites that carry the chat.

mod look;

use core::{fmt, str::FromStr, time::Duration};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Language, Refusal, SiteId, TeamId, account::EmailDomain, visitor::Profile};

pub use look::{Colour, OFFSET_PIXELS, Scheme, Side};

/// The public name of a site in addresses: 1 to 40 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteKey(String);

/// A value of a site's settings that was not taken, with what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingError(pub &'static str);

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl core::error::Error for SettingError {}

impl SiteKey {
    /// The key as it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SiteKey> for String {
    fn from(key: SiteKey) -> Self {
        key.0
    }
}

impl TryFrom<String> for SiteKey {
    type Error = SettingError;

    fn try_from(key: String) -> Result<Self, SettingError> {
        let ok = (1..=40).contains(&key.len())
            && key
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok {
            Ok(Self(key))
        } else {
            Err(SettingError("a key of 1 to 40 characters: a-z, 0-9 and -"))
        }
    }
}

impl FromStr for SiteKey {
    type Err = SettingError;

    fn from_str(key: &str) -> Result<Self, SettingError> {
        key.to_owned().try_into()
    }
}

/// Sites of one realm call the same person by the same `sub` of a signed identity, so that what they
/// did there is read together: 1 to 40 of `a-z`, `0-9` and `-`. A site without one is on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Realm(SiteKey);

impl Realm {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Realm {
    type Err = SettingError;

    fn from_str(name: &str) -> Result<Self, SettingError> {
        let expected = SettingError("a name of 1 to 40 characters: a-z, 0-9 and -");
        name.parse().map(Self).map_err(|_| expected)
    }
}

/// A web origin that may carry the chat: scheme, host and port as browsers send them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin as browsers send it: no path, no trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl TryFrom<String> for Origin {
    type Error = SettingError;

    fn try_from(origin: String) -> Result<Self, SettingError> {
        const EXPECTED: SettingError = SettingError(
            "an origin like https://www.example.com or http://127.0.0.1:3001, without a path",
        );
        let origin = origin.trim().trim_end_matches('/').to_ascii_lowercase();
        let (scheme, rest) = origin.split_once("://").ok_or(EXPECTED)?;
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return Err(EXPECTED),
        };
        let host = rest.strip_suffix(default_port).unwrap_or(rest);
        // What goes into a header and a CSP must hold no separator of either.
        let ok = !host.is_empty()
            && !host.starts_with(':')
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
        if ok {
            Ok(Self(format!("{scheme}://{host}")))
        } else {
            Err(EXPECTED)
        }
    }
}

impl FromStr for Origin {
    type Err = SettingError;

    fn from_str(origin: &str) -> Result<Self, SettingError> {
        origin.to_owned().try_into()
    }
}

/// Whether the start form asks for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    Off,
    Optional,
    Required,
}

impl FromStr for Ask {
    type Err = SettingError;

    fn from_str(word: &str) -> Result<Self, SettingError> {
        match word {
            "off" => Ok(Self::Off),
            "optional" => Ok(Self::Optional),
            "required" => Ok(Self::Required),
            _ => Err(SettingError("off, optional or required")),
        }
    }
}

/// The start form of a site. `First message` is always offered and always optional.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartForm {
    pub name: Ask,
    pub email: Ask,
    pub phone: Ask,
    pub job_title: Ask,
}

impl Default for StartForm {
    fn default() -> Self {
        Self {
            name: Ask::Optional,
            email: Ask::Optional,
            phone: Ask::Off,
            job_title: Ask::Off,
        }
    }
}

impl StartForm {
    /// Whether everything that the form requires is there.
    ///
    /// # Errors
    /// [`Refusal::Required`] if not.
    pub fn check(&self, profile: &Profile) -> Result<(), Refusal> {
        let missing = |ask: Ask, known: bool| ask == Ask::Required && !known;
        if missing(self.name, profile.name.is_some())
            || missing(self.email, profile.email.is_some())
            || missing(self.phone, profile.phone.is_some())
            || missing(self.job_title, profile.job_title.is_some())
        {
            return Err(Refusal::Required);
        }
        Ok(())
    }
}

/// How long an offer stands, in seconds.
pub const OFFER_SECONDS: core::ops::RangeInclusive<u32> = 10..=600;

/// After how long without a word a chat ends, in seconds.
pub const INACTIVITY_SECONDS: core::ops::RangeInclusive<u32> = 120..=86_400;

/// The longest greeting, and the longest fallback message, in characters a language.
pub const GREETING_CHARS: usize = 500;
pub const FALLBACK_CHARS: usize = 2_000;

/// How many email domains a site may block.
pub const BLOCKED_DOMAINS: usize = 50;

/// What happens when the owner of a visitor's account is not eligible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnerAway {
    /// The team is asked.
    #[default]
    Team,
    /// The visitor gets the fallback at once.
    Fallback,
}

impl FromStr for OwnerAway {
    type Err = SettingError;

    fn from_str(word: &str) -> Result<Self, SettingError> {
        match word {
            "team" => Ok(Self::Team),
            "fallback" => Ok(Self::Fallback),
            _ => Err(SettingError("team or fallback")),
        }
    }
}

/// A site's own words, per language; where none are set, the standard ones are used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wording(BTreeMap<Language, String>);

impl Wording {
    /// The words in a language.
    pub fn get(&self, language: Language) -> Option<&str> {
        self.0.get(&language).map(String::as_str)
    }

    /// How many characters the longest words have.
    pub fn longest(&self) -> usize {
        let lengths = self.0.values().map(|words| words.chars().count());
        lengths.max().unwrap_or(0)
    }

    /// Replaces the words in a language; none: the standard ones.
    pub fn set(&mut self, language: Language, words: Option<String>) {
        match words {
            Some(words) => self.0.insert(language, words),
            None => self.0.remove(&language),
        };
    }
}

/// Everything about a site that an administrator can set. Stored as JSON; a field that an
/// older release did not write takes its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteSettings {
    /// Origins whose pages may carry the chat.
    pub origins: Vec<Origin>,
    /// Ground of the launcher and of the chat's head.
    pub colour: Colour,
    pub side: Side,
    /// How far the launcher stands from the page's bottom and side, in CSS pixels, in
    /// [`OFFSET_PIXELS`].
    pub bottom_pixels: u32,
    pub side_pixels: u32,
    /// Light, dark, or as the visitor's system is.
    pub scheme: Scheme,
    /// The picture in the chat's head until an agent is there: its file name under `/photos/`.
    pub avatar: Option<String>,
    /// Whether visitors may attach files once a chat is active.
    pub visitor_files: bool,
    /// The words that open the chat, at most [`GREETING_CHARS`] a language.
    pub greeting: Wording,
    /// What a visitor reads when nobody takes the chat, at most [`FALLBACK_CHARS`] a language.
    pub fallback: Wording,
    /// Whether a visitor whose chat nobody takes is offered to book a meeting.
    pub fallback_meetings: bool,
    /// The one language of the site's chat; none means the page's, else the browser's.
    pub language: Option<Language>,
    /// The language when neither page nor browser asks for one that Casella speaks.
    pub default_language: Language,
    pub form: StartForm,
    /// How long an offer stands, in [`OFFER_SECONDS`].
    pub offer_seconds: u32,
    /// After how long without a word a chat ends, in [`INACTIVITY_SECONDS`].
    pub inactivity_seconds: u32,
    /// Who serves the site; none: every agent.
    pub team: Option<TeamId>,
    /// Whether all agents are asked when nobody of the team is eligible at the start.
    pub beyond_team: bool,
    /// What happens when the owner of the visitor's account is not eligible.
    pub owner_away: OwnerAway,
    /// Visitors with an email of these domains are refused politely; at most
    /// [`BLOCKED_DOMAINS`].
    pub blocked_domains: Vec<EmailDomain>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            colour: Colour::ACCENT,
            side: Side::Right,
            bottom_pixels: 20,
            side_pixels: 20,
            scheme: Scheme::default(),
            avatar: None,
            visitor_files: false,
            greeting: Wording::default(),
            fallback: Wording::default(),
            fallback_meetings: false,
            language: None,
            default_language: Language::English,
            form: StartForm::default(),
            offer_seconds: 100,
            inactivity_seconds: 600,
            team: None,
            beyond_team: false,
            owner_away: OwnerAway::default(),
            blocked_domains: Vec::new(),
        }
    }
}

impl SiteSettings {
    /// The times that the life of a conversation follows.
    pub fn times(&self) -> Times {
        Times {
            offer: Duration::from_secs(self.offer_seconds.into()),
            inactivity: Duration::from_secs(self.inactivity_seconds.into()),
        }
    }
}

/// The times of a site, for the rules of a conversation's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How long one agent has to accept.
    pub offer: Duration,
    /// After how long without a word an active conversation ends.
    pub inactivity: Duration,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub id: SiteId,
    pub key: SiteKey,
    /// The company's or site's name, shown in the chat's head before an agent is there.
    pub name: String,
    /// With which other sites it shares its people; none: with no other.
    pub realm: Option<Realm>,
    pub settings: SiteSettings,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        let origin: Origin = "HTTPS://Www.Example.com:443/".parse().unwrap();
        assert_eq!(origin.as_str(), "https://www.example.com");
        for wrong in [
            "example.com",
            "ftp://example.com",
            "https://example.com/a",
            "https://a b",
            "https://*",
            "http://x;y",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_required_field_must_be_there() {
        let form = StartForm {
            email: Ask::Required,
            ..StartForm::default()
        };
        assert_eq!(form.check(&Profile::default()), Err(Refusal::Required));
    }
}
