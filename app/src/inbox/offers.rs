use domain::{
    ConversationId,
    frame::agent::Offer,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use crate::{
    components::{Button, Kind, Ring, calc},
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
            <For
                each=move || inbox.offers.get()
                key=|offer| offer.conversation
                children=move |offer| view! { <Band offer /> }
            />
        </div>
    }
}

#[component]
fn Band(offer: Offer) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let id = offer.conversation;
    let first = offer;
    let offer = Memo::new(move |_| {
        inbox
            .offers
            .with(|offers| {
                offers
                    .iter()
                    .find(|offer| offer.conversation == id)
                    .cloned()
            })
            .unwrap_or_else(|| first.clone())
    });
    let seconds = Signal::derive(move || {
        offer
            .with(|offer| offer.expires_at)
            .since(inbox.clock.get())
            .as_secs()
    });
    let pending = move |intent: fn(ConversationId) -> Intent| {
        Signal::derive(move || inbox.is_asked(&intent(id)))
    };
    let on_page = move || {
        let page = offer.with(|offer| offer.page.clone());
        if page.is_empty() {
            String::new()
        } else {
            fill(texts.inbox(InboxText::OnPage), &[("page", &page)])
        }
    };
    let words = move || {
        let words = offer.with(|offer| offer.first_words.clone());
        if words.is_empty() {
            String::new()
        } else {
            format!("“{words}”")
        }
    };
    view! {
        <section class="offer" aria-label=texts.inbox(InboxText::NewChat)>
            <Ring label=texts.inbox(InboxText::TimeLeft) seconds whole=WHOLE />
            <p role="alert">
                <strong>
                    {calc(move || {
                        offer
                            .with(|offer| offer.visitor.clone())
                            .unwrap_or_else(|| texts.shared(SharedText::Visitor).to_owned())
                    })}
                </strong>
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
                    on_click=Callback::new(move |_| inbox.ask(Intent::Decline(id)))
                />
                <Button
                    label=texts.inbox(InboxText::Accept)
                    kind=Kind::Primary
                    pending=pending(Intent::Accept)
                    on_click=Callback::new(move |_| inbox.ask(Intent::Accept(id)))
                />
            </div>
        </section>
    }
}
