//! The chat at work: what happens is taken in, and what follows is sent, kept and drawn.

mod booking;
mod files;
mod happening;
mod visitor;

use domain::{
    CommandId, Refusal,
    activity::Rating,
    chat::{ChatClient, Effect, Link, Notice, Phase},
    frame::visitor::{VisitorHello, VisitorRequest},
    texts::{
        Words,
        keys::{ChatText, SharedText},
    },
    visitor::Page,
};
use js_sys::{Array, Date};
use wasm_bindgen::JsValue;
use web_sys::MessagePort;

use crate::{
    bytes::random,
    clock::{Clock, Due},
    connection::{Connection, SILENCE_MILLIS, WELCOME_MILLIS},
    dom::{document, on, set_value, value, window},
    loader::{DRAFT, FIRST_MESSAGE, Loader},
    message::Msg,
    site::Site,
    upload::Upload,
    view::{Shown, View},
    words::{Texts, Times, now},
};

/// How long missing messages may take to come by themselves, in milliseconds.
const GAP_MILLIS: f64 = 3_000.0;
const AGAIN_MILLIS: f64 = 3_000.0;

/// Everything that the chat holds.
pub struct App {
    site: Site,
    words: Texts,
    times: Times,
    loader: Loader,
    chat: ChatClient,
    connection: Connection,
    clock: Clock,
    view: View,
    page: Page,
    said: visitor::Said,
    /// Files that are not up yet.
    uploads: Vec<Upload>,
    /// How good the visitor chose to call the chat.
    rating: Option<Rating>,
    /// The panel is open.
    open: bool,
    /// `End chat` was clicked and waits for a yes.
    asks_end: bool,
    /// What went wrong with the last thing that the visitor did.
    problem: String,
    /// When the server was last told that the visitor types, in milliseconds since 1970.
    typing_said: f64,
    /// The page rests in the back-forward cache.
    away: bool,
}

impl App {
    /// None if the page's data names no site.
    pub fn new(port: MessagePort, kept: &Array, site: &JsValue, texts: &Array) -> Option<Self> {
        let site = Site::read(site)?;
        let words = Texts::new(texts);
        let loader = Loader::new(port, kept);
        let view = View::new(&site, &words, &loader);
        let mut chat = ChatClient::new(loader.outbox(), loader.has_chat());
        chat.viewed(loader.views());
        Some(Self {
            times: Times::new(site.language.tag()),
            chat,
            connection: Connection::default(),
            clock: Clock::default(),
            view,
            page: Page::default(),
            said: visitor::Said::default(),
            uploads: Vec::new(),
            rating: None,
            open: false,
            asks_end: false,
            problem: String::new(),
            typing_said: 0.0,
            away: false,
            site,
            words,
            loader,
        })
    }

    /// Begins to listen, and draws for the first time.
    pub fn begin(&mut self) {
        on(&window(), "online", Msg::Online);
        on(&window(), "offline", Msg::Offline);
        on(&window(), "pagehide", Msg::Leave);
        on(&window(), "pageshow", Msg::Return);
        on(&document(), "visibilitychange", Msg::Visibility);
        self.loader.listen();
        self.settle();
    }

    /// After something was taken in: connects, reads, keeps, draws.
    pub fn settle(&mut self) {
        self.connect_if_wanted();
        self.watch_gap();
        let effects = self.chat.want_slots();
        self.perform(effects);
        if self.is_read() {
            let effects = self.chat.seen();
            self.perform(effects);
        }
        let phase = self.chat.phase();
        self.asks_end &= phase == Phase::Active && !self.chat.ending();
        if phase == Phase::Fallback && self.view.phase() == Some(Phase::Waiting) {
            self.take_draft();
        }
        let live =
            matches!(phase, Phase::Waiting | Phase::Active) || !self.chat.unanswered().is_empty();
        let chat = !self.chat.threads().is_empty() || (self.loader.has_chat() && !self.is_up());
        self.loader.keep_chat(chat, live);
        if !self.chat.threads().is_empty() {
            self.loader.forget_views();
        }
        let unread = if self.is_read() {
            0
        } else {
            self.chat.unread()
        };
        self.loader.unread(unread);
        self.view.draw(&Shown {
            chat: &self.chat,
            site: &self.site,
            words: &self.words,
            times: &self.times,
            uploads: &self.uploads,
            asks_end: self.asks_end,
            problem: &self.problem,
        });
        // What was drawn may have brought the reader to the end of the list.
        self.clock.arm();
    }

    fn is_up(&self) -> bool {
        self.chat.link() == Link::Up
    }

    /// Whether the visitor has the newest messages in sight.
    fn is_read(&self) -> bool {
        self.open && self.view.is_at_bottom() && !document().hidden()
    }

    fn connect_if_wanted(&mut self) {
        let wanted = self.open
            || self.loader.is_live()
            // What the visitor has done waits for nothing else, whatever the page says.
            || !self.chat.unanswered().is_empty()
            || matches!(self.chat.link(), Link::Up | Link::Lost);
        let hopeless = matches!(self.chat.link(), Link::Outdated | Link::Refused(_));
        if wanted
            && !hopeless
            && !self.away
            && !self.connection.is_open()
            && !self.clock.is_set(Due::Connect)
        {
            self.connection.connect();
            self.clock.set(Due::Welcome, WELCOME_MILLIS);
        }
    }

