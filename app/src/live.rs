//! The inbox of one tab: its state, and what in a page is to be drawn anew when it changes.
//!
//! Everything that changes the state goes through [`Inbox::update`], which calls on those parts of
//! the page that show what was touched, and no others, and then does what the state asks for.
//! Parts hold no values of their own: views read the state. One kind of signal for all of them
//! also keeps the wasm small.

mod act;
mod ask;
mod intake;
mod own;
mod search;
mod socket;
mod thread;
mod upload;
mod wait;

pub use ask::Dialog;
use thread::OpenThread;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    ConversationId, Timestamp,
    activity::Score,
    agent::Agent,
    availability::Availability,
    frame::agent::{Offer, Row},
    inbox::Tab,
    permission::{Action, Stand},
    settings::Notifications,
    texts::keys::SharedText,
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use crate::{
    api::FirstPage,
    calendar,
    inbox_state::{
        Alert, Effect as Task, InboxState, Intent, Link, ListView, News, Notice, TABS, Touched,
        stand,
    },
    notify::{self, Permission},
    place::{Place, searched},
    texts::Texts,
};

/// Something in the page that shows a piece of the state: who reads the piece tracks it.
#[derive(Clone, Default)]
struct Part(ArcRwSignal<u32>);

impl Part {
    fn track(&self) {
        self.0.track();
    }

    /// The piece has changed.
    fn touch(&self) {
        self.0.update(|count| *count = count.wrapping_add(1));
    }
}

#[derive(Default)]
struct Parts {
    lists: Part,
    offers: Part,
    availability: Part,
    link: Part,
    typing: Part,
    search: Part,
    /// Something asked for is answered, or asked anew.
    asked: Part,
    notice: Part,
    dialog: Part,
    permission: Part,
    me: Part,
    page: Part,
    clock: Part,
    day: Part,
    rows: HashMap<ConversationId, Part>,
}

/// Goes to an address; in the place of the present one, if so.
type Navigate = Arc<dyn Fn(&str, bool) + Send + Sync>;

struct Inner {
    state: InboxState,
    parts: Parts,
    threads: HashMap<ConversationId, OpenThread>,
    /// What the lists showed last.
    lists: [ListView; TABS.len()],
    /// The server's clock at the last tick, and the number of that day in the reader's zone.
    clock: Timestamp,
    today: i64,
    /// What the agent is told in passing; the number tells two alike apart.
    notice: Option<(u32, Notice)>,
    notices: u32,
    dialog: Option<Dialog>,
    /// What the browser says of notifications; none until it was asked.
    permission: Option<Permission>,
    /// The public VAPID key for push subscriptions.
    push_key: String,
    navigate: Navigate,
}

/// The inbox of this tab, given to everything inside as a context.
#[derive(Clone, Copy)]
pub struct Inbox {
    inner: StoredValue<Inner>,
    pub texts: Texts,
    pub place: Memo<Place>,
    /// What is looked for; empty: nothing.
    pub words: Memo<String>,
    /// Whether Casella can send mail.
    pub mail: bool,
    /// Whether the browser has taken the page over. Until then the page is as the server wrote
    /// it: instants in UTC, controls that wait.
    pub live: RwSignal<bool>,
    /// Whether somebody can see the page.
    pub visible: RwSignal<bool>,
    /// On small screens: the visitor is in front instead of the chat.
    pub shows_visitor: RwSignal<bool>,
    /// Whether the browser lets the page make no sound yet.
    sound_blocked: RwSignal<bool>,
    /// Whether this browser could not be subscribed for offers while the inbox is closed.
    push_failed: RwSignal<bool>,
}

impl Inbox {
    /// The inbox that everything here is inside of.
    pub fn current() -> Self {
        expect_context()
    }

    /// Takes up what the server read for this page.
    pub fn new(page: FirstPage) -> Self {
        // The same clock on both sides, so that both render the same.
        let now = page.start.now;
        let failed = page
            .open
            .as_ref()
            .and_then(|open| open.as_ref().err().copied());
        let push_key = page.start.push_key.clone();
        let mail = page.start.mail;
        let mut state = InboxState::new(page, now);
        let location = use_location();
        let search = location.search;
        let words = Memo::new(move |_| searched(&search.get()));
        let place = Memo::new(move |_| {
            Place::of(&location.pathname.get(), &location.search.get()).unwrap_or_default()
        });
        if let (Some(failure), Some(id)) = (failed, place.get_untracked().open()) {
            state.thread_failed(id, failure);
        }
        let navigate = use_navigate();
        let inner = Inner {
            lists: TABS.map(|tab| state.list(tab)),
            state,
            parts: Parts::default(),
            threads: HashMap::new(),
            clock: now,
            today: calendar::utc_day(now),
            notice: None,
            notices: 0,
            dialog: None,
            permission: None,
            push_key,
            navigate: Arc::new(move |path: &str, replace| {
                let options = NavigateOptions {
                    replace,
                    ..NavigateOptions::default()
                };
                navigate(path, options);
            }),
        };
        Self {
            inner: StoredValue::new(inner),
            texts: Texts::current(),
            place,
            words,
            mail,
            live: RwSignal::new(false),
            visible: RwSignal::new(true),
            shows_visitor: RwSignal::new(false),
            sound_blocked: RwSignal::new(false),
            push_failed: RwSignal::new(false),
        }
    }

