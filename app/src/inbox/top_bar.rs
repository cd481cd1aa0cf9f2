use domain::{Refusal, texts::keys::InboxText};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{Failure, sign_out},
    browser,
    components::{Avatar, Menu, MenuItem, Switch, calc},
    inbox_state::{Intent, Notice},
    live::Inbox,
};

/// Mark, links, the switch `Available`, account.
#[component]
pub fn TopBar() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let me = inbox.me();
    let (name, email) = (me.name.to_string(), me.email.to_string());
    let face = view! { <Avatar name=Some(name.clone()) /> }.into_any();
    let head = view! {
        <div class="head">
            <strong>{name}</strong>
            <span>{email}</span>
        </div>
    }
    .into_any();
    let note = move || {
        texts
            .inbox(if inbox.available() {
                InboxText::UntilSwitchedOff
            } else {
                InboxText::Off
            })
            .to_owned()
    };
    let on_sign_out = move |()| {
        spawn_local(async move {
            match sign_out().await {
                Ok(()) | Err(Failure::Refused(Refusal::SignedOut)) => browser::go("/sign-in"),
                Err(_) => inbox.tell(Notice::Failed(Refusal::Unavailable)),
            }
        });
    };
    view! {
        <header class="top-bar">
            <span class="brand">
                <span class="mark" aria-hidden="true"></span>
                <span>"Casella"</span>
            </span>
            <nav aria-label="Casella">
                <a href="/" aria-current="page">
                    {texts.inbox(InboxText::Inbox)}
                </a>
            </nav>
            <div class="right">
                <Switch
                    id="available"
                    label=texts.inbox(InboxText::Available)
                    note_label=texts.inbox(InboxText::Availability)
                    note=Signal::derive(note)
                    on=calc(move || inbox.available())
                    pending=Signal::derive(move || {
                        inbox.is_asked(&Intent::SetAvailable(inbox.available()))
                    })
                    on_change=move |()| {
                        inbox.ask(Intent::SetAvailable(!untrack(move || inbox.available())));
                    }
                />
                <Menu id="account-menu" label=texts.inbox(InboxText::Account) face head>
                    <MenuItem label=texts.inbox(InboxText::SignOut) on_choose=on_sign_out />
                </Menu>
            </div>
        </header>
    }
}
