//! What each thing that happens leads to.

use domain::{
    chat::{Link, Phase},
    frame::{
        CLOSE_OUTDATED, DecodeError,
        read::read,
        visitor::{VisitorEvent, VisitorRequest},
    },
    text::{MESSAGE_BYTES, MessageText, TextError},
    texts::{Words, keys::SharedText},
};

use super::App;
use crate::{
    clock::Due,
    dom::{set_value, value, window},
    loader::{DRAFT, FIRST_MESSAGE},
    message::Msg,
    site::Field,
    view::form::Purpose,
    words::now,
};

/// How long the agent's typing shows without being renewed, in milliseconds.
const AGENT_TYPING_MILLIS: f64 = 12_000.0;
/// After how long without a key the visitor no longer types, in milliseconds.
const OWN_TYPING_MILLIS: f64 = 5_000.0;

impl App {
    /// Takes in one thing that happened.
    pub fn update(&mut self, msg: Msg) {
        match msg {
            Msg::Open { focus, token } => self.opened(focus, token),
            Msg::Close => self.open = false,
            Msg::Page(page, views) => {
                self.page = page;
                if let Some(views) = views {
                    self.loader.learn_views(views);
                    self.chat.viewed(self.loader.views());
                }
                if self.is_up() && !self.chat.threads().is_empty() {
                    self.connection
                        .send(&VisitorRequest::Page(self.page.clone()));
                }
            }
            Msg::Identify(person, identity) => self.identified(person, identity),
            Msg::Attributes(attributes) => {
                self.said.attributes(attributes);
                self.introduce_if_known();
            }
            Msg::Track(event) => {
                self.said.event(event);
                self.introduce_if_known();
            }
            Msg::Carries(_) | Msg::Frame(..) | Msg::Polled { .. } | Msg::Gone(..) => {
                self.connection_says(msg);
            }
            Msg::Online => self.try_now(),
            Msg::Offline => {
                if self.connection.is_open() {
                    self.lost();
                }
            }
            Msg::Leave => {
                self.away = true;
                self.connection.close();
                if self.is_up() {
                    self.chat.lost();
                }
            }
            Msg::Return => {
                if self.away {
                    self.away = false;
                    self.clock.cancel(Due::Connect);
                }
            }
            Msg::Visibility => self.try_now(),
            Msg::Time => {
                self.clock.rang();
                while let Some(due) = self.clock.passed() {
                    self.passed(due);
                }
            }
            Msg::Typed => {
                let words = value(self.view.composer());
                self.problem.clear();
                self.loader.keep(DRAFT, &words);
                self.view.grow();
                self.clock.set(Due::OwnTyping, OWN_TYPING_MILLIS);
                self.say_typing(!words.trim().is_empty());
            }
            Msg::Send => self.send(),
            Msg::FormTyped => {
                self.problem.clear();
                self.view.form().keep(&mut self.loader);
            }
            Msg::Submit if self.view.form().purpose() == Some(Purpose::Start) => self.start_chat(),
            Msg::Submit => self.leave_message(),
            Msg::StartChat => self.start_chat(),
            Msg::Again(id) => {
                let effects = self.chat.again(id, now());
                self.perform(effects);
                self.upload(id);
            }
            Msg::ChooseFile => self.view.choose_file(),
            Msg::Attach { name, bytes } => self.attach(name, bytes),
            Msg::Progress(id, percent) => self.progress(id, percent),
            Msg::Uploaded(id, answer) => self.uploaded(id, answer),
            Msg::Choose(rating) => {
                self.rating = Some(rating);
                self.view.rating().complain(false, &self.words);
            }
            Msg::Rate => self.rate(),
            Msg::Book {
                card,
                slot,
                email,
                zone,
            } => self.book(card, slot, email, zone),
            Msg::LaterSlots(card) => {
                let effects = self.chat.ask_for_later_slots(card);
                self.perform(effects.into_iter().collect());
            }
            Msg::AskEnd => self.asks_end = true,
            Msg::KeepChatting => self.asks_end = false,
            Msg::End => {
                let effects = self.chat.end(Self::fresh_id(), now());
                self.perform(effects);
            }
            Msg::NewChat => {
                self.problem.clear();
                self.chat.wants_form();
            }
            Msg::Transcript => self.transcript(),
            Msg::ToBottom => self.view.go_to_end(),
            Msg::Scrolled => {}
            Msg::Escape => {
                if self.asks_end {
                    self.asks_end = false;
                } else {
                    self.loader.close();
                }
            }
            Msg::Reload => {
                let _ = window().location().reload();
            }
        }
    }

    fn opened(&mut self, focus: bool, token: Option<String>) {
        self.open = true;
        self.chat.forget_slots();
        if let Some(token) = token {
            self.loader.learn_token(token);
        }
        self.view.opened(focus);
    }

    /// There may be a network again, or the page was asleep: no waiting.
    fn try_now(&mut self) {
        if self.clock.is_set(Due::Connect) {
            self.clock.cancel(Due::Connect);
        }
    }

    fn passed(&mut self, due: Due) {
        match due {
            Due::Connect => {}
            Due::Welcome | Due::Silence => self.lost(),
            Due::Gap => {
                if self.chat.has_gap() {
                    self.lost();
                }
            }
            Due::SendAgain => {
                if self.is_up() {
                    for request in self.chat.unanswered() {
                        self.connection.send(&request);
                    }
                }
            }
            Due::AgentTyping => self.chat.typing_is_over(),
            Due::OwnTyping => self.say_typing(false),
        }
    }