    fn track(self, part: impl FnOnce(&Parts) -> &Part) {
        // Outside of the borrow: who tracks may be run at once.
        let part = self.inner.with_value(|inner| part(&inner.parts).clone());
        part.track();
    }

    fn state<T>(self, read: impl FnOnce(&InboxState) -> T) -> T {
        self.inner.with_value(|inner| read(&inner.state))
    }

    /// The agent who reads.
    pub fn me(self) -> Agent {
        self.state(|state| state.me().clone())
    }

    /// A tab of the list.
    pub fn list(self, tab: Tab) -> ListView {
        self.track(|parts| &parts.lists);
        self.list_now(tab)
    }

    fn list_now(self, tab: Tab) -> ListView {
        self.inner.with_value(|inner| {
            TABS.iter()
                .zip(&inner.lists)
                .find(|(own, _)| **own == tab)
                .map(|(_, list)| list.clone())
                .unwrap_or_default()
        })
    }

    /// A conversation's head; none if it is not this agent's to see.
    pub fn row(self, id: ConversationId) -> Option<Row> {
        self.of_row(id, Row::clone)
    }

    /// Something of a conversation's head; none if it is not this agent's to see.
    pub fn of_row<T>(self, id: ConversationId, read: impl FnOnce(&Row) -> T) -> Option<T> {
        let known = self
            .inner
            .with_value(|inner| inner.parts.rows.get(&id).cloned());
        let part = known.unwrap_or_else(|| {
            let part = Part::default();
            self.inner
                .update_value(|inner| drop(inner.parts.rows.insert(id, part.clone())));
            part
        });
        part.track();
        self.state(|state| state.row(id).map(read))
    }

    /// What is held out to the agent, the most urgent first.
    pub fn offers(self) -> Vec<Offer> {
        self.track(|parts| &parts.offers);
        self.state(|state| state.offers().to_vec())
    }

    /// The switch.
    pub fn available(self) -> bool {
        self.track(|parts| &parts.availability);
        self.state(InboxState::available)
    }

    /// What the server says of the switch.
    pub fn availability(self) -> Availability {
        self.track(|parts| &parts.availability);
        self.state(InboxState::availability)
    }

    /// Whether the agent's calendar elsewhere cannot be reached.
    pub fn calendar_trouble(self) -> bool {
        self.track(|parts| &parts.availability);
        self.state(InboxState::calendar_trouble)
    }

    /// How the agent wants to hear of offers and messages.
    pub fn notifications(self) -> Notifications {
        self.track(|parts| &parts.availability);
        self.state(InboxState::notifications)
    }

    /// Whether an alert is still about something that the agent should know.
    pub fn stands(self, alert: Alert) -> bool {
        self.state(|state| state.stands(alert))
    }

    /// Whether the agent may do this, as far as the role decides.
    pub fn may(self, action: Action) -> bool {
        self.state(InboxState::viewer).may(action, Stand::None)
    }

    /// Whether the agent may do this to a conversation, as it stands now.
    pub fn may_to(self, action: Action, id: ConversationId) -> bool {
        self.row(id)
            .is_some_and(|row| self.state(InboxState::viewer).may(action, stand(&row)))
    }

    /// What others did about a conversation, until it is dealt with.
    pub fn news(self, id: ConversationId) -> Option<News> {
        self.row(id);
        self.state(|state| state.news(id).cloned())
    }

    /// Followed by the pages beside the chats: something that they show may be no longer so.
    pub fn follow_page(self) {
        self.track(|parts| &parts.page);
    }

    fn touch(self, part: impl FnOnce(&Parts) -> &Part) {
        let part = self.inner.with_value(|inner| part(&inner.parts).clone());
        part.touch();
    }

