use domain::{
    ConversationId,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use crate::{
    components::{Button, Kind, Ring, calc, each},
    inbox_state::Intent,
    live::Inbox,
};

/// An offer's time, in seconds, for which the ring is full (spec: 100 s; a site may change it).
const WHOLE: u64 = 100;

/// A band across the top for each offer, the most urgent on top.
#[component]
pub fn Offers() -> impl IntoView {
    let inbox = Inbox::current();
    view! {
        <div class="offers">
            {each(
                calc(move || inbox.offers().iter().map(|offer| offer.conversation).collect()),
                |id| view! { <Band id /> }.into_any(),
            )}
        </div>
    }
}

#[component]
fn Band(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    // An offer that is gone stays empty until its band goes.
    let offer = move || {
        inbox
            .offers()
            .into_iter()
            .find(|offer| offer.conversation == id)
    };
    let seconds =
        calc(move || offer().map_or(0, |offer| offer.expires_at.since(inbox.clock()).as_secs()));
    let pending =
        move |intent: fn(ConversationId) -> Intent| calc(move || inbox.is_asked(&intent(id)));
    let on_page = move || {
        let page = offer().map(|offer| offer.page).unwrap_or_default();
        if page.is_empty() {
            String::new()
        } else {
            fill(texts.inbox(InboxText::OnPage), &[("page", &page)])
        }
    };
    let from = move || {
        offer().and_then(|offer| offer.transfer).map(|transfer| {
            fill(
                texts.inbox(InboxText::HandedOverBy),
                &[("agent", &transfer.from)],
            )
        })
    };
    let words = move || {
        // Who hands a chat over says more of it than its first words.
        let words = offer().map(|offer| match offer.transfer {
            Some(transfer) if !transfer.note.is_empty() => transfer.note,
            _ => offer.first_words,
        });
        let words = words.unwrap_or_default();
        if words.is_empty() {
            String::new()
        } else {
            format!("“{words}”")
        }
    };
    view! {
        <section
            class="offer"
            id=format!("offer-{id}")
            tabindex="-1"
            aria-label=texts.inbox(InboxText::NewChat)
        >
            <Ring label=texts.inbox(InboxText::TimeLeft) seconds whole=WHOLE />
            <p role="alert">
                <strong>
                    {calc(move || {
                        offer()
                            .and_then(|offer| offer.visitor)
                            .unwrap_or_else(|| texts.shared(SharedText::Visitor).to_owned())
                    })}
                </strong>
                " "
                <span class="from">{calc(from)}</span>
                " "
                <span class="page">{calc(on_page)}</span>
                " "
                <span class="words">{calc(words)}</span>
            </p>
            <div class="actions">
                <Button
                    label=texts.inbox(InboxText::Decline)
                    kind=Kind::Quiet
                    pending=pending(Intent::Decline)
                    on_click=Callback::new(move |()| inbox.ask(Intent::Decline(id)))
                />
                <Button
                    label=texts.inbox(InboxText::Accept)
                    kind=Kind::Primary
                    pending=pending(Intent::Accept)
                    on_click=Callback::new(move |()| inbox.ask(Intent::Accept(id)))
                />
            </div>
        </section>
    }
}
