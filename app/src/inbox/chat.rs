use domain::{
    ConversationId,
    frame::agent::RowState,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use super::{composer::Composer, ended::Ended, messages::Messages};
use crate::{
    components::{Empty, Icon, Picture, calc, part},
    live::Inbox,
};

/// The open conversation: head, messages, and below them the composer or, after the end, the
/// transcript.
#[component]
pub fn Chat(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let name = move || inbox.visitor_name(id);
    let writes = Memo::new(move |_| {
        inbox
            .row(id)
            .is_some_and(|row| row.own && row.state == RowState::Active)
    });
    let ended = Memo::new(move |_| {
        inbox
            .row(id)
            .is_some_and(|row| matches!(row.state, RowState::Ended { .. }))
    });
    let head = move || {
        let Some(row) = inbox.row(id) else {
            return String::new();
        };
        let connected = match row.state {
            RowState::Ended { .. } => None,
            RowState::Active if row.visitor_connected => Some(InboxText::Connected),
            RowState::Active => Some(InboxText::NotConnected),
        };
        let parts: Vec<&str> = connected
            .map(|key| texts.inbox(key))
            .into_iter()
            .chain(Some(row.page.as_str()).filter(|page| !page.is_empty()))
            .collect();
        parts.join(" · ")
    };
    let region = move || {
        fill(
            texts.shared(SharedText::TranscriptOf),
            &[("visitor", &name())],
        )
    };
    view! {
        <main class="chat">
            <section aria-label=calc(region)>
                <header class="chat-head">
                    <BackToList />
                    <div class="who">
                        <h1 dir="auto">{calc(name)}</h1>
                        <p>{calc(head)}</p>
                    </div>
                    <button
                        type="button"
                        class="icon-button narrow"
                        aria-label=texts.inbox(InboxText::ShowVisitor)
                        title=texts.inbox(InboxText::ShowVisitor)
                        on:click=move |_| inbox.shows_visitor.set(true)
                    >
                        <Icon picture=Picture::Person />
                    </button>
                </header>
                <Messages id />
                {part(move || match (writes.get(), ended.get()) {
                    (true, _) => view! { <Composer id /> }.into_any(),
                    (_, true) => view! { <Ended id /> }.into_any(),
                    _ => ().into_any(),
                })}
            </section>
        </main>
    }
}

/// What stands in the place of a conversation that the agent may not see.
#[component]
pub fn NoChat() -> impl IntoView {
    let texts = Inbox::current().texts;
    view! {
        <main class="chat nothing">
            <div class="narrow">
                <BackToList />
            </div>
            <h1 class="visually-hidden">{texts.inbox(InboxText::Inbox)}</h1>
            <Empty text=texts.inbox(InboxText::ConversationUnavailable) />
        </main>
    }
}

/// The way back where only one column fits.
#[component]
fn BackToList() -> impl IntoView {
    let inbox = Inbox::current();
    let label = inbox.texts.inbox(InboxText::BackToConversations);
    view! {
        <button
            type="button"
            class="icon-button narrow"
            aria-label=label
            title=label
            on:click=move |_| inbox.go(inbox.place.get_untracked().list())
        >
            <Icon picture=Picture::Back />
        </button>
    }
}
