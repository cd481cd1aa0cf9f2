//! The inbox of one tab: its state, with a signal for each part that is drawn on its own.
//!
//! Everything that changes the state goes through [`Inbox::update`], which sets the signals of
//! what was touched, and no others, and then does what the state asks for.

mod act;
mod socket;
mod wait;

use std::collections::{HashMap, HashSet};

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
    api::{Failure, FirstPage},
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
    pub failure: Option<Failure>,
    pub has_earlier: bool,
    pub earlier: Reading,
    pub visitor: Option<Visitor>,
}

/// The signals of a conversation that was opened.
#[derive(Clone, Default)]
pub struct ThreadSignals {
    pub view: ArcRwSignal<ThreadView>,
    /// Set only when a line comes or goes; what changes about a line is in its mood.
    pub lines: ArcRwSignal<Vec<Line>>,
    moods: HashMap<Key, ArcRwSignal<Mood>>,
}

/// The inbox of this tab, given to everything inside as a context.
#[derive(Clone, Copy)]
pub struct Inbox {
    state: StoredValue<InboxState>,
    rows: StoredValue<HashMap<ConversationId, ArcRwSignal<Option<Row>>>>,
    threads: StoredValue<HashMap<ConversationId, ThreadSignals>>,
    active: RwSignal<ListView>,
    all: RwSignal<ListView>,
    navigate: StoredValue<Navigate>,
    pub texts: Texts,
    pub place: Memo<Place>,
    /// Whether the browser has taken the page over. Until then the page is as the server wrote
    /// it: instants in UTC, controls that wait.
    pub live: RwSignal<bool>,
    /// The server's clock, every second.
    pub clock: RwSignal<Timestamp>,
    /// The number of today in the reader's zone.
    pub today: RwSignal<i64>,
    pub offers: RwSignal<Vec<Offer>>,
    pub available: RwSignal<bool>,
    pub link: RwSignal<Link>,
    pub typing: RwSignal<Vec<ConversationId>>,
    /// Rises whenever something asked for is answered or asked anew.
    asked: RwSignal<u32>,
    /// What the agent is told in passing; the number tells two alike apart.
    pub notice: RwSignal<Option<(u32, Notice)>>,
    /// Whether somebody can see the page.
    pub visible: RwSignal<bool>,
    /// On small screens: the visitor is in front instead of the chat.
    pub shows_visitor: RwSignal<bool>,
}

