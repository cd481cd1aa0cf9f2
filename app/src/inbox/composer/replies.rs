use domain::{
    ConversationId,
    reply::{SavedReply, fill},
    texts::keys::{InboxText, SharedText},
};
use leptos::{ev::KeyboardEvent, html::Textarea, prelude::*};

use crate::{
    api::{Failure, read_replies},
    browser,
    components::{Button, Kind, calc, memo, part},
    live::Inbox,
};

/// The id of the list of options.
pub const OPTIONS: &str = "saved-replies";

/// How many are offered at once.
const OFFERED: usize = 8;

/// The saved replies that are offered while the agent types `/` and a shortcut.
#[derive(Clone, Copy)]
pub struct Replies {
    inbox: Inbox,
    id: ConversationId,
    text: NodeRef<Textarea>,
    /// Something was inserted.
    written: Callback<()>,
    /// None before they were read.
    all: RwSignal<Option<Result<Vec<SavedReply>, Failure>>>,
    /// What stands behind the slash; none: nothing is offered.
    typed: RwSignal<Option<String>>,
    /// The option that a key would insert.
    at: RwSignal<usize>,
    /// The slash behind which the agent wants none.
    closed_at: StoredValue<Option<usize>>,
}

impl Replies {
    pub fn new(
        inbox: Inbox,
        id: ConversationId,
        text: NodeRef<Textarea>,
        written: Callback<()>,
    ) -> Self {
        Self {
            inbox,
            id,
            text,
            written,
            all: RwSignal::new(None),
            typed: RwSignal::new(None),
            at: RwSignal::new(0),
            closed_at: StoredValue::new(None),
        }
    }

    /// The agent typed: offers what fits, or nothing more.
    pub fn follow(self) {
        let word = self.word();
        let typed = word.and_then(|(slash, typed)| {
            (self.closed_at.get_value() != Some(slash)).then_some(typed)
        });
        if typed.is_none() && self.word().is_none() {
            self.closed_at.set_value(None);
        }
        if typed.is_some() && self.typed.with_untracked(Option::is_none) {
            self.read();
        }
        if self.typed.get_untracked() != typed {
            self.at.set(0);
            self.typed.set(typed);
        }
    }

    /// Offers nothing more.
    pub fn close(self) {
        if self.typed.try_with_untracked(Option::is_some) == Some(true) {
            self.typed.set(None);
        }
    }

    /// Whether there is something to choose from.
    pub fn is_open(self) -> bool {
        !self.offered().is_empty()
    }

    /// The id of the option that a key would insert.
    pub fn active(self) -> Option<String> {
        self.is_open().then(|| option_id(self.at.get()))
    }

    /// Takes a key that is meant for the list; whether it was.
    pub fn take(self, event: &KeyboardEvent) -> bool {
        if self.typed.with_untracked(Option::is_none) {
            return false;
        }
        let offered = untrack(|| self.offered());
        let (at, count) = (self.at.get_untracked(), offered.len());
        match browser::key(event).as_str() {
            "Escape" => {
                self.closed_at
                    .set_value(self.word().map(|(slash, _)| slash));
                self.close();
            }
            _ if count == 0 => return false,
            "ArrowDown" => self.at.set((at + 1) % count),
            "ArrowUp" => self.at.set((at + count - 1) % count),
            "Enter" | "Tab" if !event.shift_key() => {
                if let Some(reply) = offered.get(at) {
                    self.insert(reply);
                }
            }
            _ => return false,
        }
        true
    }

    /// What fits what was typed: shortcuts that begin with it, then those that hold it.
    fn offered(self) -> Vec<SavedReply> {
        let Some(typed) = self.typed.get() else {
            return Vec::new();
        };
        self.all.with(|all| match all {
            Some(Ok(all)) => fitting(all, &typed),
            _ => Vec::new(),
        })
    }

    fn read(self) {
        // What is known is offered until the newest is here.
        browser::spawn(async move {
            let read = read_replies().await;
            self.inbox.check(read.as_ref().err());
            if read.is_ok() || self.all.try_with_untracked(Option::is_none) == Some(true) {
                self.all.try_set(Some(read));
            }
        });
    }

    /// Where the slash stands before the caret, in bytes, and what is behind it.
    fn word(self) -> Option<(usize, String)> {
        let text = self.text.get_untracked()?;
        let value = text.value();
        let caret = bytes(&value, text.selection_end().ok()??);
        let (slash, typed) = shortcut(value.get(..caret)?)?;
        Some((slash, typed.to_lowercase()))
    }

    fn insert(self, reply: &SavedReply) {
        let (Some(text), Some((slash, _))) = (self.text.get_untracked(), self.word()) else {
            return;
        };
        let value = text.value();
        let caret = bytes(&value, text.selection_end().ok().flatten().unwrap_or(0));
        let (before, after) = (value.get(..slash), value.get(caret..));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let begin = format!("{before}{}", self.filled(&reply.text));
        let caret = u32::try_from(begin.encode_utf16().count()).unwrap_or(u32::MAX);
        text.set_value(&format!("{begin}{after}"));
        let _ = text.set_selection_range(caret, caret);
        let _ = text.focus();
        self.close();
        self.written.run(());
    }

