//! The page of the visitor's chat, which a site's pages show in a frame.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    response::{Html, IntoResponse, Response},
};
use domain::{
    Language,
    markup::{Span, spans},
    site::{Ask, Scheme, Site},
    texts::{
        Table, Words,
        keys::{ChatText, PageText, SharedText},
    },
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    loader::{self, for_script},
    node::Node,
    problem::Problem,
};

/// What stands after the `?`.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    lang: Option<String>,
    /// `light` or `dark`; anything else is as the visitor's system is.
    scheme: Option<String>,
}

/// `GET /w/{key}/frame?lang=xx`.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let site = loader::site(&node, &key).await?;
    let manifest = node.assets.manifest().await?;
    let files = Files {
        style: manifest.address("chat.css")?,
        script: manifest.address("chat.js")?,
        wasm: manifest.address("chat.wasm")?,
    };
    let available = node.casella.somebody_is_available(site.id).await?;
    let language = language(&site, wanted.lang.as_deref(), &headers);
    let nonce: String = backend::random::<16>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let scheme = wanted.scheme.and_then(|word| word.parse().ok());
    let scheme = scheme.unwrap_or(site.settings.scheme);
    let page = page(&site, language, scheme, available, &files, &nonce);

    let mut response = Html(page).into_response();
    let answer = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy(&site, &nonce)) {
        answer.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // Pages that isolate themselves carry only frames that do so too. All that it loads is of its own origin.
    for (name, value) in [
        ("cross-origin-resource-policy", "cross-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
    ] {
        let name = HeaderName::from_static(name);
        answer.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// The files that the page loads.
#[derive(Default)]
struct Files {
    style: String,
    script: String,
    wasm: String,
}

/// The script's wish, else the site's one language, else the browser's, else the site's default.
fn language(site: &Site, wanted: Option<&str>, headers: &HeaderMap) -> Language {
    let browsers = headers.get(header::ACCEPT_LANGUAGE);
    let browsers = browsers.and_then(|value| value.to_str().ok());
    wanted
        .and_then(|tag| tag.parse().ok())
        .or(site.settings.language)
        .or_else(|| browsers.and_then(Language::preferred))
        .unwrap_or(site.settings.default_language)
}

/// Only the site's pages may show it, and Casella's own, for a preview; it may reach nothing but
/// Casella.
fn policy(site: &Site, nonce: &str) -> String {
    let origins: Vec<&str> = site
        .settings
        .origins
        .iter()
        .map(|origin| origin.as_str())
        .collect();
    let ancestors = origins.join(" ");
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'self' {ancestors}"
    )
}

/// The spans of a company's words, as the chat draws them.
fn formatted(words: &str) -> Vec<Value> {
    let object = |span: Span<'_>| {
        json!({
            "words": span.text,
            "strong": span.strong,
            "em": span.emphasis,
            "link": span.link,
        })
    };
    spans(words).into_iter().map(object).collect()
}

fn page(
    site: &Site,
    language: Language,
    scheme: Scheme,
    available: bool,
    files: &Files,
    nonce: &str,
) -> String {
    let settings = &site.settings;
    let texts: Vec<&str> = Table(language).for_chat().collect();
    let texts = for_script(&json!(texts));
    let description = for_script(&json!({
        "key": site.key.as_str(),
        "name": site.name,
        "greeting": settings.greeting.get(language),
        "fallback": settings.fallback.get(language).map(formatted),
        "form": {
            "name": ask(settings.form.name),
            "email": ask(settings.form.email),
            "phone": ask(settings.form.phone),
            "job_title": ask(settings.form.job_title),
        },
        "origins": settings.origins,
        "language": language.tag(),
        "avatar": settings.avatar,
        "files": settings.visitor_files,
        "available": available,
        "card": card_words(Table(language)),
    }));
    let name = escape(&site.name);
    let theme = match scheme {
        Scheme::Auto => String::new(),
        fixed => format!(" data-theme=\"{}\"", fixed.word()),
    };
    let (accent, on_accent) = (settings.colour, settings.colour.on());
    let Files {
        style,
        script,
        wasm,
    } = files;
    format!(
        "<!doctype html>\n\
         <html lang=\"{language}\"{theme}>\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}</title>\n\
         <link rel=\"stylesheet\" href=\"{style}\">\n\
         <style nonce=\"{nonce}\">:root{{--accent:{accent};--on-accent:{on_accent}}}</style>\n\
         <link rel=\"preload\" href=\"{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
         <script type=\"module\" src=\"{script}\"></script>\n\
         </head>\n\
         <body>\n\
         <main id=\"chat\"><header class=\"head\"><h1>{name}</h1></header></main>\n\
         <script type=\"application/json\" id=\"texts\">{texts}</script>\n\
         <script type=\"application/json\" id=\"site\">{description}</script>\n\
         </body>\n\
         </html>\n"
    )
}

/// What the script of booking cards says, by the names that it knows.
fn card_words(words: Table) -> Value {
    let said = |key: PageText| words.word(key);
    json!({
        "meet": said(PageText::Meet),
        "zone": said(PageText::TimeZone),
        "minutes": said(PageText::Minutes),
        "earlier": said(PageText::EarlierDays),
        "later": said(PageText::LaterDays),
        "freeTimes": said(PageText::FreeTimes),
        "choose": said(PageText::ChooseTime),
        "email": words.word(SharedText::Email),
        "noEmail": words.word(ChatText::EmailMalformed),
        "book": said(PageText::BookMeeting),
        "booking": said(PageText::Booking),
        "booked": said(PageText::MeetingBooked),
        "cancelled": said(PageText::MeetingCancelled),
        "reschedule": said(PageText::RescheduleMeeting),
        "cancel": said(PageText::CancelMeeting),
        "toCalendar": said(PageText::AddToCalendar),
        "taken": said(PageText::JustTaken),
        "none": said(PageText::NoFreeTimes),
        "newer": said(PageText::NewerCard),
        "ended": said(PageText::CardEnded),
        "noMail": said(PageText::NoMailSent),
    })
}

fn ask(ask: Ask) -> &'static str {
    match ask {
        Ask::Off => "off",
        Ask::Optional => "optional",
        Ask::Required => "required",
    }
}

