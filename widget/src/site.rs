//! What the frame's page says about the site.

use domain::{
    Language,
    site::{Ask, SiteKey},
};
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};

use crate::dom::{get, get_text};

/// A field of the start form, in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    Email,
    Phone,
    JobTitle,
}

impl Field {
    pub const ALL: [Self; 4] = [Self::Name, Self::Email, Self::Phone, Self::JobTitle];

    /// Its name in the page's data and in what the browser keeps.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::JobTitle => "job_title",
        }
    }
}

/// A stretch of the site's words, as the server found it formatted.
pub struct Span {
    pub words: String,
    /// The elements that stand around it: `strong`, `em`.
    pub around: Vec<&'static str>,
    /// A safe link's target.
    pub link: Option<String>,
}

fn spans(data: &JsValue) -> Vec<Span> {
    let Some(data) = data.dyn_ref::<Array>() else {
        return Vec::new();
    };
    data.iter()
        .map(|span| Span {
            words: get_text(&span, "words"),
            around: ["strong", "em"]
                .into_iter()
                .filter(|name| get(&span, name).is_truthy())
                .collect(),
            link: get(&span, "link").as_string(),
        })
        .collect()
}

/// The site, as far as its visitors may know it.
pub struct Site {
    pub key: SiteKey,
    pub name: String,
    /// The site's own words at the start.
    pub greeting: Option<String>,
    /// The site's own words for when nobody takes the chat; empty if it has none.
    pub fallback: Vec<Span>,
    pub language: Language,
    /// The picture in the head until an agent is there: its file name under `/photos/`.
    pub avatar: Option<String>,
    /// Visitors may attach files.
    pub files: bool,
    /// The browser's time zone.
    pub zone: String,
    /// Whether one points with a finger: a query of the browser, whose answer may change.
    pub touch: JsValue,
    /// Draw a booking card, and say why a booking was refused: see `frame.js`.
    pub draw_card: Function,
    pub refuse_card: Function,
    /// Whether anybody could be asked when the page was made, or has been there since.
    pub available: bool,
    /// What the start form asks for; fields that are off are left out, but for the email, which
    /// who leaves a message is asked for.
    pub form: Vec<(Field, Ask)>,
}

impl Site {
    /// Reads the page's data; none if it has no key.
    pub fn read(data: &JsValue) -> Option<Self> {
        let form = get(data, "form");
        // The server has chosen one that there is: a plain look, without what parsing brings.
        let language = get_text(data, "language");
        let language = Language::ALL.into_iter().find(|of| of.tag() == language);
        Some(Self {
            key: get_text(data, "key").parse().ok()?,
            name: get_text(data, "name"),
            greeting: get(data, "greeting").as_string(),
            fallback: spans(&get(data, "fallback")),
            language: language.unwrap_or_default(),
            avatar: get(data, "avatar").as_string(),
            files: get(data, "files").is_truthy(),
            zone: get_text(data, "zone"),
            touch: get(data, "touch"),
            draw_card: get(data, "drawCard").unchecked_into(),
            refuse_card: get(data, "refuseCard").unchecked_into(),
            available: get(data, "available") != JsValue::FALSE,
            form: Field::ALL
                .into_iter()
                .filter_map(|field| {
                    let ask = match get_text(&form, field.name()).as_str() {
                        "required" => Ask::Required,
                        "optional" => Ask::Optional,
                        _ if field == Field::Email => Ask::Off,
                        _ => return None,
                    };
                    Some((field, ask))
                })
                .collect(),
        })
    }
}
