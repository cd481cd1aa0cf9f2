use domain::{
    ConversationId, Refusal,
    frame::agent::RowState,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use super::{composer::Composer, ended::Ended, messages::Messages, row::on_its_way};
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
    let thread = inbox.thread(id).view;
    let phase = {
        let thread = thread.clone();
        Memo::new(move |_| thread.with(|thread| (thread.reading, thread.failure)))
    };
    let row = inbox.row(id);
    let state = {
        let row = row.clone();
        Memo::new(move |_| row.with(|row| row.as_ref().map(|row| (row.own, row.state))))
    };
    let head = move || {
        row.with(|row| {
            let Some(row) = row else {
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
        })
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
                {part(move || match phase.get() {
                    (_, Some(Failure::Refused(Refusal::NotFound | Refusal::Forbidden))) => {
                        view! {
                            <Empty text=texts.inbox(InboxText::ConversationUnavailable) />
                        }
                            .into_any()
                    }
                    (Reading::Failed, _) => {
                        let retry = texts.shared(SharedText::Retry).to_owned();
                        view! {
                            <Empty
                                text=texts.inbox(InboxText::ConversationFailed)
                                action=(retry, Callback::new(move |()| inbox.read_thread(id)))
                            />
                        }
                            .into_any()
                    }
                    (reading, _) if on_its_way(reading) => {
                        view! { <SkeletonMessages /> }.into_any()
                    }
                    _ => view! { <Messages id /> }.into_any(),
                })}
                {part(move || match state.get() {
                    Some((true, RowState::Active)) => view! { <Composer id /> }.into_any(),
                    Some((_, RowState::Ended { .. })) => view! { <Ended id /> }.into_any(),
                    _ => ().into_any(),
                })}
            </section>
        </main>
    }
}
