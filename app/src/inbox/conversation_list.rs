use domain::{
    inbox::Tab as ListTab,
    texts::keys::{InboxText, SharedText},
};
use leptos::{html, prelude::*};

use super::row::ListRow;
use crate::{
    components::{Button, Empty, Kind, SkeletonRows, Tab, Tabs, calc, each, effect, part},
    inbox_state::{Reading, TABS},
    live::Inbox,
    place::Place,
};

/// The height of a row and its gap, in pixels; the style sheet says the same.
const ROW: i32 = 64;

/// How many rows beyond those that can be seen stand in the page, above and below.
const MARGIN: usize = 12;

/// Nearer than this to the end, in pixels, the next page is read.
const NEAR: i32 = 600;

/// The conversations, by tab. Only the rows around those that can be seen stand in the page.
#[component]
pub fn ConversationList() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let tab = Memo::new(move |_| inbox.place.get().tab());
    let tabs = TABS
        .into_iter()
        .filter(|tab| inbox.may(tab.action()))
        .map(|own| {
            let (id, label) = name(own);
            // `All` and `Everyone` ask for nothing.
            let counts = matches!(own, ListTab::Active | ListTab::Unanswered);
            let count = move || {
                let list = inbox.list(own);
                match list.ids.len() {
                    0 => String::new(),
                    _ if !counts => String::new(),
                    count if list.next.is_some() => format!("{count}+"),
                    count => count.to_string(),
                }
            };
            view! {
                <Tab
                    id
                    panel="list"
                    label=texts.inbox(label)
                    href=calc(move || Place::list_of(own).path())
                    selected=calc(move || tab.get() == own)
                    count=calc(count)
                />
            }
        })
        .collect_view()
        .into_any();
    view! {
        <nav class="conversations" aria-label=texts.inbox(InboxText::Conversations)>
            <Tabs label=texts.inbox(InboxText::Conversations)>{tabs}</Tabs>
            <div
                id="list"
                class="list"
                role="tabpanel"
                aria-labelledby=calc(move || name(tab.get()).0)
            >
                {part(move || view! { <Rows tab=tab.get() /> }.into_any())}
            </div>
        </nav>
    }
}

fn name(tab: ListTab) -> (&'static str, InboxText) {
    match tab {
        ListTab::Active => ("tab-active", InboxText::Active),
        ListTab::All => ("tab-all", InboxText::All),
        ListTab::Unanswered => ("tab-unanswered", InboxText::Unanswered),
        ListTab::Everyone => ("tab-everyone", InboxText::Everyone),
    }
}

#[component]
fn Rows(tab: ListTab) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let list = move || inbox.list(tab);
    let scroll = NodeRef::<html::Div>::new();
    let rows = NodeRef::<html::Ul>::new();
    // Which rows stand in the page: the first, and how many.
    let window = RwSignal::new((0_usize, domain::inbox::LIST_ROWS));
    let is = move |reading: Reading| Memo::new(move |_| list().reading == reading);
    let (done, failed) = (is(Reading::Done), is(Reading::Failed));
    let more = Memo::new(move |_| list().next.is_some());
    let empty = Memo::new(move |_| list().ids.is_empty());
    let on_scroll = move |_| {
        let Some(scroll) = scroll.get_untracked() else {
            return;
        };
        let above = usize::try_from(scroll.scroll_top() / ROW).unwrap_or(0);
        let seen = usize::try_from(scroll.client_height() / ROW).unwrap_or(0) + 1;
        let new = (above.saturating_sub(MARGIN), seen + 2 * MARGIN);
        if window.get_untracked() != new {
            window.set(new);
        }
        let left = scroll.scroll_height() - scroll.scroll_top() - scroll.client_height();
        if left < NEAR && more.get_untracked() && done.get_untracked() {
            inbox.read_list(tab, false);
        }
    };
    effect(move || {
        let (first, count) = window.get();
        let all = list().ids.len();
        if let Some(rows) = rows.get() {
            let below = all.saturating_sub(first + count);
            let space = |rows: usize| format!("{}px", rows * usize::try_from(ROW).unwrap_or(0));
            let style = web_sys::HtmlElement::style(&rows);
            let _ = style.set_property("padding-top", &space(first.min(all)));
            let _ = style.set_property("padding-bottom", &space(below));
        }
    });
    let shown = calc(move || {
        let (first, count) = window.get();
        let ids = list().ids;
        ids.into_iter().skip(first).take(count).collect()
    });
    let nothing = move || match tab {
        ListTab::Active if inbox.available() => InboxText::NoActive,
        ListTab::Active => InboxText::NoActiveOff,
        ListTab::All => InboxText::NoEnded,
        ListTab::Unanswered => InboxText::NoUnanswered,
        ListTab::Everyone => InboxText::NobodyActive,
    };
    view! {
        <div class="scroll" node_ref=scroll on:scroll=on_scroll>
            <ul
                aria-label=texts.inbox(InboxText::ConversationList)
                node_ref=rows
                hidden=empty
            >
                {each(shown, move |id| view! { <ListRow id tab /> }.into_any())}
            </ul>
            {part(move || match (failed.get(), done.get(), empty.get()) {
                (true, ..) => {
                    let retry = texts.shared(SharedText::Retry).to_owned();
                    let anew = empty.get_untracked();
                    view! {
                        <Empty
                            text=texts.inbox(InboxText::ListFailed)
                            action=(retry, Callback::new(move |()| inbox.read_list(tab, anew)))
                        />
                    }
                        .into_any()
                }
                (false, false, true) => {
                    view! { <SkeletonRows /> }.into_any()
                }
                (false, true, true) => {
                    view! { <Empty text=Signal::derive(move || texts.inbox(nothing()).to_owned()) /> }
                        .into_any()
                }
                (false, _, false) => ().into_any(),
            })}
            <div
                class="more"
                hidden=calc(move || {
                    !more.get() || empty.get() || failed.get()
                })
            >
                    <Button
                        label=texts.inbox(InboxText::LoadMore)
                        kind=Kind::Quiet
                        pending=Signal::derive(move || !done.get() && !failed.get())
                        on_click=Callback::new(move |()| inbox.read_list(tab, false))
                    />
            </div>
        </div>
    }
}
