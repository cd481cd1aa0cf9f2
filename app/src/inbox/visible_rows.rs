//! The rows of a list, of which only those around the visible ones stand in the page.

mod drift;

use std::sync::Arc;

use domain::{
    ConversationId,
    inbox::{ListKey, Tab},
    texts::{fill, keys::InboxText},
};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use drift::{drift, whole};

use crate::{
    browser,
    components::{Button, calc, each, effect},
    live::Inbox,
};

/// The height of a row and its gap, in pixels; the style sheet says the same.
const ROW: i32 = 64;

/// How many rows beyond those that can be seen stand in the page, above and below.
const MARGIN: i32 = 4;

/// Nearer than this to the end, in pixels, the next page is read.
const NEAR: i32 = 600;

/// Where the reader of a list is, kept while another list stands in its place.
#[derive(Clone, Copy)]
pub struct Reader {
    /// How far it is scrolled, in pixels.
    scrolled: StoredValue<i32>,
    /// All rows as they were placed last.
    placed: StoredValue<Option<Arc<Vec<ConversationId>>>>,
    /// The newest activity when the reader left the top; none: they are there.
    left: RwSignal<Option<ListKey>>,
}

impl Reader {
    /// At the top of a list that was not shown before.
    pub fn new() -> Self {
        Self {
            scrolled: StoredValue::new(0),
            placed: StoredValue::new(None),
            left: RwSignal::new(None),
        }
    }
}

/// A list of rows that scrolls. While the reader is further down, what they read stays where it is
/// when rows come, go and change places above it.
#[component]
pub fn VisibleRows(
    label: InboxText,
    #[prop(into)] ids: Signal<Vec<ConversationId>>,
    /// Whether there are more rows than these.
    more: Memo<bool>,
    /// The tab whose new activity is told while the reader is further down.
    #[prop(optional, into)]
    tab: Option<Tab>,
    reader: Reader,
    /// Reads the next page, if it is not being read.
    on_near_end: Callback<()>,
    draw: Callback<ConversationId, AnyView>,
    /// What stands below the rows.
    foot: AnyView,
) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    // What the server has drawn is taken over whole.
    let window = if inbox.live.get_untracked() {
        Window::of(reader.scrolled.get_value())
    } else {
        Window::default()
    };
    let mut shown = ids.get_untracked();
    if window.fit > 0 {
        shown = window.cut(&shown).1;
    }
    let rows = Rows {
        scroll: NodeRef::new(),
        list: NodeRef::new(),
        ids,
        more,
        shown: RwSignal::new(shown),
        window: RwSignal::new(window),
        reader,
        on_near_end,
    };
    let left = reader.left;
    let on_scroll = move |_| {
        rows.look();
        let away = reader.scrolled.get_value() >= ROW / 2;
        if let Some(tab) = tab
            && away != left.with_untracked(Option::is_some)
        {
            left.set(if away { inbox.newest(tab) } else { None });
        }
    };
    effect(move || {
        rows.measure();
        let handle = window_event_listener(leptos::ev::resize, move |_| rows.measure());
        on_cleanup(move || handle.remove());
    });
    // Where the list was left is where it is found again.
    let mut is_new = true;
    effect(move || {
        if rows.settle(is_new) {
            is_new = false;
        }
    });
    let newer = calc(move || match (tab, left.get()) {
        (Some(tab), Some(left)) => inbox.newer(tab, left),
        _ => 0,
    });
    let to_top = move |()| {
        if let Some(scroll) = rows.scroll.get_untracked() {
            scroll.set_scroll_top(0);
        }
    };
    let newer_words = move || {
        let count = newer.get().to_string();
        fill(texts.inbox(InboxText::Newer), &[("count", &count)])
    };
    view! {
        <div class="newer" hidden=calc(move || newer.get() == 0)>
            <Button label=calc(newer_words) on_click=Callback::new(to_top) />
        </div>
        <div class="scroll" node_ref=rows.scroll on:scroll=on_scroll>
            <ul
                aria-label=texts.inbox(label)
                node_ref=rows.list
                hidden=calc(move || ids.with(Vec::is_empty))
            >
                {each(rows.shown.into(), move |id| draw.run(id))}
            </ul>
            {foot}
        </div>
    }
}

/// Which rows can be seen: how many lie above, and how many fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Window {
    above: i32,
    fit: i32,
}

impl Window {
    /// At this scroll position. The window of the browser is as high as the list can be.
    fn of(top: i32) -> Self {
        let height = browser::window().inner_height();
        let height = height.ok().and_then(|height| height.as_f64());
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            reason = "a float of pixels has no other way to an integer; `as` saturates"
        )]
        let height = height.unwrap_or(1_000.0) as i32;
        Self {
            above: top / ROW,
            fit: height / ROW + 1,
        }
    }

    /// The rows that are to stand in the page, and the number of the first.
    fn cut(self, all: &[ConversationId]) -> (usize, Vec<ConversationId>) {
        let first = whole(self.above - MARGIN).min(all.len());
        let count = whole(self.fit + 2 * MARGIN);
        let rows = all.iter().skip(first).take(count).copied().collect();
        (first, rows)
    }
}

#[derive(Clone, Copy)]
struct Rows {
    scroll: NodeRef<html::Div>,
    list: NodeRef<html::Ul>,
    ids: Signal<Vec<ConversationId>>,
    more: Memo<bool>,
    /// What stands in the page: until the page is alive as much as the server knew.
    shown: RwSignal<Vec<ConversationId>>,
    window: RwSignal<Window>,
    reader: Reader,
    on_near_end: Callback<()>,
}

