//! The inbox of one tab: its state, and what in a page is to be drawn anew when it changes.
//!
//! Everything that changes the state goes through [`Inbox::update`], which calls on those parts of
//! the page that show what was touched, and no others, and then does what the state asks for.
//! Parts hold no values of their own: views read the state. One kind of signal for all of them
//! also keeps the wasm small.

mod act;
mod socket;
mod wait;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    ConversationId, Timestamp,
    agent::Agent,
    frame::agent::{Offer, Row},
    inbox::Tab,
    texts::keys::SharedText,
    visitor::Visitor,
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use crate::{
    api::FirstPage,
    browser, calendar,
    inbox_state::{
        Effect as Task, InboxState, Intent, Key, Line, Link, ListView, Mood, Notice, Reading,
        Touched,
    },
    place::Place,
    texts::Texts,
};

/// What is drawn around the messages of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadView {
    pub reading: Reading,
    /// The agent may not see it, or there is no such conversation.
    pub refused: bool,
    pub has_earlier: bool,
    pub earlier: Reading,
    pub visitor: Option<Visitor>,
}

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

/// A conversation that was opened.
#[derive(Default)]
struct OpenThread {
    view: ThreadView,
    around: Part,
    lines: Vec<Line>,
    /// Touched only when a line comes or goes; what changes about a line is in its mood.
    order: Part,
    moods: HashMap<Key, (Mood, Part)>,
}

#[derive(Default)]
struct Parts {
    lists: Part,
    offers: Part,
    available: Part,
    link: Part,
    typing: Part,
    /// Something asked for is answered, or asked anew.
    asked: Part,
    notice: Part,
    clock: Part,
    day: Part,
    rows: HashMap<ConversationId, Part>,
}

struct Inner {
    state: InboxState,
    parts: Parts,
    threads: HashMap<ConversationId, OpenThread>,
    /// What the lists showed last.
    lists: [ListView; 2],
    /// The server's clock at the last tick, and the number of that day in the reader's zone.
    clock: Timestamp,
    today: i64,
    /// What the agent is told in passing; the number tells two alike apart.
    notice: Option<(u32, Notice)>,
    notices: u32,
    navigate: Arc<dyn Fn(&str) + Send + Sync>,
}

