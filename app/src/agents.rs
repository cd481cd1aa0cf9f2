//! The page `Agents`: who is there, and what they do.

use domain::texts::keys::InboxText;
use leptos::prelude::*;

use crate::live::Inbox;

/// The agents with their status.
#[component]
pub fn Agents() -> impl IntoView {
    let texts = Inbox::current().texts;
    view! {
        <main class="page">
            <h1>{texts.inbox(InboxText::Agents)}</h1>
        </main>
    }
}