type Navigate = std::sync::Arc<dyn Fn(&str) + Send + Sync>;

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
        Self {
            rows: StoredValue::default(),
            threads: StoredValue::default(),
            active: RwSignal::new(state.list(Tab::Active)),
            all: RwSignal::new(state.list(Tab::All)),
            navigate: StoredValue::new(std::sync::Arc::new(move |path: &str| {
                navigate(path, NavigateOptions::default());
            })),
            texts: Texts::current(),
            place,
            live: RwSignal::new(false),
            clock: RwSignal::new(now),
            today: RwSignal::new(calendar::utc_day(now)),
            offers: RwSignal::new(state.offers().to_vec()),
            available: RwSignal::new(state.available()),
            link: RwSignal::new(Link::Fresh),
            typing: RwSignal::default(),
            asked: RwSignal::default(),
            notice: RwSignal::default(),
            visible: RwSignal::new(true),
            shows_visitor: RwSignal::new(false),
            state: StoredValue::new(state),
        }
    }

    /// The agent who reads.
    pub fn me(self) -> Agent {
        self.state.with_value(|state| state.me().clone())
    }

    /// A tab of the list.
    pub fn list(self, tab: Tab) -> RwSignal<ListView> {
        match tab {
            Tab::Active => self.active,
            Tab::All => self.all,
        }
    }

    /// A conversation's head; none if it is not this agent's to see.
    pub fn row(self, id: ConversationId) -> ArcRwSignal<Option<Row>> {
        if let Some(known) = self.rows.with_value(|rows| rows.get(&id).cloned()) {
            return known;
        }
        let row = self.state.with_value(|state| state.row(id).cloned());
        let signal = ArcRwSignal::new(row);
        self.rows
            .update_value(|rows| drop(rows.insert(id, signal.clone())));
        signal
    }

    /// The signals of a conversation.
    pub fn thread(self, id: ConversationId) -> ThreadSignals {
        if let Some(known) = self.threads.with_value(|threads| threads.get(&id).cloned()) {
            return known;
        }
        self.threads
            .update_value(|threads| drop(threads.insert(id, ThreadSignals::default())));
        self.draw_thread(id);
        self.threads
            .with_value(|threads| threads.get(&id).cloned())
            .unwrap_or_default()
    }

    /// What may change about a line.
    pub fn mood(self, id: ConversationId, line: &Line) -> ArcRwSignal<Mood> {
        self.threads
            .with_value(|threads| threads.get(&id)?.moods.get(&line.key).cloned())
            .unwrap_or_else(|| ArcRwSignal::new(line.mood))
    }

    /// The visitor's name, or a word for somebody unknown.
    pub fn visitor_name(self, id: ConversationId) -> String {
        self.row(id)
            .with(|row| row.as_ref().and_then(|row| row.visitor.clone()))
            .unwrap_or_else(|| self.texts.shared(SharedText::Visitor).to_owned())
    }

    /// Whether an answer to this is awaited.
    pub fn is_asked(self, intent: &Intent) -> bool {
        self.asked.track();
        self.state.with_value(|state| state.is_asked(intent))
    }

    /// How many offers and unread conversations wait.
    pub fn waiting(self) -> usize {
        self.active.track();
        self.offers.track();
        let in_front = self.in_front();
        let ids = self.active.with(|list| list.ids.clone());
        for id in ids {
            self.row(id).track();
        }
        self.state
            .with_value(|state| state.waiting_for_me(in_front))
    }

    /// The conversation that the agent is looking at.
    pub fn in_front(self) -> Option<ConversationId> {
        self.place.get().open.filter(|_| self.visible.get())
    }

    /// Goes to another place of the inbox without loading a page.
    pub fn go(self, place: Place) {
        let navigate = self.navigate.get_value();
        navigate(&place.path());
    }

    /// Changes the state, draws what that touched, does what it asks for.
    fn update(self, change: impl FnOnce(&mut InboxState) -> Vec<Task>) {
        let done = self.state.try_update_value(|state| {
            let effects = change(state);
            (effects, state.take_touched())
        });
        if let Some((effects, touched)) = done {
            self.draw(touched);
            for effect in effects {
                self.act(effect);
            }
        }
    }

    fn draw(self, touched: Touched) {
        if touched.lists {
            for tab in [Tab::Active, Tab::All] {
                let view = self.state.with_value(|state| state.list(tab));
                let list = self.list(tab);
                if list.with_untracked(|known| *known != view) {
                    list.set(view);
                }
            }
        }
        if touched.offers {
            self.offers
                .set(self.state.with_value(|state| state.offers().to_vec()));
        }
        if touched.available {
            self.available
                .set(self.state.with_value(InboxState::available));
        }
        if touched.link {
            self.link.set(self.state.with_value(InboxState::link));
        }
        if touched.typing {
            self.typing.set(self.state.with_value(InboxState::typing));
        }
        if touched.offers || touched.available || !touched.rows.is_empty() {
            self.asked.update(|count| *count = count.wrapping_add(1));
        }
        for id in touched.rows.into_iter().collect::<HashSet<_>>() {
            if let Some(signal) = self.rows.with_value(|rows| rows.get(&id).cloned()) {
                let row = self.state.with_value(|state| state.row(id).cloned());
                if signal.with_untracked(|known| *known != row) {
                    signal.set(row);
                }
            }
        }
        for id in touched.threads.into_iter().collect::<HashSet<_>>() {
            self.draw_thread(id);
        }
    }

    fn draw_thread(self, id: ConversationId) {
        let Some(signals) = self.threads.with_value(|threads| threads.get(&id).cloned()) else {
            return;
        };
        let day = if self.live.get_untracked() {
            browser::local_day
        } else {
            calendar::utc_day
        };
        let (view, lines) = self.state.with_value(|state| {
            let view = state.thread(id).map(|thread| ThreadView {
                reading: thread.phase(),
                failure: thread.failure(),
                has_earlier: thread.has_earlier(),
                earlier: thread.earlier_phase(),
                visitor: thread.visitor().cloned(),
            });
            (view.unwrap_or_default(), state.lines(id, day))
        });
        if signals.view.with_untracked(|known| *known != view) {
            signals.view.set(view);
        }
        let mut new_moods = Vec::new();
        for line in &lines {
            match signals.moods.get(&line.key) {
                Some(mood) => {
                    if mood.get_untracked() != line.mood {
                        mood.set(line.mood);
                    }
                }
                None => new_moods.push((line.key, ArcRwSignal::new(line.mood))),
            }
        }
        self.threads.update_value(|threads| {
            if let Some(signals) = threads.get_mut(&id) {
                signals.moods.extend(new_moods);
            }
        });
        let same = signals.lines.with_untracked(|known| {
            known.len() == lines.len() && known.iter().zip(&lines).all(|(a, b)| a.key == b.key)
        });
        if !same {
            signals.lines.set(lines);
        }
    }
}
