//! What stands around every page behind a link: head, policy, headers; and the calm page that says
//! why there is nothing else.

use axum::response::{Html, IntoResponse, Response};
use domain::{
    Language,
    site::Site,
    texts::{Table, Words, fill, keys::PageText},
};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::chat_page::escape;

/// The frame of all pages.
pub struct Shell {
    pub words: Table,
    /// The address of the style sheet.
    style: String,
    /// The name of the site from whose chat the link came, and a rule with its colour.
    site: String,
    colour: String,
}

impl Shell {
    pub fn new(language: Language, style: String) -> Self {
        Self {
            words: Table(language),
            style,
            site: String::new(),
            colour: String::new(),
        }
    }

    /// Takes on the look of a site.
    pub fn of_site(&mut self, site: &Site, language: Language) {
        let colour = site.settings.colour;
        self.words = Table(language);
        self.site.clone_from(&site.name);
        self.colour = format!(":root{{--accent:{colour};--on-accent:{}}}", colour.on());
    }

    /// A page about meeting an agent.
    pub fn page(&self, status: StatusCode, agent: &str, content: &str) -> Response {
        let title = fill(self.words.word(PageText::Meet), &[("agent", agent)]);
        self.whole(status, &title, content)
    }

    /// A page that only says something: a heading and what to do.
    pub fn note(&self, status: StatusCode, heading: PageText, hint: PageText) -> Response {
        let (heading, hint) = (self.words.word(heading), self.words.word(hint));
        let content = format!(
            "<section class=\"card note\">\n<h1>{}</h1>\n<p>{}</p>\n</section>\n",
            escape(heading),
            escape(hint)
        );
        self.whole(status, heading, &content)
    }

    fn whole(&self, status: StatusCode, title: &str, content: &str) -> Response {
        let bytes = backend::random::<16>();
        let nonce: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let language = self.words.0;
        let title = escape(title);
        let site = escape(&self.site);
        let (style, colour) = (&self.style, &self.colour);
        let page = format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"{style}\">\n\
             <style nonce=\"{nonce}\">{colour}</style>\n</head>\n<body>\n\
             <main>\n<p class=\"site\">{site}</p>\n{content}</main>\n</body>\n</html>\n"
        );
        // Nothing runs, and nothing but Casella's own style and photos is loaded.
        let policy = format!(
            "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        let mut response = (status, Html(page)).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
        set(HeaderName::from_static("x-robots-tag"), "noindex");
        // The address is the key to the meeting: no other site is told. Not `no-referrer`, with
        // which browsers send `Origin: null` with the page's own forms.
        set(header::REFERRER_POLICY, "same-origin");
        response
    }
}
