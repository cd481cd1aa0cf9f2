//! What is read from the server by request: lists and conversations.

use domain::{
    ConversationId,
    inbox::{ListKey, ListPage, OpenConversation, Tab},
    message::{Message, Seq},
};

use super::{Effect, InboxState, Reading, rows::TABS};
use crate::{
    api::{Failure, FirstPage},
    place::Place,
};

impl InboxState {
    /// The list is being read.
    pub fn list_reading(&mut self, tab: Tab) {
        self.rows.reading(tab);
        self.touched.lists = true;
    }

    /// A page of the list was read, or could not be. `after` is where it began.
    pub fn list_read(&mut self, tab: Tab, after: Option<ListKey>, page: Result<ListPage, Failure>) {
        if after.is_some_and(|key| !self.rows.goes_on_at(tab, key)) {
            return;
        }
        match page {
            Ok(page) => {
                self.touched.rows.extend(page.rows.iter().map(|row| row.id));
                match after {
                    None => self.rows.first_page(tab, page),
                    Some(_) => self.rows.next_page(tab, page),
                }
            }
            Err(_) => self.rows.failed(tab),
        }
        self.touched.lists = true;
    }

    /// The conversation is being read.
    pub fn thread_reading(&mut self, id: ConversationId) {
        self.threads.entry(id).or_default().reading();
        self.touch_thread(id);
    }

    /// A conversation could not be read.
    pub fn thread_failed(&mut self, id: ConversationId, failure: Failure) {
        self.threads.entry(id).or_default().failed(failure);
        self.touch_thread(id);
    }

    /// A conversation was read.
    pub fn thread_read(&mut self, open: OpenConversation) -> Vec<Effect> {
        let id = open.row.id;
        self.upsert(open.row);
        let mut effects = self.committed(&open.messages);
        effects.extend(self.noted(&open.notes));
        let thread = self.threads.entry(id).or_default();
        thread.read(
            open.visitor,
            open.site,
            open.messages,
            open.notes,
            open.meetings,
        );
        self.touch_thread(id);
        effects
    }

    /// Messages before the first known one were read, or could not be.
    pub fn earlier_read(&mut self, id: ConversationId, messages: Result<Vec<Message>, Failure>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            match messages {
                Ok(messages) => thread.earlier(messages),
                Err(_) => thread.earlier_failed(),
            }
            self.touch_thread(id);
        }
    }

    /// Earlier messages are being read; where they end, if there are any.
    pub fn earlier_reading(&mut self, id: ConversationId) -> Option<Seq> {
        let before = self.threads.get_mut(&id)?.earlier_reading();
        self.touch_thread(id);
        before
    }

    /// Everything was read again after falling behind: lists and the conversation at `place`.
    /// Other conversations are read when they are opened next.
    pub fn read_again(&mut self, page: FirstPage, place: Place) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.list_read(Tab::Active, None, Ok(page.start.active));
        let read = page.list.as_ref().map(|(tab, _)| *tab);
        if let Some((tab, list)) = page.list {
            self.list_read(tab, None, list);
        }
        for tab in TABS {
            if tab != Tab::Active && Some(tab) != read {
                self.rows.forget(tab);
            }
        }
        self.threads.retain(|id, _| Some(*id) == place.open());
        match (page.open, place.open()) {
            (Some(Ok(open)), _) => effects.extend(self.thread_read(open)),
            (Some(Err(failure)), Some(id)) => {
                self.threads.remove(&id);
                self.thread_failed(id, failure);
            }
            _ => {}
        }
        effects
    }

    /// Reading everything again failed; the lists stay as they are.
    pub fn reading_again_failed(&mut self) {
        for tab in TABS {
            if self.rows.view(tab).reading == Reading::UnderWay {
                self.rows.failed(tab);
            }
        }
        // So that the server says once more how far behind this tab is.
        self.cursor = self.stale.take().unwrap_or_default();
        self.touched.lists = true;
    }
}
