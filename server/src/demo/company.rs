//! The page of the demo company: plain HTML under a strict policy, as a careful company has it.
//! The chat needs one line of it.

use axum::{
    Router,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::SITE_KEY;

const STYLE: &str = include_str!("company/style.css");

/// Address, language, title and content of each page.
const PAGES: [(&str, &str, &str, &str); 4] = [
    (
        "/",
        "en",
        "Finch & Alder",
        include_str!("company/home.html"),
    ),
    (
        "/chairs",
        "en",
        "Chairs – Finch & Alder",
        include_str!("company/chairs.html"),
    ),
    (
        "/delivery",
        "en",
        "Delivery – Finch & Alder",
        include_str!("company/delivery.html"),
    ),
    (
        "/it",
        "it",
        "Finch & Alder – in italiano",
        include_str!("company/it.html"),
    ),
];

/// The company's pages, with the chat of the Casella at `casella` (an origin).
pub fn router(casella: &str) -> Router {
    let policy = format!(
        "default-src 'none'; script-src {casella}; frame-src {casella}; connect-src {casella}; \
         style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let mut router = Router::new().route("/style.css", get(style));
    for (path, language, title, content) in PAGES {
        let page = page(language, title, content, casella);
        let policy = policy.clone();
        let serve = move || {
            let answer = with_policy(page.clone(), &policy);
            async { answer }
        };
        router = router.route(path, get(serve));
    }
    router.fallback(async || (StatusCode::NOT_FOUND, "There is no such page.\n"))
}

fn with_policy(page: String, policy: &str) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    (headers, Html(page)).into_response()
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

fn page(language: &str, title: &str, content: &str, casella: &str) -> String {
    let title = title.replace('&', "&amp;");
    format!(
        "<!doctype html>\n\
         <html lang=\"{language}\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n\
         <script src=\"{casella}/w/{SITE_KEY}.js\" async></script>\n\
         </head>\n\
         <body>\n\
         <header>\n\
         <a class=\"mark\" href=\"/\">Finch &amp; Alder</a>\n\
         <nav aria-label=\"Pages\">\
         <a href=\"/chairs\">Chairs</a> <a href=\"/delivery\">Delivery</a> \
         <a href=\"/it\" hreflang=\"it\" lang=\"it\">Italiano</a></nav>\n\
         </header>\n\
         {content}\
         <footer><p>Finch &amp; Alder is a made-up company that shows Casella, an open chat.</p></footer>\n\
         </body>\n\
         </html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_needs_an_inline_script_or_style() {
        for (path, _, _, content) in PAGES {
            for inline in ["<script", "<style", "style=", "onclick="] {
                assert!(!content.contains(inline), "{path}: {inline}");
            }
        }
    }
}
