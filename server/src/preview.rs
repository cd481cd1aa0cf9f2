//! How a site's chat looks, for agents: the real chat on a page of Casella's own, light and dark,
//! and as wide as a phone.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use backend::SignedIn;
use domain::{
    Language,
    site::{Scheme, Site},
    texts::{Table, Words, keys::PageText},
};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;

use crate::{
    chat_page::escape,
    loader,
    node::Node,
    page::{SIGN_IN, language},
    problem::Problem,
};

/// What stands after the `?`.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    scheme: Option<Scheme>,
}

/// `GET /preview/{key}`.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Extension(who): Extension<Option<SignedIn>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if who.is_none() {
        return Ok(Redirect::to(SIGN_IN).into_response());
    }
    let site = loader::site(&node, &key).await?;
    let language = language(who.as_ref(), &headers);
    let nonce = nonce();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; frame-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    Ok(answer(overview(&site, language, &nonce), &policy))
}

/// `GET /preview/{key}/page?scheme=dark`: a page that carries the chat, as a site's would.
pub async fn sample(
    State(node): State<Arc<Node>>,
    Extension(who): Extension<Option<SignedIn>>,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if who.is_none() {
        return Ok(Redirect::to(SIGN_IN).into_response());
    }
    let site = loader::site(&node, &key).await?;
    let language = language(who.as_ref(), &headers);
    let nonce = nonce();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         frame-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'"
    );
    Ok(answer(
        sample_page(&site, language, wanted.scheme, &nonce),
        &policy,
    ))
}

fn nonce() -> String {
    let bytes = backend::random::<16>();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn answer(page: String, policy: &str) -> Response {
    let mut response = Html(page).into_response();
    if let Ok(policy) = HeaderValue::from_str(policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

const OVERVIEW_STYLE: &str = "\
:root{color-scheme:light dark;--line:light-dark(#e3e6e9,#2a3035)}\
body{margin:0;padding:24px;background:light-dark(#f6f7f8,#111416);color:light-dark(#14181b,#eceff1);\
font:14px/20px system-ui,sans-serif}\
h1{margin:0;font-size:20px;line-height:28px}\
p{margin:4px 0 24px;color:light-dark(#5a646c,#9aa5ad)}\
main{display:flex;flex-wrap:wrap;gap:24px}\
section{flex:1 1 520px;max-width:820px}\
section.phone{flex:0 0 360px}\
h2{margin:0 0 8px;font-size:14px;font-weight:600}\
iframe{box-sizing:border-box;width:100%;height:740px;border:1px solid var(--line);border-radius:12px}";

/// The same page next to itself: in each scheme that the site's visitors may see, and on a phone.
fn overview(site: &Site, language: Language, nonce: &str) -> String {
    let table = Table(language);
    let name = escape(&site.name);
    let with_name = |key| table.word(key).replace("{site}", &name);
    let title = with_name(PageText::PreviewOf);
    let hint = table.word(PageText::PreviewHint);
    let schemes: &[Scheme] = match site.settings.scheme {
        Scheme::Auto => &[Scheme::Light, Scheme::Dark],
        Scheme::Light => &[Scheme::Light],
        Scheme::Dark => &[Scheme::Dark],
    };
    let mut panes: Vec<(PageText, &str, String)> = schemes
        .iter()
        .map(|scheme| {
            let label = match scheme {
                Scheme::Dark => PageText::Dark,
                Scheme::Light | Scheme::Auto => PageText::Light,
            };
            (label, "wide", format!("?scheme={}", scheme.word()))
        })
        .collect();
    panes.push((PageText::Phone, "phone", String::new()));
    let panes: String = panes
        .into_iter()
        .map(|(label, class, query)| {
            let label = table.word(label);
            let key = &site.key;
            format!(
                "<section class=\"{class}\"><h2>{label}</h2>\
                 <iframe title=\"{label}\" src=\"/preview/{key}/page{query}\"></iframe></section>\n"
            )
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style nonce=\"{nonce}\">{OVERVIEW_STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p>{hint}</p>\n<main>\n{panes}</main>\n</body>\n</html>\n"
    )
}

const SAMPLE_STYLE: &str = "\
body{margin:0;padding:32px;background:Canvas;color:CanvasText;font:16px/24px system-ui,sans-serif}\
h1{margin:0 0 16px;font-size:24px;line-height:32px}\
div{height:12px;max-width:420px;margin:12px 0;border-radius:6px;background:CanvasText;opacity:.12}";

fn sample_page(site: &Site, language: Language, scheme: Option<Scheme>, nonce: &str) -> String {
    let name = escape(&site.name);
    let table = Table(language);
    let title = table.word(PageText::SamplePage).replace("{site}", &name);
    let query = scheme.map_or(String::new(), |scheme| format!("?scheme={}", scheme.word()));
    let ground = scheme.map_or("light dark", Scheme::word);
    let key = &site.key;
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n\
         <style nonce=\"{nonce}\">:root{{color-scheme:{ground}}}{SAMPLE_STYLE}</style>\n\
         <script nonce=\"{nonce}\">window.Casella = [[\"open\", true]];</script>\n\
         <script async src=\"/w/{key}.js{query}\"></script>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n<div></div>\n<div></div>\n<div></div>\n</main>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use domain::{SiteId, Timestamp, site::SiteSettings};

    use super::*;

    fn site(scheme: Scheme) -> Site {
        Site {
            id: SiteId::new(Timestamp(0), [0; 10]),
            key: "shop".parse().unwrap(),
            name: "<b>Ada".to_owned(),
            realm: None,
            settings: SiteSettings {
                scheme,
                ..SiteSettings::default()
            },
        }
    }

    #[test]
    fn a_site_is_shown_in_the_schemes_that_its_visitors_may_see() {
        let both = overview(&site(Scheme::Auto), Language::English, "n");
        assert!(both.contains("?scheme=light") && both.contains("?scheme=dark"));
        let dark = overview(&site(Scheme::Dark), Language::Italian, "n");
        assert!(!dark.contains("?scheme=light") && dark.contains("Anteprima di &lt;b&gt;"));
    }

    #[test]
    fn a_sites_name_is_text() {
        let page = sample_page(&site(Scheme::Auto), Language::English, None, "n");
        assert!(!page.contains("<b>") && page.contains("&lt;b&gt;Ada"));
    }
}
