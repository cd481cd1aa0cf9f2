//! How the chat looks on a site.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::SettingError;

/// A colour as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// The token `accent` of the light scheme.
    pub const ACCENT: Self = Self([0x0b, 0x6b, 0x5e]);

    /// The colour of text on this ground: white or near-black, whichever has more contrast
    /// (WCAG 2.2, relative luminance).
    pub fn on(self) -> Self {
        const WHITE: Colour = Colour([0xff; 3]);
        const DARK: Colour = Colour([0x10, 0x14, 0x16]);
        if contrast(self, WHITE) >= contrast(self, DARK) {
            WHITE
        } else {
            DARK
        }
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl TryFrom<String> for Colour {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        const EXPECTED: SettingError = SettingError("a colour like #0b6b5e");
        let hex = text
            .strip_prefix('#')
            .filter(|hex| hex.len() == 6)
            .ok_or(EXPECTED)?;
        let channel = |at: usize| {
            hex.get(at..at + 2)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(EXPECTED)
        };
        Ok(Self([channel(0)?, channel(2)?, channel(4)?]))
    }
}

impl FromStr for Colour {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        text.to_owned().try_into()
    }
}

/// On which side of the page the launcher stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Left,
    #[default]
    Right,
}

impl FromStr for Side {
    type Err = SettingError;

    fn from_str(word: &str) -> Result<Self, SettingError> {
        match word {
            "left" => Ok(Self::Left),
            "right" => Ok(Self::Right),
            _ => Err(SettingError("left or right")),
        }
    }
}

/// Whether the chat is light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    Light,
    Dark,
    /// As the visitor's system is.
    #[default]
    Auto,
}

impl Scheme {
    /// The word for it, in settings and in the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Auto => "auto",
        }
    }
}

impl FromStr for Scheme {
    type Err = SettingError;

    fn from_str(word: &str) -> Result<Self, SettingError> {
        [Self::Light, Self::Dark, Self::Auto]
            .into_iter()
            .find(|scheme| scheme.word() == word)
            .ok_or(SettingError("light, dark or auto"))
    }
}

/// How far from the page's edges the launcher may stand, in CSS pixels.
pub const OFFSET_PIXELS: core::ops::RangeInclusive<u32> = 0..=400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_on_a_sites_colour_has_the_better_contrast() {
        assert_eq!(
            "#0b6b5e".parse::<Colour>().unwrap().on().to_string(),
            "#ffffff"
        );
        assert_eq!(
            "#ffd54f".parse::<Colour>().unwrap().on().to_string(),
            "#101416"
        );
    }
}
