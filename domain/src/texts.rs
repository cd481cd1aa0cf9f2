//! What people read. One file per language in `domain/texts`; the keys are enums made from the
//! English file at build time, and a language whose keys or variables differ does not build.
//!
//! Six groups: `shared` (chat, inbox and files), `chat`, `inbox`, `office` (what only those pages
//! of the inbox say that load later; its keys follow those of `inbox` in one enum), and two that
//! only the server words: `page` (the pages around a chat) and `letter` (mails). The page of a chat
//! or of the inbox is given the texts of its one language as a JSON array of strings: the shared
//! ones, then its own group, each in the order of its keys.

/// The keys of each group.
pub mod keys {
    mod made {
        include!(concat!(env!("OUT_DIR"), "/keys.rs"));
    }
    pub use made::{ChatText, InboxText, LetterText, PageText, SharedText};
}

/// Something that knows the words for the keys `K` in one language.
pub trait Words<K> {
    /// The text of a key, with its `{variables}` not yet filled in.
    fn word(&self, key: K) -> &str;
}

/// Puts values into the `{variables}` of a text. What a value contains is not looked at again.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(value);
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(feature = "texts")]
mod table {
    use super::{
        Words,
        keys::{ChatText, InboxText, LetterText, PageText, SharedText},
    };
    use crate::Language;

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));

    /// All words of a language; on the server.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Table(pub Language);

    fn at(table: &'static [&'static str], index: usize) -> &'static str {
        table.get(index).copied().unwrap_or_default()
    }

    impl Words<SharedText> for Table {
        fn word(&self, key: SharedText) -> &str {
            at(shared(self.0), key.index())
        }
    }

    impl Words<ChatText> for Table {
        fn word(&self, key: ChatText) -> &str {
            at(chat(self.0), key.index())
        }
    }

    impl Words<InboxText> for Table {
        fn word(&self, key: InboxText) -> &str {
            at(inbox(self.0), key.index())
        }
    }

    impl Words<PageText> for Table {
        fn word(&self, key: PageText) -> &str {
            at(page(self.0), key.index())
        }
    }

    impl Words<LetterText> for Table {
        fn word(&self, key: LetterText) -> &str {
            at(letter(self.0), key.index())
        }
    }

    impl Table {
        /// The texts that the visitor's page is given: the shared ones, then those of the chat.
        pub fn for_chat(self) -> impl Iterator<Item = &'static str> {
            shared(self.0).iter().chain(chat(self.0)).copied()
        }

        /// The texts that the agent's page is given: the shared ones, then those of the inbox.
        pub fn for_inbox(self) -> impl Iterator<Item = &'static str> {
            let count = SharedText::COUNT + InboxText::OF_FIRST_GROUP;
            self.for_office().take(count)
        }

        /// As [`Table::for_inbox`], and those of the pages that load later.
        pub fn for_office(self) -> impl Iterator<Item = &'static str> {
            shared(self.0).iter().chain(inbox(self.0)).copied()
        }
    }
}

#[cfg(feature = "texts")]
pub use table::Table;

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_are_filled_in_once() {
        assert_eq!(
            fill("{agent} of {site}", &[("agent", "{site}"), ("site", "X")]),
            "{site} of X"
        );
        assert_eq!(fill("a { b", &[]), "a { b");
    }
}