    /// The connection is gone; another is tried after a while.
    fn lost(&mut self) {
        let delay = self.connection.lost();
        // Quick second tries, as of the fallback, are not worth a word.
        if delay > 0.0 || self.chat.link() != Link::Fresh {
            self.chat.lost();
        }
        self.clock.cancel(Due::Welcome);
        self.clock.cancel(Due::Silence);
        self.clock.set(Due::Connect, delay);
    }

    fn watch_gap(&mut self) {
        if !self.is_up() || !self.chat.has_gap() {
            self.clock.cancel(Due::Gap);
        } else if !self.clock.is_set(Due::Gap) {
            self.clock.set(Due::Gap, GAP_MILLIS);
        }
    }

    fn hello(&mut self) -> VisitorRequest {
        VisitorRequest::Hello(VisitorHello {
            site: self.site.key.clone(),
            token: self.loader.token(),
            language: self.site.language,
            known: self.chat.known(),
            page: self.page.clone(),
            zone: self.site.zone.clone(),
            identity: self.said.identity(),
        })
    }

    fn heard(&mut self) {
        self.clock.set(Due::Silence, SILENCE_MILLIS);
    }

    fn fresh_id() -> CommandId {
        CommandId::new(now(), random())
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                // Before the welcome nothing is taken; afterwards everything is sent.
                Effect::Send(request) if self.is_up() => self.connection.send(&request),
                Effect::Send(VisitorRequest::Pong) => self.connection.send(&VisitorRequest::Pong),
                Effect::Send(_) => {}
                Effect::Keep(id) => {
                    if let Some(outgoing) = self.chat.outgoing(id) {
                        self.loader.keep_outgoing(outgoing);
                    }
                }
                Effect::Forget(id) => self.loader.forget_outgoing(id),
                Effect::Tell(notice) => {
                    self.loader.tell(notice);
                    match notice {
                        Notice::Requested => self.introduce(),
                        Notice::Accepted => self.site.available = true,
                        _ => {}
                    }
                }
                Effect::Restore(text, refusal) => self.restore(&text, refusal),
                Effect::Failed(refusal) => self.fail(refusal),
                Effect::NotBooked(card, refusal) => self.not_booked(card, refusal),
                Effect::SendAgainSoon => self.clock.set(Due::SendAgain, AGAIN_MILLIS),
            }
        }
    }

    /// Puts words back where they were written, and says why beside the field, if it is one's.
    fn restore(&mut self, text: &str, refusal: Refusal) {
        let in_form = matches!(self.chat.phase(), Phase::Form | Phase::Fallback);
        self.put_back(in_form, text);
        let form = self.view.form_mut();
        let beside = in_form
            && match refusal {
                Refusal::AlreadyOpen => true,
                Refusal::EmailNotTaken => form.refuse_email(ChatText::EmailNotTaken, &self.words),
                Refusal::Malformed => form.refuse_email(ChatText::EmailMalformed, &self.words),
                Refusal::Required => !form.check(false, &self.words),
                _ => false,
            };
        // The form comes back, and the focus with it, unless that is in the site's page by now.
        if in_form && document().has_focus().unwrap_or(false) {
            self.view.wants_focus();
        }
        if !beside && refusal != Refusal::AlreadyOpen {
            self.fail(refusal);
        }
    }

    /// Puts words before those in the form's message, or in the composer.
    fn put_back(&mut self, in_form: bool, text: &str) {
        let (field, name) = if in_form {
            (self.view.form().message(), FIRST_MESSAGE)
        } else {
            (self.view.composer(), DRAFT)
        };
        let mut words = value(field);
        if !text.is_empty() {
            if !words.is_empty() {
                words.insert(0, '\n');
            }
            words.insert_str(0, text);
            set_value(field, &words);
            self.loader.keep(name, &words);
        }
    }

    /// What was being written when nobody came becomes the message to leave.
    fn take_draft(&mut self) {
        let words = value(self.view.composer());
        self.put_back(true, words.trim());
        set_value(self.view.composer(), "");
        self.loader.keep(DRAFT, "");
    }

    fn fail(&mut self, refusal: Refusal) {
        self.problem = self.reason(refusal).to_owned();
    }

    /// What to tell the visitor about a refusal.
    fn reason(&self, refusal: Refusal) -> &str {
        reason(&self.words, refusal)
    }

    /// The visitor typed: the agent is told now and then.
    fn say_typing(&mut self, typing: bool) {
        let now = Date::now();
        if !typing {
            self.clock.cancel(Due::OwnTyping);
        }
        let was = self.typing_said > 0.0;
        if typing == was && now - self.typing_said < 3_000.0 || (!typing && !was) {
            return;
        }
        self.typing_said = if typing { now } else { 0.0 };
        if self.is_up()
            && let Some(thread) = self.chat.current()
        {
            self.connection.send(&VisitorRequest::Typing {
                conversation: thread.head.id,
                typing,
            });
        }
    }
}

/// The words for a refusal.
pub fn reason(words: &Texts, refusal: Refusal) -> &str {
    words.word(match refusal {
        Refusal::Blocked => return words.word(ChatText::Blocked),
        Refusal::EmailNotTaken => return words.word(ChatText::EmailNotTaken),
        Refusal::Required => return words.word(ChatText::FormChanged),
        Refusal::TooLarge => SharedText::TooLarge,
        Refusal::FileTooLarge => return words.word(ChatText::FileTooLarge),
        Refusal::TooMany => SharedText::TooMany,
        Refusal::Full => return words.word(ChatText::Full),
        Refusal::WaitForAnswer => return words.word(ChatText::WaitForAnswer),
        Refusal::TooManyFiles => SharedText::TooManyFiles,
        _ => SharedText::Failed,
    })
}
