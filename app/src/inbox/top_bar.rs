use domain::{
    permission::Action,
    texts::{fill, keys::InboxText},
};
use leptos::prelude::*;

use crate::{
    components::{Avatar, Button, Kind, Menu, MenuItem, Switch, calc, instant, memo, part},
    inbox_state::Intent,
    live::{Dialog, Inbox},
    place::Place,
};

/// Mark, links, the switch `Available`, account.
#[component]
pub fn TopBar() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let email = inbox.me().email.to_string();
    let name = calc(move || inbox.profile().name.to_string());
    let photo = calc(move || inbox.profile().photo);
    let face = view! { <Avatar name=calc(move || Some(name.get())) photo /> }.into_any();
    let head = view! {
        <div class="head">
            <strong>{name}</strong>
            <span>{email}</span>
        </div>
    }
    .into_any();
    let note = move || match inbox.availability().over {
        None => texts.inbox(InboxText::BySchedule).to_owned(),
        Some(over) if over.at_midnight => texts.inbox(InboxText::UntilMidnight).to_owned(),
        Some(over) => fill(
            texts.inbox(InboxText::Until),
            &[("time", &instant(inbox, over.until))],
        ),
    };
    let overridden = memo(move || inbox.availability().over.is_some());
    let on_sign_out = move |()| {
        if inbox.own_chats() > 0 {
            inbox.open_dialog(Dialog::SignOut);
        } else {
            inbox.sign_out();
        }
    };
    let link = move |place: Place, label: InboxText| {
        let here =
            move || core::mem::discriminant(&inbox.place.get()) == core::mem::discriminant(&place);
        view! {
            <a href=place.path() aria-current=calc(move || here().then_some("page"))>
                {texts.inbox(label)}
            </a>
        }
    };
    view! {
        <header class="top-bar">
            <span class="brand">
                <span class="mark" aria-hidden="true"></span>
                <span>"Casella"</span>
            </span>
            <nav aria-label="Casella">
                {link(Place::default(), InboxText::Inbox)}
                {link(Place::Meetings, InboxText::Meetings)}
                {inbox
                    .may(Action::ReadAgents)
                    .then(|| link(Place::Agents, InboxText::Agents))}
            </nav>
            <div class="right">
                <Switch
                    id="available"
                    label=texts.inbox(InboxText::Available)
                    note_label=texts.inbox(InboxText::Availability)
                    note=calc(note)
                    on=calc(move || inbox.available())
                    pending=calc(move || {
                        inbox.is_asked(&Intent::SetAvailable(inbox.available()))
                    })
                    on_change=move |()| {
                        inbox.ask(Intent::SetAvailable(!untrack(move || inbox.available())));
                    }
                />
                {part(move || {
                    if !overridden.get() {
                        return ().into_any();
                    }
                    view! {
                        <Button
                            label=texts.inbox(InboxText::Reset)
                            kind=Kind::Inline
                            pending=calc(move || inbox.is_asked(&Intent::ResetAvailability))
                            on_click=Callback::new(move |()| inbox.ask(Intent::ResetAvailability))
                        />
                    }
                        .into_any()
                })}
                <Menu id="account-menu" label=texts.inbox(InboxText::Account) face head>
                    <MenuItem
                        label=texts.inbox(InboxText::Settings)
                        on_choose=move |()| inbox.go(Place::Settings)
                    />
                    <MenuItem
                        label=texts.inbox(InboxText::KeyboardShortcuts)
                        on_choose=move |()| inbox.open_dialog(Dialog::Shortcuts)
                    />
                    <MenuItem label=texts.inbox(InboxText::SignOut) on_choose=on_sign_out />
                </Menu>
            </div>
        </header>
    }
}
