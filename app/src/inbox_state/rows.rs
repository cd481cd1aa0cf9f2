//! The conversation list: heads of conversations, and which stand in which tab.

use std::collections::HashMap;

use domain::{
    ConversationId,
    activity::Score,
    frame::agent::{Row, RowState},
    inbox::{ListKey, ListPage, Tab},
    permission::Stand,
};

use super::thread::Reading;

/// What a tab of the list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListView {
    /// Newest activity first.
    pub ids: Vec<ConversationId>,
    /// Where the next page begins; none: this is all.
    pub next: Option<ListKey>,
    pub reading: Reading,
}

#[derive(Debug, Default)]
struct List {
    /// Oldest activity first.
    keys: Vec<ListKey>,
    next: Option<ListKey>,
    reading: Reading,
    /// Whether any page was read.
    begun: bool,
    /// Everything is read again: a page that was asked for before is none of this list.
    anew: bool,
    /// What changed while the first page was being read, and may be missing in it.
    fresh: Vec<ConversationId>,
}

impl List {
    /// Whether a row with this key lies in the part of the list that was read.
    fn reaches(&self, key: ListKey) -> bool {
        self.begun && self.next.is_none_or(|next| key >= next)
    }

    fn insert(&mut self, key: ListKey) {
        if let Err(at) = self.keys.binary_search(&key) {
            self.keys.insert(at, key);
        }
    }

    fn remove(&mut self, key: ListKey) {
        if let Ok(at) = self.keys.binary_search(&key) {
            self.keys.remove(at);
        }
    }
}

/// Every head that the tab knows, by id, and the lists.
#[derive(Debug, Default)]
pub(super) struct Rows {
    heads: HashMap<ConversationId, Row>,
    active: List,
    all: List,
    unanswered: List,
    everyone: List,
}

/// The tabs of the list, in order.
pub const TABS: [Tab; 4] = [Tab::Active, Tab::All, Tab::Unanswered, Tab::Everyone];

fn key(row: &Row) -> ListKey {
    ListKey {
        activity_at: row.activity_at,
        id: row.id,
    }
}

fn belongs(row: &Row, tab: Tab) -> bool {
    match (tab, row.state) {
        (Tab::Active | Tab::All, RowState::Active) => row.own,
        (Tab::All, RowState::Ended { .. }) | (Tab::Unanswered, RowState::Unanswered) => true,
        // Its agent vanished: who picks it up first has it.
        (Tab::Unanswered, RowState::Active) => row.away,
        (Tab::Everyone, RowState::Active) => true,
        _ => false,
    }
}

/// How the agent who sees this row stands to its conversation.
pub fn stand(row: &Row) -> Stand {
    match row.state {
        RowState::Ended { .. } => Stand::Ended,
        RowState::Unanswered => Stand::Unanswered,
        RowState::Active if row.own => Stand::Own,
        RowState::Active if row.away => Stand::Unanswered,
        RowState::Active => Stand::Others,
    }
}

impl Rows {
    pub fn get(&self, id: ConversationId) -> Option<&Row> {
        self.heads.get(&id)
    }

    pub fn view(&self, tab: Tab) -> ListView {
        let list = self.list(tab);
        ListView {
            ids: list.keys.iter().rev().map(|key| key.id).collect(),
            next: list.next,
            reading: list.reading,
        }
    }

    /// How many rows of a tab have newer activity than this.
    pub fn newer(&self, tab: Tab, than: ListKey) -> usize {
        let keys = &self.list(tab).keys;
        keys.len() - keys.partition_point(|key| *key <= than)
    }

    /// The newest activity in a tab.
    pub fn newest(&self, tab: Tab) -> Option<ListKey> {
        self.list(tab).keys.last().copied()
    }

    fn list(&self, tab: Tab) -> &List {
        match tab {
            Tab::Active => &self.active,
            Tab::All => &self.all,
            Tab::Unanswered => &self.unanswered,
            Tab::Everyone => &self.everyone,
        }
    }

    fn list_mut(&mut self, tab: Tab) -> &mut List {
        match tab {
            Tab::Active => &mut self.active,
            Tab::All => &mut self.all,
            Tab::Unanswered => &mut self.unanswered,
            Tab::Everyone => &mut self.everyone,
        }
    }

    /// Takes a head unless a newer one is known; whether it was taken.
    pub fn upsert(&mut self, row: Row) -> bool {
        if let Some(known) = self.heads.get(&row.id) {
            if known.version > row.version {
                return false;
            }
            self.drop_key(key(known));
        }
        let new = key(&row);
        for tab in TABS {
            let belongs = belongs(&row, tab);
            let list = self.list_mut(tab);
            if belongs && list.reaches(new) {
                list.insert(new);
            }
            if list.reading == Reading::UnderWay {
                list.fresh.push(row.id);
            }
        }
        self.heads.insert(row.id, row);
        true
    }

    pub fn remove(&mut self, id: ConversationId) {
        if let Some(row) = self.heads.remove(&id) {
            self.drop_key(key(&row));
        }
    }

    fn drop_key(&mut self, key: ListKey) {
        for tab in TABS {
            self.list_mut(tab).remove(key);
        }
    }

    /// Notes whether the visitor is connected; whether that is news.
    pub fn connected(&mut self, id: ConversationId, connected: bool) -> bool {
        match self.heads.get_mut(&id) {
            Some(row) if row.visitor_connected != connected => {
                row.visitor_connected = connected;
                true
            }
            _ => false,
        }
    }

    /// Notes the score that the server has taken.
    pub fn scored(&mut self, id: ConversationId, score: Option<Score>) {
        if let Some(row) = self.heads.get_mut(&id) {
            row.score = score;
        }
    }

    pub fn reading(&mut self, tab: Tab) {
        let list = self.list_mut(tab);
        list.anew |= list.reading == Reading::UnderWay;
        list.reading = Reading::UnderWay;
        list.fresh.clear();
    }

    /// The list is to be read when it is next in front.
    pub fn forget(&mut self, tab: Tab) {
        *self.list_mut(tab) = List::default();
    }

    pub fn failed(&mut self, tab: Tab) {
        let list = self.list_mut(tab);
        list.reading = Reading::Failed;
        list.anew = false;
    }

    /// Whether a page from this key on is what the list goes on with. It is not if the list began
    /// anew while the page was read: what came in between would be missing for good.
    pub fn goes_on_at(&self, tab: Tab, key: ListKey) -> bool {
        let list = self.list(tab);
        !list.anew && list.next == Some(key)
    }

    /// The list begins anew with this page.
    pub fn first_page(&mut self, tab: Tab, page: ListPage) {
        let list = self.list_mut(tab);
        let fresh = core::mem::take(&mut list.fresh);
        list.keys.clear();
        list.begun = true;
        list.anew = false;
        self.next_page(tab, page);
        for id in fresh {
            if let Some(row) = self.heads.get(&id).cloned() {
                self.upsert(row);
            }
        }
    }

    /// The list goes on with this page.
    pub fn next_page(&mut self, tab: Tab, page: ListPage) {
        let list = self.list_mut(tab);
        list.next = page.next;
        list.reading = Reading::Done;
        for row in page.rows {
            let id = row.id;
            if !self.upsert(row) {
                // A newer head is known that was out of this list's reach until now.
                if let Some(known) = self.heads.get(&id).cloned() {
                    self.upsert(known);
                }
            }
        }
    }
}
