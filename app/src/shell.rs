//! The document around the inbox: what the server sends before any script runs.

use domain::{Language, texts::Table};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{
    App,
    place::Place,
    texts::{TEXTS_ID, Texts},
};

/// The addresses of what the page loads, as `/assets/…`.
#[derive(Clone, Debug)]
pub struct PageAssets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// The page on which the first admin is made.
pub const SETUP: &str = "/setup";

/// What runs in the page, and what that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The conversations, and signing in.
    Inbox,
    /// The same with the pages that few open: larger, with style and texts of its own besides.
    Office,
}

impl Program {
    /// The one that a page of this path loads.
    pub fn of(path: &str) -> Self {
        match Place::of(path, "") {
            None if path == SETUP => Self::Office,
            Some(Place::Inbox { .. }) | None => Self::Inbox,
            Some(_) => Self::Office,
        }
    }

    /// The name of its files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Office => "office",
        }
    }
}

/// The inbox's document in one language. Scripts carry the nonce of the response.
pub fn shell(program: Program, assets: PageAssets, language: Language) -> impl IntoView {
    Texts::of(language).provide();
    let PageAssets { js, wasm, css } = assets;
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang=language.tag()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="robots" content="noindex" />
                <link rel="icon" href=ICON />
                <link rel="stylesheet" href=css />
                <link
                    rel="preload"
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                    href=wasm
                />
                <script id=TEXTS_ID r#type="application/json" inner_html=json(program, language)></script>
                <script nonce=nonce.clone() inner_html=ASKS></script>
                <script r#type="module" nonce=nonce src=js></script>
                <MetaTags />
            </head>
            // What changes is drawn into texts that the page holds on to; a translation would take their
            // place, and the page would go on showing what no longer is.
            <body translate="no">
                <App />
            </body>
        </html>
    }
}

/// Says before the first paint whether the bar that offers notifications will be needed, and whether
/// it was read that there is no mail.
const ASKS: &str = "{let d=document.documentElement.dataset;d.notifications=window.Notification?.permission;try{d.mail=localStorage[\"casella:mail\"]}catch{}}";

/// The mark as a picture inside the page, so that it costs no request.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E%3Cpath d='M5 0h8a5 5 0 0 1 5 5v8a5 5 0 0 1-5 5H0V5a5 5 0 0 1 5-5z' fill='%230b6b5e'/%3E%3C/svg%3E";

/// The texts as a JSON array that may stand inside a script element.
fn json(program: Program, language: Language) -> String {
    let count = match program {
        Program::Inbox => Table(language).for_inbox().count(),
        Program::Office => Table(language).for_office().count(),
    };
    let mut json = String::from("[");
    for (index, text) in Table(language).for_office().take(count).enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push('"');
        for c in text.chars() {
            match c {
                '"' => json.push_str("\\\""),
                '\\' => json.push_str("\\\\"),
                '<' => json.push_str("\\u003c"),
                c if c.is_control() => json.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => json.push(c),
            }
        }
        json.push('"');
    }
    json.push(']');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_cannot_close_their_script() {
        for language in Language::ALL {
            let [inbox, office] =
                [Program::Inbox, Program::Office].map(|program| json(program, language));
            assert!(office.starts_with("[\"") && office.ends_with("\"]"));
            assert!(!office.contains('<'));
            assert!(office.starts_with(inbox.trim_end_matches(']')));
        }
    }
}
