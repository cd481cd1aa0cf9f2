//! A search of the conversations: what is looked for, and what was found of it so far.

use std::sync::Arc;

use domain::{
    ConversationId,
    frame::agent::Row,
    search::{Marked, SearchKey, SearchPage},
};

use super::{InboxState, Reading};
use crate::api::Failure;

/// What is looked for, and what was found of it so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Empty: nothing is looked for.
    pub words: Arc<str>,
    /// Newest first, with the text in which the words were found.
    pub hits: Vec<(ConversationId, Option<Marked>)>,
    /// Where the next page begins; none: this is all.
    pub next: Option<SearchKey>,
    pub reading: Reading,
}

impl Search {
    /// Looks for these words from now on; whether they are to be read.
    fn look_for(&mut self, words: &str) -> bool {
        if *self.words == *words {
            return false;
        }
        let reads = !words.is_empty();
        *self = Self {
            words: Arc::from(words),
            reading: if reads {
                Reading::UnderWay
            } else {
                Reading::Never
            },
            ..Self::default()
        };
        reads
    }

    /// The next page is being read; where it begins, unless one is awaited or there is none.
    fn go_on(&mut self) -> Option<Option<SearchKey>> {
        let begun = !self.hits.is_empty() || self.reading == Reading::Done;
        let is_due = self.reading != Reading::UnderWay
            && !self.words.is_empty()
            && !(begun && self.next.is_none());
        is_due.then(|| {
            self.reading = Reading::UnderWay;
            self.next
        })
    }

    /// A page was read, or could not be; the heads that stand in it. What was asked before other
    /// words were looked for is of no use any more.
    fn read(
        &mut self,
        words: &str,
        before: Option<SearchKey>,
        page: Result<SearchPage, Failure>,
    ) -> Vec<Row> {
        if *self.words != *words || self.reading != Reading::UnderWay || self.next != before {
            return Vec::new();
        }
        let Ok(page) = page else {
            self.reading = Reading::Failed;
            return Vec::new();
        };
        self.reading = Reading::Done;
        self.next = page.next;
        let mut rows = Vec::with_capacity(page.hits.len());
        for hit in page.hits {
            let id = hit.row.id;
            if self.hits.iter().all(|(known, _)| *known != id) {
                self.hits.push((id, hit.found));
            }
            rows.push(hit.row);
        }
        rows
    }
}

impl InboxState {
    /// What is looked for, and what was found so far.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Looks for these words from now on; whether their first page is to be read.
    pub fn look_for(&mut self, words: &str) -> bool {
        self.touched.search = true;
        self.search.look_for(words)
    }

    /// The next page of what is found is being read, or the first one once more; where it begins,
    /// unless one is awaited or there is none.
    pub fn search_on(&mut self) -> Option<Option<SearchKey>> {
        self.touched.search = true;
        self.search.go_on()
    }

    /// A page of what was asked for with these words was read, or could not be.
    pub fn found(
        &mut self,
        words: &str,
        before: Option<SearchKey>,
        page: Result<SearchPage, Failure>,
    ) {
        for row in self.search.read(words, before, page) {
            self.upsert(row);
        }
        self.touched.search = true;
    }
}
