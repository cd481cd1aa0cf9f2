//! The agent's own settings.

use domain::texts::keys::InboxText;
use leptos::prelude::*;

use crate::live::Inbox;

/// What an agent sets for themselves.
#[component]
pub fn Settings() -> impl IntoView {
    let texts = Inbox::current().texts;
    view! {
        <main class="page">
            <h1>{texts.inbox(InboxText::Settings)}</h1>
        </main>
    }
}
