use domain::{
    inbox::Tab as ListTab,
    texts::keys::{InboxText, SharedText},
};
use leptos::{html, prelude::*};

use super::row::ListRow;
use crate::{
    components::{Button, Empty, Kind, SkeletonRows, Tab, Tabs, calc, part},
    inbox_state::Reading,
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
    let tab = Memo::new(move |_| inbox.place.get().tab);
    let link = move |tab: ListTab| Signal::derive(move || Place { tab, open: None }.path());
    let chosen = move |own: ListTab| Signal::derive(move || tab.get() == own);
    let active = inbox.list(ListTab::Active);
    view! {
        <nav class="conversations" aria-label=texts.inbox(InboxText::Conversations)>
            <Tabs label=texts.inbox(InboxText::Conversations)>
                <Tab
                    id="tab-active"
                    panel="list"
                    label=texts.inbox(InboxText::Active)
                    href=link(ListTab::Active)
                    selected=chosen(ListTab::Active)
                    count=Signal::derive(move || match active.with(|list| list.ids.len()) {
                        0 => String::new(),
                        count => count.to_string(),
                    })
                />
                <Tab
                    id="tab-all"
                    panel="list"
                    label=texts.inbox(InboxText::All)
                    href=link(ListTab::All)
                    selected=chosen(ListTab::All)
                />
            </Tabs>
            <div
                id="list"
                class="list"
                role="tabpanel"
                aria-labelledby=calc(move || match tab.get() {
                    ListTab::Active => "tab-active",
                    ListTab::All => "tab-all",
                })
            >
                {part(move || view! { <Rows tab=tab.get() /> }.into_any())}
            </div>
        </nav>
    }
}

#[component]
fn Rows(tab: ListTab) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let list = inbox.list(tab);
    let scroll = NodeRef::<html::Div>::new();
    let rows = NodeRef::<html::Ul>::new();
    // Which rows stand in the page: the first, and how many.
    let window = RwSignal::new((0_usize, domain::inbox::LIST_ROWS));
    let reading = Memo::new(move |_| list.with(|list| list.reading));
    let more = Memo::new(move |_| list.with(|list| list.next.is_some()));
    let empty = Memo::new(move |_| list.with(|list| list.ids.is_empty()));
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
        if left < NEAR && more.get_untracked() && reading.get_untracked() == Reading::Done {
            inbox.read_list(tab, false);
        }
    };
    Effect::new(move |_| {
        let (first, count) = window.get();
        let all = list.with(|list| list.ids.len());
        if let Some(rows) = rows.get() {
            let below = all.saturating_sub(first + count);
            let space = |rows: usize| format!("{}px", rows * usize::try_from(ROW).unwrap_or(0));
            let style = web_sys::HtmlElement::style(&rows);
            let _ = style.set_property("padding-top", &space(first.min(all)));
            let _ = style.set_property("padding-bottom", &space(below));
        }
    });
    let shown = move || {
        let (first, count) = window.get();
        list.with(|list| {
            list.ids
                .iter()
                .skip(first)
                .take(count)
                .copied()
                .collect::<Vec<_>>()
        })
    };
    let nothing = move || match tab {
        ListTab::Active if inbox.available.get() => InboxText::NoActive,
        ListTab::Active => InboxText::NoActiveOff,
        ListTab::All => InboxText::NoEnded,
    };
    view! {
        <div class="scroll" node_ref=scroll on:scroll=on_scroll>
            <ul
                aria-label=texts.inbox(InboxText::ConversationList)
                node_ref=rows
                hidden=empty
            >
                <For each=shown key=|id| *id children=move |id| view! { <ListRow id tab /> } />
            </ul>
            {part(move || match (reading.get(), empty.get()) {
                (Reading::Failed, _) => {
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
                (Reading::Never | Reading::UnderWay, true) => {
                    view! { <SkeletonRows /> }.into_any()
                }
                (Reading::Done, true) => {
                    view! { <Empty text=Signal::derive(move || texts.inbox(nothing()).to_owned()) /> }
                        .into_any()
                }
                (_, false) => ().into_any(),
            })}
            <div
                class="more"
                hidden=calc(move || {
                    !more.get() || empty.get() || reading.get() == Reading::Failed
                })
            >
                    <Button
                        label=texts.inbox(InboxText::LoadMore)
                        kind=Kind::Quiet
                        pending=Signal::derive(move || reading.get() == Reading::UnderWay)
                        on_click=Callback::new(move |_| inbox.read_list(tab, false))
                    />
            </div>
        </div>
    }
}
