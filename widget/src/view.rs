//! The chat on the screen. Built once; each drawing changes only what has changed.

mod card;
mod file;
mod foot;
pub mod form;
mod head;
mod list;
mod rating;

use domain::{
    CardId,
    chat::{ChatClient, Link, Phase},
    texts::{
        Words, fill,
        keys::{ChatText, SharedText},
    },
};
use web_sys::{Event, HtmlElement};

use self::{
    foot::Foot,
    form::{Form, Purpose},
    head::Head,
    list::List,
    rating::RatingCard,
};
use crate::{
    dom::{
        add, add_button, add_link, add_text, add_words, attribute, change_text, document, element,
        focus, hear, key, on, show, text,
    },
    loader::{DRAFT, Loader},
    message::Msg,
    site::{Site, Span},
    upload::Upload,
    words::{Texts, Times, number},
};

/// How far from the end a reader still counts as at the end, in pixels.
const NEAR: i32 = 48;

/// What is drawn.
pub struct Shown<'a> {
    pub chat: &'a ChatClient,
    pub site: &'a Site,
    pub words: &'a Texts,
    pub times: &'a Times,
    /// Files that are not up yet.
    pub uploads: &'a [Upload],
    pub asks_end: bool,
    pub problem: &'a str,
}

/// The parts of the page.
pub struct View {
    head: Head,
    /// `Casella was updated`, or why there is no chat.
    bar: HtmlElement,
    bar_text: HtmlElement,
    reload: HtmlElement,
    scroll: HtmlElement,
    greeting: HtmlElement,
    list: List,
    typing: HtmlElement,
    /// The warning before the end, or the words when nobody takes the chat.
    remark: HtmlElement,
    remarked: String,
    form: Form,
    rating: RatingCard,
    jump: HtmlElement,
    /// New messages below what the reader sees.
    below: usize,
    foot: Foot,
    phase: Option<Phase>,
    /// The visitor opened the panel: the next drawing puts the focus where one writes.
    wants_focus: bool,
}

impl View {
    /// Builds the page in place of the server's skeleton.
    pub fn new(site: &Site, words: &Texts, loader: &Loader) -> Self {
        let main = element("main", "chat");
        attribute(&main, "id", "chat");
        // The site's page has a main part of its own.
        attribute(&main, "aria-label", words.word(ChatText::Title));
        let head = Head::new(&main, words);
        let bar = add(&main, "div", "bar");
        let bar_text = add(&bar, "p", "");
        attribute(&bar_text, "role", "alert");
        let reload = add_button(&bar, "quiet", words.word(SharedText::Reload), Msg::Reload);
        let scroll = add(&main, "div", "scroll");
        attribute(&scroll, "tabindex", "0");
        let greeting = add_text(
            &scroll,
            "p",
            "greeting",
            site.greeting
                .as_deref()
                .unwrap_or_else(|| words.word(ChatText::Greeting)),
        );
        attribute(&greeting, "dir", "auto");
        let list = List::new(&scroll, words);
        let typing = add(&scroll, "p", "typing");
        let remark = add(&scroll, "p", "remark");
        attribute(&remark, "dir", "auto");
        let form = Form::new(&scroll, site, words, loader);
        let rating = RatingCard::new(&scroll, words);
        let jump = add_button(&main, "jump", "", Msg::ToBottom);
        let foot = Foot::new(&main, site, words, loader.kept(DRAFT).unwrap_or_default());
        on(&scroll, "scroll", Msg::Scrolled);
        let escape = Box::new(|event: Event| {
            if key(&event) == "Escape" {
                crate::dispatch(Msg::Escape);
            }
        });
        hear(&main, "keydown", escape);
        if let Some(skeleton) = document().get_element_by_id("chat") {
            let _ = skeleton.replace_with_with_node_1(&main);
        } else if let Some(body) = document().body() {
            crate::dom::append(&body, &main);
        }
        Self {
            head,
            bar,
            bar_text,
            reload,
            scroll,
            greeting,
            list,
            typing,
            remark,
            remarked: String::new(),
            form,
            rating,
            jump,
            below: 0,
            foot,
            phase: None,
            wants_focus: false,
        }
    }

    pub fn form(&self) -> &Form {
        &self.form
    }

    pub fn form_mut(&mut self) -> &mut Form {
        &mut self.form
    }

    pub fn rating(&self) -> &RatingCard {
        &self.rating
    }

    /// Says at a booking card why it was refused.
    pub fn refuse_card(&self, card: CardId, site: &Site, of_email: bool, words: &str) {
        self.list.refuse_card(card, site, of_email, words);
    }

    /// Lets the visitor choose a file.
    pub fn choose_file(&self) {
        self.foot.choose_file();
    }

    /// Puts the focus where it can stay while something below goes.
    pub fn focus_list(&self) {
        focus(&self.scroll);
    }

    /// The screen that is drawn.
    pub fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// The next drawing puts the focus where one writes.
    pub fn wants_focus(&mut self) {
        self.wants_focus = true;
    }

    /// Where messages are written.
    pub fn composer(&self) -> &HtmlElement {
        self.foot.composer()
    }

    /// Fits the composer's height to what is in it.
    pub fn grow(&self) {
        self.foot.grow();
    }

    /// The panel was opened; with `focus`, by the visitor.
    pub fn opened(&mut self, focus: bool) {
        self.wants_focus |= focus;
        self.foot.grow();
        self.go_to_end();
    }

    /// Goes to the newest message.
    pub fn go_to_end(&mut self) {
        self.below = 0;
        self.scroll.set_scroll_top(self.scroll.scroll_height());
    }