    /// Whether the tab is connected.
    pub fn link(self) -> Link {
        self.track(|parts| &parts.link);
        self.state(InboxState::link)
    }

    /// Whether the visitor is writing.
    pub fn is_typing(self, id: ConversationId) -> bool {
        self.track(|parts| &parts.typing);
        self.state(|state| state.is_typing(id))
    }

    /// The server's clock, every second.
    pub fn clock(self) -> Timestamp {
        self.track(|parts| &parts.clock);
        self.inner.with_value(|inner| inner.clock)
    }

    /// The server's clock when the page was made, until the page is alive.
    pub fn clock_now(self) -> Timestamp {
        self.inner.with_value(|inner| inner.clock)
    }

    /// The number of today in the reader's zone.
    pub fn today(self) -> i64 {
        self.track(|parts| &parts.day);
        self.inner.with_value(|inner| inner.today)
    }

    /// What the agent is told in passing.
    pub fn notice(self) -> Option<(u32, Notice)> {
        self.track(|parts| &parts.notice);
        self.inner.with_value(|inner| inner.notice.clone())
    }

    /// The visitor's name, or a word for somebody unknown.
    pub fn visitor_name(self, id: ConversationId) -> String {
        self.row(id)
            .and_then(|row| row.visitor)
            .unwrap_or_else(|| self.texts.shared(SharedText::Visitor).to_owned())
    }

    /// Whether an answer to this is awaited.
    pub fn is_asked(self, intent: &Intent) -> bool {
        self.track(|parts| &parts.asked);
        self.state(|state| state.is_asked(intent))
    }

    /// Whether an answer is awaited to what a dialog about this conversation asked for.
    pub fn is_asking(self, id: ConversationId) -> bool {
        self.track(|parts| &parts.asked);
        self.state(|state| state.is_asking(id))
    }

    /// What the agent thinks of a chat; none: unset.
    pub fn score(self, id: ConversationId) -> Option<Score> {
        self.row(id);
        self.state(|state| state.score(id))
    }

    /// How many chats the agent has, as far as the list was read.
    pub fn own_chats(self) -> usize {
        self.state(InboxState::own_chats)
    }

    /// How many offers and unread conversations wait.
    pub fn waiting(self) -> usize {
        self.track(|parts| &parts.offers);
        let in_front = self.in_front();
        for id in self.list(Tab::Active).ids {
            self.row(id);
        }
        self.state(|state| state.waiting_for_me(in_front))
    }

    /// The conversation that the agent is looking at.
    pub fn in_front(self) -> Option<ConversationId> {
        self.place.get().open().filter(|_| self.visible.get())
    }

    /// Goes to another place of the inbox without loading a page.
    pub fn go(self, place: Place) {
        let navigate = self.inner.with_value(|inner| Arc::clone(&inner.navigate));
        navigate(&place.path(), false);
    }

    /// Changes the state, draws what that touched, does what it asks for.
    fn update(self, change: impl FnOnce(&mut InboxState) -> Vec<Task>) {
        let done = self.inner.try_update_value(|inner| {
            let tasks = change(&mut inner.state);
            (tasks, inner.state.take_touched())
        });
        if let Some((tasks, touched)) = done {
            self.draw(touched);
            for task in tasks {
                self.act(task);
            }
        }
    }

    fn draw(self, touched: Touched) {
        let mut parts = Vec::new();
        let tidy = touched.offers || !touched.rows.is_empty();
        self.inner.update_value(|inner| {
            if touched.lists {
                let lists = TABS.map(|tab| inner.state.list(tab));
                if inner.lists != lists {
                    inner.lists = lists;
                    parts.push(inner.parts.lists.clone());
                }
            }
            let asked =
                touched.asked || touched.offers || touched.availability || !touched.rows.is_empty();
            for (is_touched, part) in [
                (touched.offers, &inner.parts.offers),
                (touched.availability, &inner.parts.availability),
                (touched.link, &inner.parts.link),
                (touched.typing, &inner.parts.typing),
                (touched.search, &inner.parts.search),
                (asked, &inner.parts.asked),
            ] {
                if is_touched {
                    parts.push(part.clone());
                }
            }
            let rows: HashSet<_> = touched.rows.into_iter().collect();
            parts.extend(
                rows.iter()
                    .filter_map(|id| inner.parts.rows.get(id).cloned()),
            );
        });
        for part in parts {
            part.touch();
        }
        for id in touched.threads.into_iter().collect::<HashSet<_>>() {
            self.draw_thread(id);
        }
        if tidy {
            notify::tidy(self, untrack(|| self.in_front()));
        }
    }
}
