use domain::{
    ConversationId, Refusal,
    frame::agent::RowState,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use super::{composer::Composer, ended::Ended, messages::Messages};
use crate::{
    api::Failure,
    components::{Empty, Icon, Picture, SkeletonMessages, calc, part},
    inbox_state::Reading,
    live::Inbox,
};

/// The open conversation: head, messages, and below them the composer or, after the end, the
/// transcript.
#[component]
pub fn Chat(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let name = move || inbox.visitor_name(id);
    let is = move |reading: Reading| Memo::new(move |_| inbox.thread(id).reading == reading);
    let (done, failed) = (is(Reading::Done), is(Reading::Failed));
    let missing = Memo::new(move |_| {
        matches!(
            inbox.thread(id).failure,
            Some(Failure::Refused(Refusal::NotFound | Refusal::Forbidden))
        )
    });
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
                    <button
                        type="button"
                        class="icon-button narrow"
                        aria-label=texts.inbox(InboxText::BackToConversations)
                        title=texts.inbox(InboxText::BackToConversations)
                        on:click=move |_| inbox.go(inbox.place.get_untracked().list())
                    >
                        <Icon picture=Picture::Back />
                    </button>
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
                {part(move || match (missing.get(), failed.get(), done.get()) {
                    (true, ..) => {
                        view! {
                            <Empty text=texts.inbox(InboxText::ConversationUnavailable) />
                        }
                            .into_any()
                    }
                    (false, true, _) => {
                        let retry = texts.shared(SharedText::Retry).to_owned();
                        view! {
                            <Empty
                                text=texts.inbox(InboxText::ConversationFailed)
                                action=(retry, Callback::new(move |()| inbox.read_thread(id)))
                            />
                        }
                            .into_any()
                    }
                    (false, false, false) => view! { <SkeletonMessages /> }.into_any(),
                    (false, false, true) => view! { <Messages id /> }.into_any(),
                })}
                {part(move || match (writes.get(), ended.get()) {
                    (true, _) => view! { <Composer id /> }.into_any(),
                    (_, true) => view! { <Ended id /> }.into_any(),
                    _ => ().into_any(),
                })}
            </section>
        </main>
    }
}
