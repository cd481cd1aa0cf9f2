use std::time::Duration;

use domain::{
    inbox::Tab,
    search::SEARCH_CHARS,
    texts::{fill, keys::InboxText},
};
use leptos::{ev::KeyboardEvent, html::Input, leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::{
    row::ListRow,
    visible_rows::{Reader, VisibleRows},
};
use crate::{
    browser,
    components::{Button, Empty, Kind, SkeletonRows, calc, effect, memo, part},
    inbox_state::Reading,
    live::Inbox,
};

/// What is typed is looked for when the keys rest for this long.
const REST: Duration = Duration::from_millis(250);

/// Where the agent types what to look for.
#[component]
pub fn SearchBox() -> impl IntoView {
    let inbox = Inbox::current();
    let label = inbox.texts.inbox(InboxText::Search);
    let field = NodeRef::<Input>::new();
    let rest = StoredValue::new(None::<TimeoutHandle>);
    let wait = move |handle: Option<TimeoutHandle>| {
        rest.try_update_value(|rest| {
            if let Some(old) = core::mem::replace(rest, handle) {
                old.clear();
            }
        });
    };
    let look = move || {
        wait(None);
        if let Some(field) = field.get_untracked() {
            inbox.look_for(field.value().trim());
        }
    };
    // Where the address says what is looked for: a reload, the way back, another tab of the list.
    effect(move || {
        let words = inbox.words.get();
        if let Some(field) = field.get()
            && field.value().trim() != words
        {
            wait(None);
            field.set_value(&words);
        }
    });
    let on_input = move |_| {
        let empty = field
            .get_untracked()
            .is_none_or(|field| field.value().is_empty());
        if empty {
            look();
        } else {
            wait(set_timeout(look, REST).ok());
        }
    };
    let on_key = move |event: KeyboardEvent| match browser::key(&event).as_str() {
        "Escape" => {
            event.prevent_default();
            if let Some(field) = field.get_untracked() {
                field.set_value("");
            }
            look();
        }
        "Enter" => look(),
        _ => {}
    };
    on_cleanup(move || wait(None));
    view! {
        <div class="search">
            <input
                type="search"
                id="search"
                aria-label=label
                placeholder=label
                autocomplete="off"
                spellcheck="false"
                maxlength=SEARCH_CHARS.to_string()
                aria-controls="list"
                disabled=calc(move || !inbox.live.get())
                node_ref=field
                on:input=on_input
                on:keydown=on_key
            />
        </div>
    }
}

/// The conversations that were found, in the place of the list.
#[component]
pub fn Found(tab: Tab) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let ids = calc(move || {
        let mut found = inbox.found();
        found.retain(|id| inbox.of_row(*id, |_| ()).is_some());
        found
    });
    let phase = memo(move || inbox.search_phase());
    let more = memo(move || inbox.finds_more());
    let empty = memo(move || ids.with(Vec::is_empty));
    let on_near_end = move |()| {
        if more.get_untracked() && phase.get_untracked() == Reading::Done {
            inbox.search_on();
        }
    };
    let no_matches = move || {
        fill(
            texts.inbox(InboxText::NoMatches),
            &[("words", &inbox.words.get())],
        )
    };
    let state = part(move || match (phase.get(), empty.get()) {
        (Reading::Failed, _) => {
            let again = texts.inbox(InboxText::TryAgain).to_owned();
            view! {
                <Empty
                    text=texts.inbox(InboxText::SearchFailed)
                    action=(again, Callback::new(move |()| inbox.search_on()))
                />
            }
            .into_any()
        }
        (Reading::Done, true) => view! { <Empty text=calc(no_matches) /> }.into_any(),
        (_, true) => view! { <SkeletonRows /> }.into_any(),
        (_, false) => ().into_any(),
    });
    // Said once it is known; what is found stands in the list.
    let said = move || {
        let count = ids.with(Vec::len);
        if phase.get() != Reading::Done || count == 0 {
            return String::new();
        }
        let more = if more.get() { "+" } else { "" };
        fill(
            texts.inbox(InboxText::FoundCount),
            &[("count", &format!("{count}{more}"))],
        )
    };
    let hides_more = calc(move || !more.get() || empty.get() || phase.get() == Reading::Failed);
    let foot = view! {
        {state}
        <div class="more" hidden=hides_more>
            <Button
                label=texts.inbox(InboxText::LoadMore)
                name=texts.inbox(InboxText::LoadMoreConversations)
                kind=Kind::Quiet
                pending=calc(move || phase.get() == Reading::UnderWay)
                on_click=Callback::new(move |()| inbox.search_on())
            />
        </div>
    }
    .into_any();
    view! {
        <p class="visually-hidden" role="status">
            {calc(said)}
        </p>
        <VisibleRows
            label=InboxText::ConversationList
            ids
            more
            // Everything begins above again for other words.
            reader=Reader::new()
            on_near_end=Callback::new(on_near_end)
            draw=Callback::new(move |id| view! { <ListRow id tab found=true /> }.into_any())
            foot
        />
    }
}
