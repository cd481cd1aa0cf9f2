//! The private feed of the agent's meetings.

use domain::texts::keys::InboxText;
use leptos::prelude::*;

use super::super::work::{Outcome, Work, nothing_special};
use crate::{
    api::{end_feed, renew_feed},
    browser,
    components::{Button, Kind, part},
    live::Inbox,
};

/// What there is of the feed.
#[derive(Clone)]
enum Known {
    Off,
    /// Only who made it was told its address.
    On,
    /// It was just made, at this path.
    Made(String),
}

/// The feed, with what gives it an address or ends it. Its address is shown when it is made, and never
/// again.
#[component]
pub(super) fn Feed(on: bool) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let feed = RwSignal::new(if on { Known::On } else { Known::Off });
    let work = Work::new();
    let renew = move |()| {
        let answer = Box::pin(async move {
            let path = renew_feed().await?;
            feed.try_set(Known::Made(path));
            Ok(())
        });
        work.run(inbox, answer, nothing_special, || {});
    };
    let end = move |()| {
        let answer = Box::pin(end_feed());
        work.run(inbox, answer, nothing_special, move || {
            feed.try_set(Known::Off);
        });
    };
    let inside = move || {
        let address = match feed.get() {
            Known::Off => {
                return view! {
                    <Button
                        label=texts.inbox(InboxText::FeedMake)
                        pending=work.pending
                        on_click=Callback::new(renew)
                    />
                }
                .into_any();
            }
            Known::On => {
                view! { <p class="hint">{texts.inbox(InboxText::FeedHidden)}</p> }.into_any()
            }
            Known::Made(path) => {
                let origin = browser::window().location().origin().unwrap_or_default();
                view! {
                    <div class="field">
                        <label for="feed-address">{texts.inbox(InboxText::FeedAddress)}</label>
                        <input
                            id="feed-address"
                            type="text"
                            readonly
                            aria-describedby="feed-once"
                            value=format!("{origin}{path}")
                        />
                        <p id="feed-once" class="hint">{texts.inbox(InboxText::FeedOnce)}</p>
                    </div>
                }
                .into_any()
            }
        };
        view! {
            {address}
            <Button
                label=texts.inbox(InboxText::FeedRenew)
                kind=Kind::Quiet
                pending=work.pending
                on_click=Callback::new(renew)
            />
            <Button
                label=texts.inbox(InboxText::FeedEnd)
                kind=Kind::Quiet
                pending=work.pending
                on_click=Callback::new(end)
            />
        }
        .into_any()
    };
    view! {
        <div class="feed">
            <p class="hint">{texts.inbox(InboxText::FeedHint)}</p>
            <div class="submit">{part(inside)} <Outcome work /></div>
        </div>
    }
}