    fn filled(self, words: &str) -> String {
        let profile = untrack(|| self.inbox.thread(self.id).visitor).map(|visitor| visitor.profile);
        let profile = profile.unwrap_or_default();
        let me = self.inbox.me().name;
        fill(words, |name| {
            let value = match name {
                "visitor.name" => profile.name.as_deref(),
                "visitor.email" => profile.email.as_deref(),
                "visitor.job_title" => profile.job_title.as_deref(),
                "visitor.phone" => profile.phone.as_deref(),
                "agent.name" => Some(&*me),
                _ => None,
            };
            value.map(str::to_owned)
        })
    }
}

/// The list above the box.
#[component]
pub fn ReplyList(replies: Replies) -> impl IntoView {
    let texts = replies.inbox.texts;
    let offered = memo(move || replies.offered());
    let asked = memo(move || replies.typed.with(Option::is_some));
    // With no words behind the slash the agent may not know that there are none.
    let bare = memo(move || replies.typed.with(|typed| typed.as_deref() == Some("")));
    part(move || {
        if !asked.get() {
            return ().into_any();
        }
        if !offered.with(Vec::is_empty) {
            let options: Vec<_> = offered
                .get()
                .into_iter()
                .enumerate()
                .map(|(at, reply)| option(replies, at, reply))
                .collect();
            return view! {
                <ul
                    id=OPTIONS
                    class="replies"
                    role="listbox"
                    aria-label=texts.inbox(InboxText::SavedReplies)
                >
                    {options}
                </ul>
            }
            .into_any();
        }
        match replies
            .all
            .with(|all| all.as_ref().map(|all| all.as_ref().map(Vec::is_empty).ok()))
        {
            Some(None) => view! {
                <p class="replies nothing" role="alert">
                    {texts.inbox(InboxText::SavedRepliesFailed)} " "
                    <Button
                        label=texts.shared(SharedText::Retry)
                        kind=Kind::Inline
                        on_click=Callback::new(move |()| replies.read())
                    />
                </p>
            }
            .into_any(),
            Some(Some(true)) if bare.get() => view! {
                <p class="replies nothing" role="status">
                    {texts.inbox(InboxText::NoSavedReplies)}
                </p>
            }
            .into_any(),
            _ => ().into_any(),
        }
    })
}

fn option(replies: Replies, at: usize, reply: SavedReply) -> AnyView {
    let words = domain::message::preview(&reply.text);
    let shortcut = format!("/{}", &*reply.shortcut);
    view! {
        <li
            id=option_id(at)
            role="option"
            aria-selected=calc(move || (replies.at.get() == at).to_string())
            on:mousedown=move |event| {
                // The box keeps the focus.
                event.prevent_default();
                replies.insert(&reply);
            }
        >
            <strong>{shortcut}</strong>
            " "
            <span dir="auto">{words}</span>
        </li>
    }
    .into_any()
}

fn option_id(at: usize) -> String {
    format!("saved-reply-{at}")
}

fn fitting(all: &[SavedReply], typed: &str) -> Vec<SavedReply> {
    let begins = |reply: &&SavedReply| reply.shortcut.starts_with(typed);
    let holds = |reply: &&SavedReply| !begins(reply) && reply.shortcut.contains(typed);
    let (first, then) = (all.iter().filter(begins), all.iter().filter(holds));
    first.chain(then).take(OFFERED).cloned().collect()
}

/// A slash at the beginning of a word, and what was typed behind it, at the end of the text.
fn shortcut(text: &str) -> Option<(usize, &str)> {
    let word = text
        .rfind(char::is_whitespace)
        .and_then(|at| Some(at + text.get(at..)?.chars().next()?.len_utf8()))
        .unwrap_or(0);
    let typed = text.get(word..)?.strip_prefix('/')?;
    (!typed.contains('/')).then_some((word, typed))
}

/// How many bytes the first UTF-16 units of a text have.
fn bytes(text: &str, units: u32) -> usize {
    let mut left = usize::try_from(units).unwrap_or(usize::MAX);
    let mut bytes = 0;
    for c in text.chars() {
        if left < c.len_utf16() {
            break;
        }
        left -= c.len_utf16();
        bytes += c.len_utf8();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use domain::{ReplyId, Timestamp};

    use super::*;

    #[test]
    fn a_slash_begins_a_shortcut_only_where_a_word_begins() {
        assert_eq!(shortcut("/"), Some((0, "")));
        assert_eq!(shortcut("Hello\n/hi"), Some((6, "hi")));
        assert_eq!(shortcut("è\u{a0}/p"), Some((4, "p")));
        for text in ["", "and/or", "/hi there", "https://x", "/a/b"] {
            assert_eq!(shortcut(text), None, "{text}");
        }
    }

    #[test]
    fn a_caret_is_counted_as_the_browser_does() {
        assert_eq!(bytes("a😀è", 1), 1);
        assert_eq!(bytes("a😀è", 3), 5);
        assert_eq!(bytes("a😀è", 9), 7);
    }

    #[test]
    fn what_begins_with_the_words_comes_first() {
        let reply = |n: u8, shortcut: &str| SavedReply {
            id: ReplyId::new(Timestamp(0), [n; 10]),
            shortcut: shortcut.to_owned().try_into().unwrap(),
            text: "Hi".into(),
            shared: true,
        };
        let all = [reply(1, "big-price"), reply(2, "price"), reply(3, "hello")];
        let found: Vec<_> = fitting(&all, "price")
            .iter()
            .map(|r| r.shortcut.to_string())
            .collect();
        assert_eq!(found, ["price", "big-price"]);
        assert_eq!(fitting(&all, "").len(), 3);
    }
}
