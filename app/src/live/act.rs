//! What the agent does, what the state asks for, and the tab's life.

use domain::{
    CommandId, ConversationId, Refusal, Timestamp, frame::agent::AgentRequest, inbox::Tab,
    text::TextError,
};
use leptos::prelude::*;

use super::{Dialog, Inbox, socket, upload};
use crate::{
    api::{self, Failure},
    browser::{self, storage},
    components::effect,
    inbox_state::{Effect as Task, InboxState, Intent, Link, Notice, Reading, Thread},
    notify,
    place::Place,
};

impl Inbox {
    /// Begins the tab's life in the browser, once the page is taken over.
    pub fn start(self, server: Timestamp) {
        let me = self.me().id;
        self.update(|state| {
            state.set_clock(server, browser::now());
            state.restore(storage::unsent(me, server))
        });
        self.visible.set(browser::is_visible());
        self.live.set(true);
        self.tick();
        let threads: Vec<_> = self
            .inner
            .with_value(|inner| inner.threads.keys().copied().collect());
        for id in threads {
            self.draw_thread(id);
        }
        let _ = set_interval(move || self.tick(), std::time::Duration::from_secs(1));
        let handle = window_event_listener(leptos::ev::visibilitychange, move |_| {
            self.take_in();
            self.visible.set(browser::is_visible());
        });
        // For the life of the page.
        core::mem::forget(handle);
        Effect::new(move |before: Option<()>| {
            let place = self.place.get();
            self.shows_visitor.set(false);
            self.arrive(place, before.is_none());
        });
        effect(move || {
            if let Some(id) = self.in_front() {
                // Whatever might make it news that this was seen.
                self.link();
                self.lines(id);
                self.row(id);
                self.update(|state| state.seen(id));
            }
        });
        self.follow_search();
        notify::start(self);
        socket::start(self);
    }

    fn tick(self) {
        let now = browser::now();
        self.update(|state| {
            state.expire_typing(now);
            Vec::new()
        });
        let clock = self.state(|state| state.server_time(now));
        let today = browser::local_day(clock);
        let mut parts = Vec::new();
        self.inner.update_value(|inner| {
            inner.clock = clock;
            parts.push(inner.parts.clock.clone());
            if inner.today != today {
                inner.today = today;
                parts.push(inner.parts.day.clone());
            }
        });
        for part in parts {
            part.touch();
        }
    }

    /// Reads what a place shows and the tab does not have yet. With the page itself comes what the
    /// server had to say about the `first` place.
    fn arrive(self, place: Place, first: bool) {
        // How many are unanswered stands on the tab, whichever is in front.
        for tab in [place.tab(), Tab::Unanswered] {
            if self.list_now(tab).reading == Reading::Never {
                self.read_list(tab, true);
            }
        }
        if let Some(id) = place.open() {
            let phase = self.state(|state| state.thread(id).map(Thread::phase));
            let known = match phase.unwrap_or_default() {
                Reading::Done | Reading::UnderWay => true,
                Reading::Failed => first,
                Reading::Never => false,
            };
            if !known {
                self.read_thread(id);
            }
        }
    }

    /// Reads the list from its beginning, or its next page.
    pub fn read_list(self, tab: Tab, anew: bool) {
        let list = self.list_now(tab);
        if list.reading == Reading::UnderWay {
            return;
        }
        let after = if anew { None } else { list.next };
        self.update(|state| {
            state.list_reading(tab);
            Vec::new()
        });
        browser::spawn(async move {
            let page = api::read_list(tab, after).await;
            self.check(page.as_ref().err());
            self.update(|state| {
                state.list_read(tab, after, page);
                Vec::new()
            });
        });
    }

    /// Reads a conversation.
    pub fn read_thread(self, id: ConversationId) {
        self.update(|state| {
            state.thread_reading(id);
            Vec::new()
        });
        browser::spawn(async move {
            let open = api::read_conversation(id).await;
            self.check(open.as_ref().err());
            self.update(|state| match open {
                Ok(open) => state.thread_read(open),
                Err(failure) => {
                    state.thread_failed(id, failure);
                    Vec::new()
                }
            });
        });
    }

    /// Reads the messages before the first one shown.
    pub fn read_earlier(self, id: ConversationId) {
        let mut before = None;
        self.update(|state| {
            before = state.earlier_reading(id);
            Vec::new()
        });
        let Some(before) = before else { return };
        browser::spawn(async move {
            let messages = api::read_earlier(id, before).await;
            self.check(messages.as_ref().err());
            self.update(|state| {
                state.earlier_read(id, messages);
                Vec::new()
            });
        });
    }

    fn read_again(self) {
        let place = self.place.get_untracked();
        self.update(|state| {
            state.list_reading(Tab::Active);
            state.list_reading(place.tab());
            Vec::new()
        });
        browser::spawn(async move {
            match api::read_inbox(place.tab(), place.open()).await {
                Ok(page) => {
                    self.update(|state| state.read_again(page, place));
                    self.arrive(self.place.get_untracked(), false);
                }
                Err(failure) => {
                    self.check(Some(&failure));
                    // Still behind: as long as it was not read, each new connection asks for it.
                    self.update(|state| {
                        state.reading_again_failed();
                        Vec::new()
                    });
                    socket::restart();
                }
            }
        });
    }

