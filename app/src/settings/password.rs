use domain::{Refusal, texts::keys::InboxText};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};

use super::work::{Submit, Work};
use crate::{api::change_password, browser, components::Field, live::Inbox};

/// The fewest and the most characters of a password.
const LENGTH: core::ops::RangeInclusive<usize> = 8..=200;

/// The current password and a new one. `email` tells password managers whose it is.
#[component]
pub fn Password(email: String) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let work = Work::new();
    let (current, new) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let (current_fault, new_fault) = (RwSignal::new(None), RwSignal::new(None));
    let read = |input: NodeRef<Input>| {
        let input = input.get_untracked();
        input.map(|input| input.value()).unwrap_or_default()
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (old, fresh) = (read(current), read(new));
        let say = |fault: RwSignal<Option<String>>, key, id| {
            fault.set(Some(texts.inbox(key).to_owned()));
            browser::focus(id);
        };
        if old.is_empty() {
            return say(
                current_fault,
                InboxText::PasswordMissing,
                "current-password",
            );
        }
        let length = fresh.chars().count();
        if !LENGTH.contains(&length) {
            let key = if length < *LENGTH.start() {
                InboxText::PasswordShort
            } else {
                InboxText::PasswordLong
            };
            return say(new_fault, key, "new-password");
        }
        let answer = Box::pin(async move { change_password(old, fresh).await });
        work.run(inbox, answer, refused, move || {
            for input in [current, new] {
                if let Some(input) = input.get_untracked() {
                    input.set_value("");
                }
            }
        });
    };
    view! {
        <form novalidate on:submit=on_submit>
            <input type="text" autocomplete="username" value=email hidden readonly />
            <Field
                id="current-password"
                label=texts.inbox(InboxText::CurrentPassword)
                kind="password"
                autocomplete="current-password"
                error=current_fault
                input=current
                on_input=move |()| current_fault.set(None)
            />
            <Field
                id="new-password"
                label=texts.inbox(InboxText::NewPassword)
                kind="password"
                autocomplete="new-password"
                error=new_fault
                input=new
                on_input=move |()| new_fault.set(None)
            />
            <Submit label=InboxText::ChangePassword work />
        </form>
    }
}

fn refused(refusal: Refusal) -> Option<InboxText> {
    match refusal {
        Refusal::Forbidden => Some(InboxText::PasswordWrong),
        Refusal::Empty => Some(InboxText::PasswordShort),
        Refusal::TooLarge => Some(InboxText::PasswordLong),
        _ => None,
    }
}
