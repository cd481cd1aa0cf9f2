//! Below the messages: where one writes, waits, ends and begins anew.

use domain::{
    chat::{Link, Phase},
    texts::{
        Words,
        keys::{ChatText, SharedText},
    },
};
use web_sys::{Event, HtmlElement};

use super::Shown;
use crate::{
    dom::{add, add_button, add_text, attribute, change_text, get, hear, key, on, set_value, show},
    message::Msg,
    site::Site,
    words::{Texts, number},
};

pub struct Foot {
    problem: HtmlElement,
    waits: HtmlElement,
    writes: HtmlElement,
    composer: HtmlElement,
    /// Where files may be attached: the button and what it opens.
    attach: HtmlElement,
    files: HtmlElement,
    asks: HtmlElement,
    keep: HtmlElement,
    over: HtmlElement,
    new_chat: HtmlElement,
    transcript: HtmlElement,
}

impl Foot {
    pub fn new(main: &HtmlElement, site: &Site, words: &Texts, draft: &str) -> Self {
        let foot = add(main, "footer", "foot");
        let problem = add(&foot, "p", "problem");
        attribute(&problem, "role", "alert");
        let waits = add(&foot, "div", "row");
        add_button(&waits, "quiet", words.word(ChatText::Cancel), Msg::End);
        let writes = add(&foot, "div", "writes");
        let attach = icon(
            &writes,
            "attach",
            words.word(ChatText::AttachFile),
            Msg::ChooseFile,
        );
        let files = add(&writes, "input", "");
        attribute(&files, "type", "file");
        attribute(&files, "multiple", "");
        files.set_hidden(true);
        let composer = composer(&writes, site, words, draft);
        icon(&writes, "send", words.word(SharedText::Send), Msg::Send);
        let asks = add(&foot, "div", "row");
        add_text(&asks, "p", "", words.word(ChatText::EndChatQuestion));
        let keep = add_button(
            &asks,
            "quiet",
            words.word(ChatText::KeepChatting),
            Msg::KeepChatting,
        );
        add_button(&asks, "danger", words.word(ChatText::EndChat), Msg::End);
        let over = add(&foot, "div", "row");
        let transcript = add_button(
            &over,
            "quiet",
            words.word(SharedText::DownloadTranscript),
            Msg::Transcript,
        );
        let new_chat = add_button(
            &over,
            "main",
            words.word(ChatText::StartANewChat),
            Msg::NewChat,
        );
        let made = Self {
            problem,
            waits,
            writes,
            composer,
            attach,
            files,
            asks,
            keep,
            over,
            new_chat,
            transcript,
        };
        made.grow();
        made
    }

    pub fn composer(&self) -> &HtmlElement {
        &self.composer
    }

    /// Opens the browser's choice of files; the page's script passes them on.
    pub fn choose_file(&self) {
        self.files.click();
    }

    pub fn new_chat(&self) -> &HtmlElement {
        &self.new_chat
    }

    /// Fits the composer's height to what is in it; the style sheet has the limit.
    pub fn grow(&self) {
        let style = self.composer.style();
        let _ = style.set_property("height", "auto");
        let height = self.composer.scroll_height();
        if height > 0 {
            let mut words = number(height);
            words.push_str("px");
            let _ = style.set_property("height", &words);
        }
    }

    pub fn draw(&self, shown: &Shown<'_>, phase: Phase) {
        let open = matches!(phase, Phase::Waiting | Phase::Active | Phase::Left);
        let formless = !matches!(phase, Phase::Form | Phase::Fallback);
        let can = !matches!(shown.chat.link(), Link::Outdated | Link::Refused(_));
        let asked = shown.asks_end && self.asks.hidden();
        change_text(&self.problem, if formless { shown.problem } else { "" });
        show(&self.problem, formless && !shown.problem.is_empty());
        show(
            &self.waits,
            phase == Phase::Waiting && !shown.chat.ending() && can,
        );
        let was_hidden = self.writes.hidden();
        show(&self.writes, open && !shown.asks_end);
        show(&self.attach, phase == Phase::Active && shown.site.files);
        if was_hidden && !self.writes.hidden() {
            self.grow();
        }
        show(&self.asks, shown.asks_end);
        let fallback = phase == Phase::Fallback && !shown.chat.leaving();
        show(&self.over, fallback || phase == Phase::Ended);
        // In the fallback the form has the main button.
        self.new_chat
            .set_class_name(if fallback { "quiet" } else { "main" });
        show(&self.transcript, phase == Phase::Ended);
        if asked {
            crate::dom::focus(&self.keep);
        }
    }
}

/// A button that shows an icon; the style sheet draws it.
fn icon(parent: &HtmlElement, class: &str, label: &str, msg: Msg) -> HtmlElement {
    let made = add_button(parent, class, "", msg);
    attribute(&made, "aria-label", label);
    attribute(&made, "title", label);
    made
}

fn composer(writes: &HtmlElement, site: &Site, words: &Texts, draft: &str) -> HtmlElement {
    let composer = add(writes, "textarea", "");
    let label = words.word(SharedText::Message);
    attribute(&composer, "aria-label", label);
    attribute(&composer, "placeholder", label);
    attribute(&composer, "rows", "1");
    attribute(&composer, "dir", "auto");
    set_value(&composer, draft);
    on(&composer, "input", Msg::Typed);
    let touch = site.touch.clone();
    let enter = Box::new(move |event: Event| {
        // A keyboard on the screen has no Shift+Enter: there the button alone sends.
        let breaks = get(&event, "shiftKey").is_truthy() || get(&touch, "matches").is_truthy();
        if key(&event) == "Enter" && !breaks {
            event.prevent_default();
            crate::dispatch(Msg::Send);
        }
    });
    hear(&composer, "keydown", enter);
    composer
}
