use domain::{
    inbox::Tab as ListTab,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use super::{
    row::ListRow,
    search_box::{Found, SearchBox},
    visible_rows::{Reader, VisibleRows},
};
use crate::{
    components::{Button, Empty, Kind, SkeletonRows, Tab, Tabs, calc, memo, part},
    inbox_state::{Reading, TABS},
    live::Inbox,
    place::Place,
};

/// The conversations, by tab, or those that a search has found.
#[component]
pub fn ConversationList() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let tab = memo(move || inbox.place.get().tab());
    let searches = memo(move || inbox.words.with(|words| !words.is_empty()));
    // Each tab remembers how far it was scrolled.
    let readers = TABS.map(|tab| (tab, Reader::new()));
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
    let rows = move || {
        let tab = tab.get();
        if searches.get() {
            // What is found of other words begins at the top.
            inbox.words.track();
            return view! { <Found tab /> }.into_any();
        }
        let known = readers.into_iter().find(|(own, _)| *own == tab);
        match known {
            Some((_, reader)) => view! { <Rows tab reader /> }.into_any(),
            None => ().into_any(),
        }
    };
    view! {
        <nav class="conversations" aria-label=texts.inbox(InboxText::Conversations)>
            <Tabs label=texts.inbox(InboxText::Conversations)>{tabs}</Tabs>
            <SearchBox />
            <div
                id="list"
                class="list"
                role="tabpanel"
                aria-labelledby=calc(move || name(tab.get()).0)
            >
                {part(rows)}
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
fn Rows(tab: ListTab, reader: Reader) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let list = move || inbox.list(tab);
    let ids = calc(move || list().ids);
    let is = move |reading: Reading| memo(move || list().reading == reading);
    let (done, failed) = (is(Reading::Done), is(Reading::Failed));
    let more = memo(move || list().next.is_some());
    let empty = memo(move || list().ids.is_empty());
    let on_near_end = move |()| {
        if more.get_untracked() && done.get_untracked() {
            inbox.read_list(tab, false);
        }
    };
    let nothing = move || match tab {
        ListTab::Active if inbox.available() => InboxText::NoActive,
        ListTab::Active => InboxText::NoActiveOff,
        ListTab::All => InboxText::NoEnded,
        ListTab::Unanswered => InboxText::NoUnanswered,
        ListTab::Everyone => InboxText::NobodyActive,
    };
    let state = part(move || match (failed.get(), done.get(), empty.get()) {
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
        (false, false, true) => view! { <SkeletonRows /> }.into_any(),
        (false, true, true) => {
            view! { <Empty text=calc(move || texts.inbox(nothing()).to_owned()) /> }.into_any()
        }
        (false, _, false) => ().into_any(),
    });
    let hides_more = calc(move || !more.get() || empty.get() || failed.get());
    let foot = view! {
        {state}
        <div class="more" hidden=hides_more>
            <Button
                label=texts.inbox(InboxText::LoadMore)
                name=texts.inbox(InboxText::LoadMoreConversations)
                kind=Kind::Quiet
                pending=calc(move || !done.get() && !failed.get())
                on_click=Callback::new(move |()| inbox.read_list(tab, false))
            />
        </div>
    }
    .into_any();
    view! {
        <VisibleRows
            label=InboxText::ConversationList
            ids
            more
            tab
            reader
            on_near_end=Callback::new(on_near_end)
            draw=Callback::new(move |id| view! { <ListRow id tab /> }.into_any())
            foot
        />
    }
}
