//! What stands around every page behind a link: head, policy, headers; and the calm page that says
//! why there is nothing else.

use axum::response::{Html, IntoResponse, Response};
use domain::{
    Language,
    texts::{Table, Words, keys::PageText},
};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::chat_page::escape;

/// Nothing runs, and nothing but Casella's own style and photos is loaded.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// A whole page. `style` is the address of its style sheet.
pub fn page(
    status: StatusCode,
    language: Language,
    title: &str,
    style: &str,
    content: &str,
) -> Response {
    let title = escape(title);
    let page = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"{style}\">\n\
         </head>\n<body>\n<main>\n{content}</main>\n</body>\n</html>\n"
    );
    let mut response = (status, Html(page)).into_response();
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(HeaderName::from_static("x-robots-tag"), "noindex");
    // The address is the key to the meeting: no other site is told. Not `no-referrer`, with which
    // browsers send `Origin: null` with the page's own forms.
    set(header::REFERRER_POLICY, "same-origin");
    response
}

/// A page that only says something: a heading and what to do.
pub fn note(
    status: StatusCode,
    language: Language,
    style: &str,
    heading: PageText,
    hint: PageText,
) -> Response {
    let words = Table(language);
    let (heading, hint) = (words.word(heading), words.word(hint));
    let content = format!("<h1>{}</h1>\n<p>{}</p>\n", escape(heading), escape(hint));
    page(status, language, heading, style, &content)
}
