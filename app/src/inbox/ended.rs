use domain::{
    ConversationId,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use super::score::Score;
use crate::{
    browser,
    components::{Button, calc},
    live::Inbox,
};

/// What stands below the messages after the end: what both sides thought of the chat, and its
/// transcript.
#[component]
pub fn Ended(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let download = move |()| {
        let zone = js_sys::encode_uri_component(&browser::zone());
        browser::download(&format!(
            "/transcripts/{id}.txt?zone={zone}&lang={}",
            texts.language
        ));
    };
    let rating = move || {
        let rating = inbox.row(id)?.rating?.number().to_string();
        Some(fill(
            texts.inbox(InboxText::RatedByVisitor),
            &[("rating", &rating)],
        ))
    };
    view! {
        <footer class="after">
            <p class="hint" role="status">{calc(rating)}</p>
            <Score id frozen=true />
            <Button
                label=texts.shared(SharedText::DownloadTranscript)
                on_click=Callback::new(download)
            />
        </footer>
    }
}
