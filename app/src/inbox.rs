//! The inbox's page: conversations on the left, the chat between, the visitor on the right.

mod chat;
mod composer;
mod conversation_list;
mod dialogs;
mod ended;
mod history;
mod line;
mod marks;
mod messages;
mod notices;
mod offers;
pub mod picker;
mod row;
mod score;
mod search_box;
pub mod share;
mod shortcuts;
mod top_bar;
mod transfer;
mod visible_rows;
mod visitor_panel;

use domain::{
    ConversationId,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::{
    api::{Failure, FirstPage, PagePostcard, read_inbox},
    browser,
    components::{Empty, Live, calc, effect, memo, part},
    live::Inbox,
    place::Place,
    texts::Texts,
};
use chat::{Chat, NoChat};
use conversation_list::ConversationList;
use dialogs::Dialogs;
use notices::{Notices, Passing};
use offers::Offers;
use top_bar::TopBar;
use visitor_panel::VisitorPanel;

/// Every address of the inbox that [`Place`] knows.
#[component]
pub fn InboxPage() -> impl IntoView {
    let location = use_location();
    let here = move || {
        location.pathname.with_untracked(|path| {
            location
                .search
                .with_untracked(|search| Place::of(path, search))
        })
    };
    let Some(place) = here() else {
        return view! { <NoSuchPage /> }.into_any();
    };
    let page = Resource::<Result<FirstPage, Failure>, PagePostcard>::new_with_options(
        || (),
        move |()| read_inbox(place.tab(), place.open()),
        true,
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match page.await {
                    // The page of the agents itself says whom it is for.
                    Ok(page) if place != Place::Agents && !place.is_for(page.viewer()) => {
                        view! { <NoSuchPage /> }.into_any()
                    }
                    Ok(page) => view! { <Columns page /> }.into_any(),
                    Err(failure) => view! { <NoInbox failure /> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn NoSuchPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let texts = Texts::current();
    view! {
        <Title text="Casella" />
        <main class="entrance">
            <h1 class="visually-hidden">"Casella"</h1>
            <Empty text=texts.inbox(InboxText::NoSuchPage) />
            // A full load: the page has no inbox to go on with.
            <a href="/" rel="external">
                {texts.inbox(InboxText::Inbox)}
            </a>
        </main>
    }
}

#[component]
fn NoInbox(failure: Failure) -> impl IntoView {
    let texts = Texts::current();
    if failure == Failure::Refused(domain::Refusal::SignedOut) {
        // The server sends them on before it comes to this; the session may end meanwhile.
        effect(|| browser::go("/sign-in"));
        return ().into_any();
    }
    let retry = texts.shared(SharedText::Retry).to_owned();
    view! {
        <Title text="Casella" />
        <main class="entrance">
            <h1 class="visually-hidden">{texts.inbox(InboxText::Inbox)}</h1>
            <Empty
                text=texts.shared(SharedText::Failed)
                action=(retry, Callback::new(|()| browser::reload()))
            />
        </main>
    }
    .into_any()
}

#[component]
fn Columns(page: FirstPage) -> impl IntoView {
    let server_clock = page.start.now;
    let inbox = Inbox::new(page);
    provide_context(inbox);
    provide_context(Live(inbox.live.into()));
    effect(move || inbox.start(server_clock));
    effect(move || shortcuts::start(inbox));
    let open = memo(move || inbox.place.get().open());
    // Which page is in front; all places of the list are one.
    let page = memo(move || match inbox.place.get() {
        Place::Inbox { .. } => Place::default(),
        other => other,
    });
    let refused = memo(move || open.get().is_some_and(|id| inbox.is_refused(id)));
    let covered = calc(move || inbox.dialog().is_some());
    let front = move || match (open.get(), inbox.shows_visitor.get()) {
        (None, _) => "list",
        (Some(_), false) => "chat",
        (Some(_), true) => "visitor",
    };
    // The server reads the title when the page's signals may be gone: it words it now.
    #[cfg(feature = "ssr")]
    let page_title = title(inbox);
    #[cfg(not(feature = "ssr"))]
    let page_title = calc(move || title(inbox));
    view! {
        <Title text=page_title />
        <div class="inbox" data-front=calc(front) inert=covered>
            <TopBar />
            <Notices />
            <Offers />
            {part(move || match page.get() {
                Place::Inbox { .. } => view! { <Chats open refused /> }.into_any(),
                other => beside(other),
            })}
        </div>
        <Dialogs />
        <Passing />
    }
}

/// The pages beside the chats.
#[cfg(any(feature = "ssr", feature = "office", test))]
fn beside(place: Place) -> AnyView {
    match place {
        Place::Agents => view! { <crate::agents::Agents /> }.into_any(),
        Place::Meetings => view! { <crate::meetings::MeetingsPage /> }.into_any(),
        _ => view! { <crate::settings::Settings /> }.into_any(),
    }
}

/// The pages beside the chats are in another program: the address is theirs already, and loading
/// it brings them.
#[cfg(not(any(feature = "ssr", feature = "office", test)))]
fn beside(_: Place) -> AnyView {
    effect(browser::reload);
    ().into_any()
}

/// The list, and the open conversation with its visitor.
#[component]
fn Chats(open: Memo<Option<ConversationId>>, refused: Memo<bool>) -> impl IntoView {
    let inbox = Inbox::current();
    view! {
        <div class="columns">
            <ConversationList />
            {part(move || match open.get() {
                Some(id) if refused.get() => view! { <NoChat id /> }.into_any(),
                Some(id) => {
                    view! {
                        <Chat id />
                        <VisitorPanel id />
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <main class="chat nothing">
                            <h1 class="visually-hidden">{inbox.texts.inbox(InboxText::Inbox)}</h1>
                            <Empty text=inbox.texts.inbox(InboxText::ChooseConversation) />
                        </main>
                    }
                        .into_any()
                }
            })}
        </div>
    }
}

fn title(inbox: Inbox) -> String {
    let texts = inbox.texts;
    let place = inbox.place.get();
    let name = match place.open() {
        None if place == Place::Agents => texts.inbox(InboxText::Agents).to_owned(),
        None if place == Place::Meetings => texts.inbox(InboxText::Meetings).to_owned(),
        None if place == Place::Settings => texts.inbox(InboxText::Settings).to_owned(),
        None => texts.inbox(InboxText::Inbox).to_owned(),
        Some(id) if inbox.is_refused(id) => texts.inbox(InboxText::Inbox).to_owned(),
        Some(id) => inbox.visitor_name(id),
    };
    match inbox.waiting() {
        0 => format!("{name} · Casella"),
        count => format!("({count}) {name} · Casella"),
    }
}