    fn connection_says(&mut self, msg: Msg) {
        match msg {
            Msg::Carries(attempt) if self.connection.is_current(attempt) => {
                let hello = self.hello();
                self.connection.send(&hello);
            }
            Msg::Frame(attempt, bytes) if self.connection.is_current(attempt) => {
                self.frame(&bytes);
            }
            Msg::Polled {
                attempt,
                count,
                answer,
            } if self.connection.is_current(attempt) => {
                let Some((frames, closed)) = self.connection.polled(count, &answer) else {
                    self.lost();
                    return;
                };
                for frame in &frames {
                    self.frame(frame);
                }
                if self.is_up() {
                    self.heard();
                }
                if let Some(code) = closed {
                    self.gone(code);
                }
            }
            Msg::Gone(attempt, code) if self.connection.is_current(attempt) => self.gone(code),
            _ => {}
        }
    }

    fn gone(&mut self, code: u16) {
        if code == CLOSE_OUTDATED {
            self.outdated();
        } else if matches!(self.chat.link(), Link::Refused(_)) {
            self.connection.close();
        } else {
            self.lost();
        }
    }

    fn outdated(&mut self) {
        self.connection.close();
        self.chat.outdated();
        for due in [Due::Welcome, Due::Silence, Due::Connect] {
            self.clock.cancel(due);
        }
    }

    fn frame(&mut self, bytes: &[u8]) {
        let event = match read::<VisitorEvent>(bytes) {
            Ok(event) => event,
            Err(DecodeError::Version(_)) => {
                self.outdated();
                return;
            }
            Err(_) => {
                self.lost();
                return;
            }
        };
        self.heard();
        let welcome = matches!(event, VisitorEvent::Welcome { .. });
        if let VisitorEvent::Welcome { available, .. } = event {
            self.site.available = available;
            self.connection.welcomed();
            self.clock.cancel(Due::Welcome);
        }
        if let VisitorEvent::Typing { typing: true, .. } = event {
            self.clock.set(Due::AgentTyping, AGENT_TYPING_MILLIS);
        }
        let effects = self.chat.receive(event);
        self.perform(effects);
        if welcome {
            if self.chat.threads().is_empty() {
                self.said.forget_events();
            } else {
                self.introduce();
            }
        }
        match self.chat.link() {
            Link::Refused(_) => {
                self.connection.close();
                self.clock.cancel(Due::Welcome);
                self.clock.cancel(Due::Silence);
            }
            Link::Lost => self.lost(),
            _ => {}
        }
    }

    fn send(&mut self) {
        let words = value(self.view.composer());
        self.problem.clear();
        match MessageText::try_from(words) {
            Ok(words) => {
                let effects = self.chat.write(Self::fresh_id(), now(), words.into());
                self.perform(effects);
                set_value(self.view.composer(), "");
                self.loader.keep(DRAFT, "");
                self.view.grow();
                self.view.go_to_end();
                self.typing_said = 0.0;
                self.clock.cancel(Due::OwnTyping);
            }
            Err(TextError::TooLong) => {
                self.problem = self.words.word(SharedText::TooLarge).to_owned();
            }
            Err(_) => {}
        }
    }

    fn start_chat(&mut self) {
        self.problem.clear();
        if !self.view.form().check(false, &self.words) {
            return;
        }
        let first = value(self.view.form().message());
        if first.len() > MESSAGE_BYTES {
            self.problem = self.words.word(SharedText::TooLarge).to_owned();
            return;
        }
        let profile = self.view.form().profile();
        let effects = self
            .chat
            .start(Self::fresh_id(), now(), profile, Some(first));
        self.perform(effects);
        self.sent_form();
    }

    fn leave_message(&mut self) {
        self.problem.clear();
        if !self.view.form().check(true, &self.words) {
            return;
        }
        let form = self.view.form();
        match MessageText::try_from(value(form.message())) {
            Ok(text) => {
                let profile = form.profile();
                let effects = self
                    .chat
                    .leave(Self::fresh_id(), now(), profile, text.into());
                self.perform(effects);
                self.sent_form();
            }
            Err(error) => self.problem = self.reason(error.into()).to_owned(),
        }
    }

    fn rate(&mut self) {
        self.problem.clear();
        let Some(rating) = self.rating else {
            self.view.rating().complain(true, &self.words);
            return;
        };
        let comment = self.view.rating().comment();
        let effects = self.chat.rate(Self::fresh_id(), now(), rating, comment);
        self.perform(effects);
        self.view.focus_list();
    }

    /// The form's words are on their way.
    fn sent_form(&mut self) {
        set_value(self.view.form().message(), "");
        self.loader.keep(FIRST_MESSAGE, "");
    }

    fn transcript(&mut self) {
        if let Some(thread) = self.chat.current()
            && self.chat.phase() == Phase::Ended
        {
            let form = self.view.form();
            let name = [Field::Name, Field::Email]
                .into_iter()
                .map(|field| form.value(field))
                .find(|value| !value.is_empty())
                .unwrap_or_default();
            crate::transcript::download(&thread.messages, &name, &self.words, &self.times);
        }
    }
}
