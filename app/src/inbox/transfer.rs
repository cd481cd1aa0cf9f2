use std::{sync::Arc, time::Duration};

use domain::{
    AgentId, ConversationId,
    inbox::{Busy, Colleague},
    texts::keys::{InboxText, SharedText},
};
use leptos::{html, prelude::*};

use crate::{
    api::{Failure, read_colleagues},
    browser,
    components::{Button, Dialog, Empty, Kind, SkeletonRows, calc, effect, part},
    inbox_state::{Intent, Notice},
    live::Inbox,
};

/// How often it is looked again who can be asked.
const AGAIN: Duration = Duration::from_secs(3);

/// To whom the chat is to be handed over, and what to tell them.
#[component]
pub fn Transfer(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    // None while they are being read.
    let colleagues = RwSignal::new(None::<Result<Vec<Colleague>, Failure>>);
    let read = move || {
        browser::spawn(async move {
            let read = read_colleagues().await;
            inbox.check(read.as_ref().err());
            let is_news = colleagues.try_with_untracked(|known| match (known, &read) {
                // What was read before stays.
                (Some(Ok(_)), Err(_)) => false,
                (known, read) => known.as_ref() != Some(read),
            });
            // None: the dialog is closed by now.
            if is_news == Some(true) {
                let focused = browser::focused_id();
                colleagues.set(Some(read));
                browser::focus_soon(focused);
            }
        });
    };
    let read_anew = move || {
        colleagues.set(None);
        read();
    };
    effect(move || {
        read();
        if let Ok(again) = set_interval(read, AGAIN) {
            on_cleanup(move || again.clear());
        }
    });
    // Kept while it is drawn again who can be asked.
    let chosen = RwSignal::new(None::<AgentId>);
    let note = NodeRef::<html::Textarea>::new();
    let pending = calc(move || inbox.is_asked_to_transfer(id));
    let refused = move || match inbox.notice() {
        Some((_, Notice::NotAsked(_))) => texts.inbox(InboxText::NotAsked),
        _ => "",
    };
    let request = move || {
        if let Some(to) = chosen.get_untracked() {
            let note = note.get_untracked().map(|note| note.value());
            inbox.ask(Intent::Transfer {
                conversation: id,
                to,
                note: Arc::from(note.unwrap_or_default().trim()),
            });
        }
    };
    let close = Callback::new(move |()| inbox.close_dialog());
    let nobody =
        calc(move || !colleagues.with(|read| matches!(read, Some(Ok(read)) if !read.is_empty())));
    view! {
        <Dialog title=texts.inbox(InboxText::TransferChat) on_close=close>
            <form
                on:submit=move |event| {
                    event.prevent_default();
                    request();
                }
            >
                <div
                    class="choices scroll"
                    role="radiogroup"
                    aria-label=texts.inbox(InboxText::Agent)
                >
                    {part(move || match colleagues.get() {
                        None => view! { <SkeletonRows /> }.into_any(),
                        Some(Err(_)) => {
                            let retry = texts.shared(SharedText::Retry).to_owned();
                            let action = (retry, Callback::new(move |()| read_anew()));
                            view! {
                                <Empty text=texts.inbox(InboxText::ColleaguesFailed) action />
                            }
                                .into_any()
                        }
                        Some(Ok(read)) if read.is_empty() => {
                            view! { <Empty text=texts.inbox(InboxText::NoColleagues) /> }.into_any()
                        }
                        Some(Ok(read)) => {
                            read.into_iter().map(|agent| choice(inbox, chosen, agent)).collect_view().into_any()
                        }
                    })}
                </div>
                <div class="field">
                    <label for="transfer-note">{texts.inbox(InboxText::Note)}</label>
                    <textarea id="transfer-note" rows="2" maxlength="1000" node_ref=note></textarea>
                </div>
                <p class="error" role="alert">
                    {calc(refused)}
                </p>
                <div class="actions">
                    <Button label=texts.shared(SharedText::Close) on_click=close />
                    <Button
                        label=texts.inbox(InboxText::RequestTransfer)
                        kind=Kind::Primary
                        submits=true
                        disabled=nobody
                        pending
                    />
                </div>
            </form>
        </Dialog>
    }
}

fn choice(inbox: Inbox, chosen: RwSignal<Option<AgentId>>, agent: Colleague) -> AnyView {
    let why = agent.busy.map(|busy| {
        inbox.texts.inbox(match busy {
            Busy::Unavailable => InboxText::Unavailable,
            Busy::Away => InboxText::NotConnected,
            Busy::Full => InboxText::AtLimit,
        })
    });
    let may = why.is_none();
    let id = agent.id;
    let value = id.to_string();
    let note = format!("busy-{value}");
    view! {
        <label class="choice">
            <input
                type="radio"
                name="agent"
                value=value.clone()
                id=format!("ask-{value}")
                required
                disabled=why.is_some()
                prop:checked=calc(move || may && chosen.get() == Some(id))
                on:change=move |_| chosen.set(Some(id))
                aria-label=agent.name.clone()
                aria-describedby=why.map(|_| note.clone())
            />
            <span dir="auto">{agent.name}</span>
            <span class="note" id=note>
                {why}
            </span>
        </label>
    }
    .into_any()
}
