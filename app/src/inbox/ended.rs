use domain::{ConversationId, texts::keys::SharedText};
use leptos::prelude::*;

use crate::{browser, components::Button, live::Inbox};

/// What stands below the messages after the end.
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
    view! {
        <footer class="after">
            <Button
                label=texts.shared(SharedText::DownloadTranscript)
                on_click=Callback::new(download)
            />
        </footer>
    }
}
