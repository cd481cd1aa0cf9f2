//! The head: who one talks to, and how it stands.

use domain::{
    chat::{Link, Phase},
    texts::{
        Words, fill,
        keys::{ChatText, SharedText},
    },
};
use web_sys::HtmlElement;

use super::Shown;
use crate::{
    dom::{add, add_button, add_text, attribute, change_text, show, text},
    message::Msg,
    words::Texts,
};

pub struct Head {
    avatar: HtmlElement,
    name: HtmlElement,
    status: HtmlElement,
    /// That the agent has no connection just now.
    presence: HtmlElement,
    end: HtmlElement,
    /// Whose picture is drawn: the photo's name and the person's.
    drawn: (String, String),
}

impl Head {
    pub fn new(main: &HtmlElement, words: &Texts) -> Self {
        let head = add(main, "header", "head");
        let avatar = add(&head, "span", "avatar");
        attribute(&avatar, "aria-hidden", "true");
        let who = add(&head, "div", "who");
        let name = add(&who, "h1", "");
        attribute(&name, "dir", "auto");
        let line = add(&who, "div", "state");
        let status = add(&line, "p", "status");
        attribute(&status, "role", "status");
        attribute(&status, "aria-label", words.word(ChatText::ChatStatus));
        let presence = add_text(
            &line,
            "span",
            "presence",
            words.word(ChatText::NotConnected),
        );
        let end = add_button(&head, "end", words.word(ChatText::EndChat), Msg::AskEnd);
        Self {
            avatar,
            name,
            status,
            presence,
            end,
            drawn: Default::default(),
        }
    }

    pub fn draw(&mut self, shown: &Shown<'_>, phase: Phase) {
        let thread = shown
            .chat
            .current()
            .filter(|_| matches!(phase, Phase::Active | Phase::Ended));
        let agent = thread.and_then(|thread| thread.head.agent.as_ref());
        let name = agent.map_or(shown.site.name.as_str(), |agent| agent.name.as_str());
        let photo = match agent {
            Some(agent) => &agent.photo,
            None => &shown.site.avatar,
        };
        let photo = photo.as_deref();
        let photo = photo.unwrap_or_default();
        if self.drawn.0 != photo || self.drawn.1 != name {
            self.drawn = (photo.to_owned(), name.to_owned());
            text(&self.name, name);
            picture(&self.avatar, name, photo);
        }
        let apart = phase == Phase::Active
            && thread.is_some_and(|thread| !thread.agent_connected && !thread.head.away)
            && shown.chat.link() == Link::Up;
        show(&self.presence, apart);
        change_text(&self.status, &status(shown, phase));
        show(
            &self.end,
            phase == Phase::Active && !shown.asks_end && !shown.chat.ending(),
        );
    }
}

/// Somebody's initials, and over them the photo: they show while it is not there.
pub fn picture(avatar: &HtmlElement, name: &str, photo: &str) {
    text(avatar, &initials(name));
    if !photo.is_empty() {
        let image = add(avatar, "img", "");
        let mut address = String::from("/photos/");
        address.push_str(photo);
        attribute(&image, "alt", "");
        attribute(&image, "src", &address);
    }
}

/// The head's words for how the chat stands.
fn status(shown: &Shown<'_>, phase: Phase) -> String {
    let words = shown.words;
    let plain = |key| Words::<ChatText>::word(words, key).to_owned();
    let thread = shown.chat.current();
    match (shown.chat.link(), phase) {
        (Link::Lost, _) => words.word(SharedText::Reconnecting).to_owned(),
        (_, Phase::Loading) => String::new(),
        (_, Phase::Form) if !shown.site.available => plain(ChatText::NobodyIsAvailable),
        (_, Phase::Form) => String::new(),
        (_, Phase::Waiting) if shown.chat.is_sought() => plain(ChatText::FindingSomeone),
        (Link::Fresh | Link::Up, Phase::Waiting) => plain(ChatText::Asking),
        (_, Phase::Waiting) => String::new(),
        (_, Phase::Fallback) => plain(ChatText::NobodyIsAvailable),
        (_, Phase::Left) => plain(ChatText::MessageLeft),
        (_, Phase::Ended) => words.word(SharedText::Ended).to_owned(),
        (_, Phase::Active) => {
            let key = match thread {
                Some(thread) if thread.head.away => ChatText::AgentIsAway,
                _ => ChatText::ChattingWith,
            };
            let agent = thread
                .and_then(|thread| thread.head.agent.as_ref())
                .map_or("", |agent| agent.name.as_str());
            fill(words.word(key), &[("agent", agent)])
        }
    }
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut parts = name.split_whitespace();
    let first = parts.next().and_then(|part| part.chars().next());
    // Not `last`, which would bring the code for going backwards.
    let last = parts.fold(None, |_, part| part.chars().next());
    first.into_iter().chain(last).collect()
}