    /// A session that is over is found out by whichever request comes first.
    pub fn check(self, failure: Option<&Failure>) {
        if failure == Some(&Failure::Refused(Refusal::SignedOut)) {
            browser::go("/sign-in");
        }
    }

    /// Ends the session.
    pub fn sign_out(self) {
        browser::spawn(async move {
            match api::sign_out().await {
                Ok(()) | Err(Failure::Refused(Refusal::SignedOut)) => browser::go("/sign-in"),
                Err(_) => self.tell(Notice::Failed(Refusal::Unavailable)),
            }
        });
    }

    /// Asks the server for something.
    pub fn ask(self, intent: Intent) {
        self.update(|state| state.ask(browser::command_id(), intent, browser::now()));
    }

    /// Writes a message, or a private note.
    ///
    /// # Errors
    /// [`TextError`] for a text that the server would refuse.
    pub fn write(self, id: ConversationId, text: String, note: bool) -> Result<(), TextError> {
        let mut result = Ok(());
        self.update(|state| {
            match state.write(browser::command_id(), id, text, note, browser::now()) {
                Ok(effects) => effects,
                Err(error) => {
                    result = Err(error);
                    Vec::new()
                }
            }
        });
        result
    }

    /// Gives up the refused correction of a visitor.
    pub fn discard_edit(self, id: ConversationId) {
        self.update(|state| {
            state.discard_edit(id);
            Vec::new()
        });
    }

    /// Tries a message again that was not sent.
    pub fn retry(self, id: CommandId) {
        self.update(|state| state.retry(id));
    }

    /// Puts the words of a message that was not sent into the clipboard.
    pub fn copy(self, id: CommandId) {
        let text = self.state(|state| state.unsent_text(id));
        if text.is_some_and(|text| browser::copy(&text)) {
            self.tell(Notice::Copied);
        } else {
            self.tell(Notice::Failed(Refusal::Unavailable));
        }
    }

    /// Tells the visitor whether the agent is writing.
    pub fn type_in(self, conversation: ConversationId, typing: bool) {
        if self.state(InboxState::link) == Link::Up {
            socket::send(&AgentRequest::Typing {
                conversation,
                typing,
            });
        }
    }

    /// The first frame of a connection.
    pub(super) fn hello(self) -> AgentRequest {
        self.take_in();
        self.state(InboxState::hello)
    }

    /// The connection is lost.
    pub(super) fn disconnected(self, outdated: bool) {
        // What the connection brought comes before its end.
        self.take_in();
        self.update(|state| {
            state.disconnected(outdated);
            Vec::new()
        });
    }

    /// Finds out whether the reason for having no connection is a session that is over.
    pub(super) fn check_session(self) {
        browser::spawn(async move {
            self.check(api::check_session().await.as_ref().err());
        });
    }

    pub(super) fn act(self, task: Task) {
        let me = || self.me().id;
        match task {
            Task::Send(frame) => socket::send(&frame),
            Task::Keep(unsent) => storage::keep(me(), &unsent),
            Task::Forget(id) => storage::forget(me(), id),
            Task::Upload(id) => upload::begin(self, id),
            Task::DropFile(file) => upload::forget(file),
            Task::Open(id) => self.go(Place::conversation(Tab::Active, id)),
            Task::Asked(id) => {
                if let Some(Dialog::Transfer(about) | Dialog::ShareCalendar(about)) =
                    untrack(|| self.dialog())
                    && about == id
                {
                    self.close_dialog();
                }
            }
            Task::Alert(alert) => notify::alert(self, alert),
            Task::ReadPage => self.touch(|parts| &parts.page),
            // It stands in the chat already.
            Task::Tell(Notice::News { conversation, .. })
                if untrack(|| self.in_front()) == Some(conversation) => {}
            Task::Tell(notice) => self.tell(notice),
            Task::ReadAgain => self.read_again(),
            Task::ReadThread(id) => self.read_thread(id),
            Task::SignedOut => browser::go("/sign-in"),
        }
    }

    /// Tells the agent something in passing.
    pub fn tell(self, notice: Notice) {
        self.say(Some(notice));
    }

    /// What was said in passing goes, unless something newer stands there.
    pub fn untell(self, number: u32) {
        if self
            .inner
            .with_value(|inner| inner.notice.as_ref().map(|(newest, _)| *newest))
            == Some(number)
        {
            self.say(None);
        }
    }

    fn say(self, notice: Option<Notice>) {
        let mut part = None;
        self.inner.update_value(|inner| {
            inner.notices = inner.notices.wrapping_add(1);
            inner.notice = notice.map(|notice| (inner.notices, notice));
            part = Some(inner.parts.notice.clone());
        });
        if let Some(part) = part {
            part.touch();
        }
    }
}