impl Rows {
    /// The window of the browser has another size.
    fn measure(self) {
        self.window
            .set(Window::of(self.reader.scrolled.get_value()));
    }

    /// The reader scrolled.
    fn look(self) {
        let Some(scroll) = self.scroll.get_untracked() else {
            return;
        };
        let top = scroll.scroll_top();
        self.reader.scrolled.set_value(top);
        let above = top / ROW;
        if self.window.with_untracked(|window| window.above) != above {
            self.window.update(|window| window.above = above);
        }
    }

    /// Puts into the page what is to stand in it, each in its place; false: there is no page yet.
    fn settle(self, is_new: bool) -> bool {
        let all = Arc::new(self.ids.get());
        let fit = self.window.get().fit;
        let (Some(scroll), Some(list)) = (self.scroll.get(), self.list.get()) else {
            return false;
        };
        if fit == 0 {
            return false;
        }
        let Reader {
            scrolled, placed, ..
        } = self.reader;
        let mut top = scrolled.get_value();
        let mut jumps = is_new && top > 0;
        if top >= ROW / 2
            && let Some(before) = placed.get_value()
            && before != all
        {
            if !is_new {
                // Fresher than what the last event said.
                top = scroll.scroll_top();
            }
            let moved = drift(&before, &all, whole(top / ROW), whole(fit));
            jumps |= moved != 0;
            top = (top + moved * ROW).max(0);
        }
        scrolled.set_value(top);
        let above = top / ROW;
        placed.set_value(Some(Arc::clone(&all)));

        let (first, mut shown) = Window { above, fit }.cut(&all);
        let end = first + shown.len();
        // A row that has the keyboard stays, wherever it goes.
        let focused = focused(&list);
        if let Some((_, id)) = &focused
            && !shown.contains(id)
            && let Some(at) = all.iter().position(|known| known == id)
        {
            let place = if at < first { 0 } else { shown.len() };
            shown.insert(place, *id);
        }
        let space = |rows: usize| format!("{}px", rows * whole(ROW));
        let style = HtmlElement::style(&list);
        let _ = style.set_property("height", &space(all.len()));
        let _ = style.set_property("padding-top", &space(first));
        let last = Placing {
            first,
            end,
            total: (!self.more.get()).then_some(all.len()),
        };
        self.shown.set(shown);
        // Behind what draws the rows, and before the next frame.
        browser::spawn(async move {
            leptos::task::tick().await;
            if self.shown.try_get_untracked().is_none() {
                return;
            }
            last.mark(&list, &all);
            if jumps {
                scroll.set_scroll_top(top);
            }
            if let Some((row, _)) = focused {
                keep_focus(&row);
            }
        });
        let left = i32::try_from(self.ids.with_untracked(Vec::len)).unwrap_or(i32::MAX);
        if left.saturating_sub(above + fit).saturating_mul(ROW) < NEAR {
            self.on_near_end.run(());
        }
        true
    }
}

/// Where rows stand in the whole of the list.
struct Placing {
    first: usize,
    end: usize,
    /// None: nobody knows yet.
    total: Option<usize>,
}

impl Placing {
    /// Numbers the rows in the page, and puts the one that was kept for the keyboard into its place.
    fn mark(&self, list: &HtmlElement, all: &[ConversationId]) {
        let total = self
            .total
            .map_or("-1".to_owned(), |total| total.to_string());
        let set = |row: &Element, name, value: &str| {
            if row.get_attribute(name).as_deref() != Some(value) {
                let _ = row.set_attribute(name, value);
            }
        };
        let mut next = list.first_element_child();
        let mut at = self.first;
        while let Some(row) = next {
            next = row.next_element_sibling();
            let id = row
                .first_element_child()
                .and_then(|link| conversation(&link));
            let is_next = id.is_some() && id.as_ref() == all.get(at);
            let in_window = is_next && at < self.end;
            let place = if in_window {
                at += 1;
                Some(at)
            } else {
                all.iter()
                    .position(|known| Some(*known) == id)
                    .map(|at| at + 1)
            };
            let Some(place) = place else { continue };
            set(&row, "aria-posinset", &place.to_string());
            set(&row, "aria-setsize", &total);
            if let Some(row) = row.dyn_ref::<HtmlElement>() {
                let is_kept = row.class_list().contains("kept");
                if !in_window {
                    let top = format!("{}px", (place - 1) * whole(ROW));
                    let _ = HtmlElement::style(row).set_property("top", &top);
                }
                if is_kept == in_window {
                    let _ = row.class_list().toggle_with_force("kept", !in_window);
                }
            }
        }
    }
}

/// The conversation that a row links to.
fn conversation(link: &Element) -> Option<ConversationId> {
    let address = link.get_attribute("href")?;
    address.split(['/', '?']).find_map(|part| part.parse().ok())
}

/// The row that has the keyboard.
fn focused(list: &HtmlElement) -> Option<(HtmlElement, ConversationId)> {
    let active = browser::document().active_element()?;
    if !list.contains(Some(&active)) {
        return None;
    }
    let id = conversation(&active)?;
    Some((active.dyn_into().ok()?, id))
}

/// A row that changed its place in the page has lost the keyboard: it gets it back.
fn keep_focus(row: &HtmlElement) {
    let active = browser::document().active_element();
    let is_lost = active.is_none_or(|active| active.tag_name() == "BODY");
    if is_lost && row.is_connected() {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = row.focus_with_options(&options);
    }
}