/// Text as text in HTML, also inside an attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use domain::{SiteId, Timestamp, site::SiteSettings};

    use super::*;

    fn site() -> Site {
        Site {
            id: SiteId::new(Timestamp(0), [0; 10]),
            key: "demo".parse().unwrap(),
            name: "<b>Ada & Co".to_owned(),
            realm: None,
            settings: SiteSettings {
                origins: vec!["https://a.example".parse().unwrap()],
                ..SiteSettings::default()
            },
        }
    }

    #[test]
    fn only_the_sites_origins_may_show_the_chat() {
        assert!(policy(&site(), "n").ends_with("frame-ancestors 'self' https://a.example"));
        let mut nobody = site();
        nobody.settings.origins.clear();
        assert!(policy(&nobody, "n").ends_with("frame-ancestors 'self' "));
    }

    #[test]
    fn a_sites_name_is_text_wherever_it_stands() {
        let page = page(
            &site(),
            Language::English,
            Scheme::Auto,
            true,
            &Files::default(),
            "n",
        );
        assert!(!page.contains("<b>"));
        assert!(page.contains("<h1>&lt;b&gt;Ada &amp; Co</h1>"));
    }

    #[test]
    fn a_fixed_scheme_stands_in_the_page() {
        let page = |scheme| {
            page(
                &site(),
                Language::English,
                scheme,
                true,
                &Files::default(),
                "n",
            )
        };
        assert!(page(Scheme::Dark).contains("<html lang=\"en\" data-theme=\"dark\">"));
        assert!(page(Scheme::Auto).contains("<html lang=\"en\">"));
    }

    #[test]
    fn the_page_has_the_sites_words_in_its_language() {
        let mut site = site();
        let words = |words: &str| Some(words.to_owned());
        let greeting = &mut site.settings.greeting;
        greeting.set(Language::English, words("Welcome"));
        greeting.set(Language::Italian, words("Benvenuti"));
        site.settings
            .fallback
            .set(Language::Italian, words("**Chiuso**"));
        let english = page(
            &site,
            Language::English,
            Scheme::Auto,
            true,
            &Files::default(),
            "n",
        );
        assert!(english.contains(r#""greeting":"Welcome""#));
        assert!(english.contains(r#""fallback":null"#));
        let italian = page(
            &site,
            Language::Italian,
            Scheme::Auto,
            true,
            &Files::default(),
            "n",
        );
        assert!(italian.contains(r#""greeting":"Benvenuti""#));
        let fallback = r#""fallback":[{"em":false,"link":null,"strong":true,"words":"Chiuso"}]"#;
        assert!(italian.contains(fallback));
    }

    #[test]
    fn the_scripts_language_comes_before_the_sites_and_the_browsers() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("it"));
        let mut site = site();
        assert_eq!(language(&site, None, &headers), Language::Italian);
        site.settings.language = Some(Language::English);
        assert_eq!(language(&site, None, &headers), Language::English);
        assert_eq!(language(&site, Some("it-CH"), &headers), Language::Italian);
        assert_eq!(language(&site, Some("xx"), &headers), Language::English);
    }
}
