//! Searching the conversations. What is looked for stands in the address, so that it survives a
//! reload and the way back leads to it.

use domain::{
    ConversationId,
    inbox::{ListKey, Tab},
    search::Marked,
};
use leptos::prelude::*;

use super::Inbox;
use crate::{
    api, browser,
    components::effect,
    inbox_state::{Reading, Search},
    place::{Place, searching},
};

impl Inbox {
    /// Reads what the address looks for, now and whenever that changes.
    pub(super) fn follow_search(self) {
        effect(move || {
            let words = self.words.get();
            let mut reads = false;
            self.update(|state| {
                reads = state.look_for(&words);
                Vec::new()
            });
            if reads {
                self.read_found(None);
            }
        });
    }

    fn search<T>(self, read: impl FnOnce(&Search) -> T) -> T {
        self.track(|parts| &parts.search);
        self.state(|state| read(state.search()))
    }

    /// What was found so far and is still the agent's to see, newest first.
    pub fn found(self) -> Vec<ConversationId> {
        self.search(|search| search.hits.iter().map(|(id, _)| *id).collect())
    }

    /// The text in which the words were found in a conversation; none: elsewhere.
    pub fn found_text(self, id: ConversationId) -> Option<Marked> {
        self.search(|search| {
            let hit = search.hits.iter().find(|(known, _)| *known == id);
            hit.and_then(|(_, text)| text.clone())
        })
    }

    /// How far the reading of what is found is.
    pub fn search_phase(self) -> Reading {
        self.search(|search| search.reading)
    }

    /// Whether more is found than was read.
    pub fn finds_more(self) -> bool {
        self.search(|search| search.next.is_some())
    }

    /// Reads the next page of what is found, or the first once more if that failed.
    pub fn search_on(self) {
        let mut before = None;
        self.update(|state| {
            before = state.search_on();
            Vec::new()
        });
        if let Some(before) = before {
            self.read_found(before);
        }
    }

    fn read_found(self, before: Option<domain::search::SearchKey>) {
        let words = self.state(|state| std::sync::Arc::clone(&state.search().words));
        browser::spawn(async move {
            let page = api::search(words.to_string(), before).await;
            self.check(page.as_ref().err());
            self.update(|state| {
                state.found(&words, before, page);
                Vec::new()
            });
        });
    }

    /// Looks for these words from now on; empty: for nothing any more.
    pub fn look_for(self, words: &str) {
        if self.words.with_untracked(|known| known == words) {
            return;
        }
        let path = searching(self.place.get_untracked().path(), words);
        let navigate = self.inner.with_value(|inner| inner.navigate.clone());
        navigate(&path, true);
    }

    /// The address of a place that looks for what is looked for now.
    pub fn path_of(self, place: Place) -> String {
        searching(place.path(), &self.words.get())
    }

    /// How many rows of a tab have newer activity than this.
    pub fn newer(self, tab: Tab, than: ListKey) -> usize {
        self.track(|parts| &parts.lists);
        // What stands first already changes no order.
        if let Some(newest) = self.newest(tab) {
            self.of_row(newest.id, |_| ());
        }
        self.state(|state| state.newer(tab, than))
    }

    /// The newest activity in a tab.
    pub fn newest(self, tab: Tab) -> Option<ListKey> {
        self.state(|state| state.newest(tab))
    }
}