/// The inbox of this tab, given to everything inside as a context.
#[derive(Clone, Copy)]
pub struct Inbox {
    inner: StoredValue<Inner>,
    pub texts: Texts,
    pub place: Memo<Place>,
    /// Whether the browser has taken the page over. Until then the page is as the server wrote
    /// it: instants in UTC, controls that wait.
    pub live: RwSignal<bool>,
    /// Whether somebody can see the page.
    pub visible: RwSignal<bool>,
    /// On small screens: the visitor is in front instead of the chat.
    pub shows_visitor: RwSignal<bool>,
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
        let mut state = InboxState::new(page, now);
        let location = use_location();
        let place = Memo::new(move |_| {
            Place::of(&location.pathname.get(), &location.search.get()).unwrap_or_default()
        });
        if let (Some(failure), Some(id)) = (failed, place.get_untracked().open) {
            state.thread_failed(id, failure);
        }
        let navigate = use_navigate();
        let inner = Inner {
            lists: [state.list(Tab::Active), state.list(Tab::All)],
            state,
            parts: Parts::default(),
            threads: HashMap::new(),
            clock: now,
            today: calendar::utc_day(now),
            notice: None,
            notices: 0,
            navigate: Arc::new(move |path: &str| navigate(path, NavigateOptions::default())),
        };
        Self {
            inner: StoredValue::new(inner),
            texts: Texts::current(),
            place,
            live: RwSignal::new(false),
            visible: RwSignal::new(true),
            shows_visitor: RwSignal::new(false),
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
            let [active, all] = &inner.lists;
            match tab {
                Tab::Active => active.clone(),
                Tab::All => all.clone(),
            }
        })
    }

    /// A conversation's head; none if it is not this agent's to see.
    pub fn row(self, id: ConversationId) -> Option<Row> {
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
        self.state(|state| state.row(id).cloned())
    }

    fn open_thread<T>(self, id: ConversationId, read: impl FnOnce(&OpenThread) -> T) -> Option<T> {
        let known = self
            .inner
            .with_value(|inner| inner.threads.contains_key(&id));
        if !known {
            self.inner
                .update_value(|inner| drop(inner.threads.insert(id, OpenThread::default())));
            self.draw_thread(id);
        }
        self.inner
            .with_value(|inner| inner.threads.get(&id).map(read))
    }

    /// What is drawn around the messages of a conversation.
    pub fn thread(self, id: ConversationId) -> ThreadView {
        if let Some(part) = self.open_thread(id, |thread| thread.around.clone()) {
            part.track();
        }
        self.open_thread(id, |thread| thread.view.clone())
            .unwrap_or_default()
    }

    /// Whether the agent may not see the conversation, or there is none.
    pub fn is_refused(self, id: ConversationId) -> bool {
        self.thread(id).refused
    }

    /// The lines of a conversation; followed only as to which there are.
    pub fn lines(self, id: ConversationId) -> Vec<Line> {
        if let Some(part) = self.open_thread(id, |thread| thread.order.clone()) {
            part.track();
        }
        self.open_thread(id, |thread| thread.lines.clone())
            .unwrap_or_default()
    }

    /// What may change about a line.
    pub fn mood(self, id: ConversationId, line: &Line) -> Mood {
        let part = self
            .open_thread(id, |thread| {
                thread.moods.get(&line.key).map(|(_, part)| part.clone())
            })
            .flatten();
        if let Some(part) = part {
            part.track();
        }
        self.open_thread(id, |thread| {
            thread.moods.get(&line.key).map(|(mood, _)| *mood)
        })
        .flatten()
        .unwrap_or(line.mood)
    }

    /// What is held out to the agent, the most urgent first.
    pub fn offers(self) -> Vec<Offer> {
        self.track(|parts| &parts.offers);
        self.state(|state| state.offers().to_vec())
    }

    /// The switch.
    pub fn available(self) -> bool {
        self.track(|parts| &parts.available);
        self.state(InboxState::available)
    }

    /// Whether the tab is connected.
    pub fn link(self) -> Link {
        self.track(|parts| &parts.link);
        self.state(InboxState::link)
    }

    /// Whether the visitor is writing.
    pub fn is_typing(self, id: ConversationId) -> bool {
        self.track(|parts| &parts.typing);
        self.state(|state| state.typing().contains(&id))
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
        self.inner.with_value(|inner| inner.notice)
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
        self.place.get().open.filter(|_| self.visible.get())
    }

    /// Goes to another place of the inbox without loading a page.
    pub fn go(self, place: Place) {
        let navigate = self.inner.with_value(|inner| Arc::clone(&inner.navigate));
        navigate(&place.path());
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
        self.inner.update_value(|inner| {
            if touched.lists {
                let lists = [inner.state.list(Tab::Active), inner.state.list(Tab::All)];
                if inner.lists != lists {
                    inner.lists = lists;
                    parts.push(inner.parts.lists.clone());
                }
            }
            let asked = touched.offers || touched.available || !touched.rows.is_empty();
            for (is_touched, part) in [
                (touched.offers, &inner.parts.offers),
                (touched.available, &inner.parts.available),
                (touched.link, &inner.parts.link),
                (touched.typing, &inner.parts.typing),
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
    }

    fn draw_thread(self, id: ConversationId) {
        let day = if self.live.get_untracked() {
            browser::local_day
        } else {
            calendar::utc_day
        };
        let mut parts = Vec::new();
        self.inner.update_value(|inner| {
            let Some(thread) = inner.threads.get_mut(&id) else {
                return;
            };
            let view = inner.state.thread(id).map(|thread| ThreadView {
                reading: thread.phase(),
                refused: thread.is_refused(),
                has_earlier: thread.has_earlier(),
                earlier: thread.earlier_phase(),
                visitor: thread.visitor().cloned(),
            });
            let view = view.unwrap_or_default();
            if thread.view != view {
                thread.view = view;
                parts.push(thread.around.clone());
            }
            let lines = inner.state.lines(id, day);
            for line in &lines {
                let (mood, part) = thread
                    .moods
                    .entry(line.key)
                    .or_insert_with(|| (line.mood, Part::default()));
                if *mood != line.mood {
                    *mood = line.mood;
                    parts.push(part.clone());
                }
            }
            let same = thread.lines.len() == lines.len()
                && thread.lines.iter().zip(&lines).all(|(a, b)| a.key == b.key);
            if !same {
                parts.push(thread.order.clone());
            }
            thread.lines = lines;
        });
        for part in parts {
            part.touch();
        }
    }
}
