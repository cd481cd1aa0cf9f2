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
    dom::{add, add_button, attribute, change_text, show},
    message::Msg,
    words::Texts,
};

pub struct Head {
    avatar: HtmlElement,
    name: HtmlElement,
    status: HtmlElement,
    end: HtmlElement,
}

impl Head {
    pub fn new(main: &HtmlElement, words: &Texts) -> Self {
        let head = add(main, "header", "head");
        let avatar = add(&head, "span", "avatar");
        attribute(&avatar, "aria-hidden", "true");
        let who = add(&head, "div", "who");
        let name = add(&who, "h1", "");
        attribute(&name, "dir", "auto");
        let status = add(&who, "p", "status");
        attribute(&status, "role", "status");
        attribute(&status, "aria-label", words.word(ChatText::ChatStatus));
        let end = add_button(&head, "end", words.word(ChatText::EndChat), Msg::AskEnd);
        Self {
            avatar,
            name,
            status,
            end,
        }
    }

    pub fn draw(&self, shown: &Shown<'_>, phase: Phase) {
        let agent = shown
            .chat
            .current()
            .filter(|_| matches!(phase, Phase::Active | Phase::Ended))
            .and_then(|thread| thread.head.agent.as_ref());
        let name = agent.map_or(shown.site.name.as_str(), |agent| agent.name.as_str());
        change_text(&self.name, name);
        change_text(&self.avatar, &initials(name));
        change_text(&self.status, &status(shown, phase));
        show(
            &self.end,
            phase == Phase::Active && !shown.asks_end && !shown.chat.ending(),
        );
    }
}

fn status(shown: &Shown<'_>, phase: Phase) -> String {
    let words = shown.words;
    let plain = |key| Words::<ChatText>::word(words, key).to_owned();
    let thread = shown.chat.current();
    match (shown.chat.link(), phase) {
        (Link::Lost, _) => words.word(SharedText::Reconnecting).to_owned(),
        (_, Phase::Loading) => String::new(),
        (_, Phase::Form) if !shown.site.available => plain(ChatText::NobodyIsAvailable),
        (_, Phase::Form) => String::new(),
        (_, Phase::Waiting) => plain(ChatText::FindingSomeone),
        (_, Phase::Fallback) => plain(ChatText::NobodyIsAvailable),
        (_, Phase::Ended) => words.word(SharedText::Ended).to_owned(),
        (_, Phase::Active) => {
            let key = match thread {
                Some(thread) if !thread.agent_connected => ChatText::AgentIsAway,
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
    let last = parts.next_back().and_then(|part| part.chars().next());
    first.into_iter().chain(last).collect()
}
