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

/// The name of the program that a page of this path loads: the pages that few open come with a
/// larger one.
pub fn program(path: &str) -> &'static str {
    match Place::of(path, "") {
        Some(Place::Agents | Place::Settings) => "office",
        Some(Place::Inbox { .. }) | None => "inbox",
    }
}

/// The inbox's document in one language. Scripts carry the nonce of the response.
pub fn shell(assets: PageAssets, language: Language) -> impl IntoView {
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
                <script id=TEXTS_ID r#type="application/json" inner_html=json(language)></script>
                <script nonce=nonce.clone() inner_html=ASKS></script>
                <script r#type="module" nonce=nonce src=js></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Says before the first paint whether the bar that offers notifications will be needed.
const ASKS: &str = "document.documentElement.dataset.notifications=window.Notification?.permission";

/// The mark as a picture inside the page, so that it costs no request.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E%3Cpath d='M5 0h8a5 5 0 0 1 5 5v8a5 5 0 0 1-5 5H0V5a5 5 0 0 1 5-5z' fill='%230b6b5e'/%3E%3C/svg%3E";

/// The texts as a JSON array that may stand inside a script element.
fn json(language: Language) -> String {
    let mut json = String::from("[");
    for (index, text) in Table(language).for_inbox().enumerate() {
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
            let json = json(language);
            assert!(json.starts_with("[\"") && json.ends_with("\"]"));
            assert!(!json.contains('<'));
        }
    }
}
