//! The words of the page's one language.
//!
//! The server has the tables of every language; the browser reads the ones that the server put
//! into the page, so that the wasm holds no texts.

use domain::{
    Language,
    texts::{
        Words,
        keys::{InboxText, SharedText},
    },
};
use leptos::context::{provide_context, use_context};

#[cfg(not(feature = "ssr"))]
pub use browser::Texts;
#[cfg(feature = "ssr")]
pub use server::Texts;

/// The id of the data block that carries the texts to the browser.
pub const TEXTS_ID: &str = "texts";

impl Texts {
    /// The texts of this page.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self::of(Language::default()))
    }

    /// Makes the texts known to everything inside.
    pub fn provide(self) {
        provide_context(self);
    }

    /// A text that inbox and chat share.
    pub fn shared(self, key: SharedText) -> &'static str {
        self.at(key.index())
    }

    /// A text of the inbox. Those of the group `office` are only in the pages that load later.
    pub fn inbox(self, key: InboxText) -> &'static str {
        self.at(SharedText::COUNT + key.index())
    }
}

impl Words<SharedText> for Texts {
    fn word(&self, key: SharedText) -> &str {
        self.shared(key)
    }
}

impl Words<InboxText> for Texts {
    fn word(&self, key: InboxText) -> &str {
        self.inbox(key)
    }
}

#[cfg(feature = "ssr")]
mod server {
    use domain::{Language, texts::Table};

    /// The texts of one language.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Texts {
        pub language: Language,
    }

    impl Texts {
        /// The texts of a language.
        pub fn of(language: Language) -> Self {
            Self { language }
        }

        pub(super) fn at(self, index: usize) -> &'static str {
            Table(self.language)
                .for_office()
                .nth(index)
                .unwrap_or_default()
        }
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use std::cell::OnceCell;

    use domain::Language;
    use js_sys::{Array, JSON};

    /// The texts that stand in this page.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Texts {
        pub language: Language,
    }

    thread_local! {
        static TABLE: OnceCell<&'static [String]> = const { OnceCell::new() };
    }

    impl Texts {
        /// The texts of a language: always those of the page, which has only one.
        pub fn of(language: Language) -> Self {
            Self { language }
        }

        /// The texts of the page that the browser shows.
        pub fn of_page() -> Self {
            let tag = web_sys::window()
                .and_then(|window| window.document())
                .and_then(|document| document.document_element())
                .and_then(|root| root.get_attribute("lang"));
            Self::of(tag.and_then(|tag| tag.parse().ok()).unwrap_or_default())
        }

        pub(super) fn at(self, index: usize) -> &'static str {
            let table: &'static [String] = TABLE.with(|table| {
                // Read once and kept for the life of the page.
                *table.get_or_init(|| Box::leak(read().into_boxed_slice()))
            });
            table.get(index).map_or("", String::as_str)
        }
    }

    fn read() -> Vec<String> {
        let json = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.get_element_by_id(super::TEXTS_ID))
            .and_then(|block| block.text_content())
            .unwrap_or_default();
        match JSON::parse(&json) {
            Ok(texts) => Array::from(&texts)
                .iter()
                .map(|text| text.as_string().unwrap_or_default())
                .collect(),
            Err(_) => Vec::new(),
        }
    }
}
