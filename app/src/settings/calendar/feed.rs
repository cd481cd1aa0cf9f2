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

/// The feed's address, with what gives it another or ends it. `feed`: its path; none: it is off.
#[component]
pub(super) fn Feed(feed: Option<String>) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let feed = RwSignal::new(feed);
    let work = Work::new();
    let renew = move |()| {
        let answer = Box::pin(async move {
            let path = renew_feed().await?;
            feed.try_set(Some(path));
            Ok(())
        });
        work.run(inbox, answer, nothing_special, || {});
    };
    let end = move |()| {
        let answer = Box::pin(end_feed());
        work.run(inbox, answer, nothing_special, move || {
            feed.try_set(None);
        });
    };
    let inside = move || match feed.get() {
        None => view! {
            <Button
                label=texts.inbox(InboxText::FeedMake)
                pending=work.pending
                on_click=Callback::new(renew)
            />
        }
        .into_any(),
        Some(path) => {
            let origin = browser::window().location().origin().unwrap_or_default();
            view! {
                <div class="field">
                    <label for="feed-address">{texts.inbox(InboxText::FeedAddress)}</label>
                    <input id="feed-address" type="text" readonly value=format!("{origin}{path}") />
                </div>
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
        }
    };
    view! {
        <div class="feed">
            <p class="hint">{texts.inbox(InboxText::FeedHint)}</p>
            <div class="submit">{part(inside)} <Outcome work /></div>
        </div>
    }
}
