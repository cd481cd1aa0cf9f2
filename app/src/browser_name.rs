//! Browsers in a few words.

use domain::texts::{fill, keys::InboxText};

use crate::texts::Texts;

/// What a browser calls itself, more telling parts first: most of them claim to be others too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// What people call the browser that describes itself like this, and what it runs on.
pub fn browser_name(user_agent: &str, texts: Texts) -> String {
    let find = |names: &[(&str, &'static str)]| {
        let known = names.iter().find(|(mark, _)| user_agent.contains(mark));
        known.map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => fill(
            texts.inbox(InboxText::BrowserOn),
            &[("browser", browser), ("system", system)],
        ),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => texts.inbox(InboxText::SomeBrowser).to_owned(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use domain::Language;

    use super::*;

    #[test]
    fn a_browser_is_called_what_people_call_it() {
        let texts = Texts::of(Language::English);
        let linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome = format!("{linux} Chrome/146.0.0.0 Safari/537.36");
        assert_eq!(browser_name(&chrome, texts), "Chrome on Linux");
        assert_eq!(
            browser_name(&format!("{chrome} Edg/146.0"), texts),
            "Edge on Linux"
        );
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(browser_name(phone, texts), "Safari on iPhone");
        assert_eq!(browser_name("curl/8", texts), "Unknown browser");
    }
}