    pub fn is_at_bottom(&self) -> bool {
        let end = self.scroll.scroll_top() + self.scroll.client_height();
        self.scroll.scroll_height() - end < NEAR
    }

    /// Draws what has changed.
    pub fn draw(&mut self, shown: &Shown<'_>) {
        let phase = shown.chat.phase();
        let changed = self.phase != Some(phase);
        let stays = self.is_at_bottom() || self.phase.is_none();
        if stays {
            self.below = 0;
        }
        self.head.draw(shown, phase);
        self.draw_bar(shown);
        show(
            &self.greeting,
            phase == Phase::Form && shown.chat.threads().is_empty(),
        );
        let purpose = match phase {
            Phase::Form if shown.site.available => Some(Purpose::Start),
            Phase::Form => Some(Purpose::Absent),
            Phase::Fallback if !shown.chat.leaving() => Some(Purpose::Leave),
            _ => None,
        };
        let starts = matches!(purpose, Some(Purpose::Start | Purpose::Absent));
        let new = self.list.draw(shown, starts);
        self.draw_typing(shown);
        self.draw_remark(shown, phase);
        let before = self.form.purpose();
        let elsewhere = !starts && shown.chat.card_asks_email();
        self.form
            .draw(purpose, elsewhere, shown.problem, shown.words);
        let changed = changed || before != purpose;
        self.rating.draw(shown, phase);
        self.foot.draw(shown, phase);
        if stays || changed {
            self.go_to_end();
        } else {
            self.below += new;
        }
        self.draw_jump(shown.words);
        self.phase = Some(phase);
        self.place_focus(phase, changed);
        if phase != Phase::Loading {
            self.list.announce();
        }
    }

    fn draw_bar(&self, shown: &Shown<'_>) {
        let words = match shown.chat.link() {
            Link::Outdated => shown.words.word(SharedText::Updated),
            Link::Refused(_) => shown.words.word(ChatText::NotAllowed),
            _ => "",
        };
        change_text(&self.bar_text, words);
        show(&self.bar, !words.is_empty());
        show(&self.reload, shown.chat.link() == Link::Outdated);
    }

    fn draw_typing(&self, shown: &Shown<'_>) {
        let agent = shown
            .chat
            .current()
            .filter(|thread| thread.typing)
            .and_then(|thread| thread.head.agent.as_ref());
        if let Some(agent) = agent {
            let words = shown.words.word(ChatText::AgentIsTyping);
            change_text(&self.typing, &fill(words, &[("agent", &agent.name)]));
        }
        show(&self.typing, agent.is_some());
    }

    fn draw_remark(&mut self, shown: &Shown<'_>, phase: Phase) {
        let closes = shown
            .chat
            .current()
            .is_some_and(|thread| thread.head.closes_at.is_some());
        let mut own: &[Span] = &[];
        let mut fallback = || {
            own = &shown.site.fallback;
            shown.words.word(ChatText::Fallback)
        };
        let words = match phase {
            Phase::Active if closes => shown.words.word(SharedText::ClosesSoon),
            Phase::Fallback => fallback(),
            Phase::Form if !shown.site.available => fallback(),
            Phase::Waiting if shown.chat.is_sought() => shown.words.word(ChatText::FindingHint),
            Phase::Left => shown.words.word(ChatText::MessageLeftHint),
            _ => "",
        };
        if self.remarked != words {
            words.clone_into(&mut self.remarked);
            let answers = matches!(phase, Phase::Form | Phase::Fallback);
            let _ = self.remark.class_list().toggle_with_force("said", answers);
            text(&self.remark, if own.is_empty() { words } else { "" });
            for span in own {
                format(&self.remark, span);
            }
        }
        show(&self.remark, !words.is_empty());
    }

    fn draw_jump(&self, words: &Texts) {
        let label = if self.below == 1 {
            words.word(SharedText::NewMessage).to_owned()
        } else {
            let count = number(i32::try_from(self.below).unwrap_or(i32::MAX));
            fill(words.word(SharedText::NewMessages), &[("count", &count)])
        };
        if self.below > 0 {
            change_text(&self.jump, &label);
        }
        show(&self.jump, self.below > 0);
    }

    /// The focus follows the visitor: to where one writes after opening, and from what has
    /// gone to what has come.
    fn place_focus(&mut self, phase: Phase, changed: bool) {
        let had = self.wants_focus;
        let lost = changed && document().has_focus().unwrap_or(false) && {
            let active = document().active_element();
            active.is_none_or(|active| active.tag_name() == "BODY" || active.client_height() == 0)
        };
        // While a message is on its way to be left, there is nowhere to write.
        let nowhere =
            phase == Phase::Loading || (phase == Phase::Fallback && self.form.purpose().is_none());
        if nowhere || !(had || lost) {
            return;
        }
        self.wants_focus = false;
        focus(match phase {
            Phase::Form => self.form.first(),
            Phase::Fallback => self.form.first(),
            Phase::Waiting | Phase::Active | Phase::Left => self.foot.composer(),
            Phase::Loading | Phase::Ended => self.foot.new_chat(),
        });
    }
}

/// Puts a stretch of a company's words into an element, with its simple formatting.
fn format(parent: &HtmlElement, span: &Span) {
    let mut parent = parent.clone();
    for name in &span.around {
        parent = add(&parent, name, "");
    }
    match &span.link {
        Some(address) => {
            add_link(&parent, address, &span.words);
        }
        None => add_words(&parent, &span.words),
    }
}
