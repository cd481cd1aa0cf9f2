use domain::{
    Refusal,
    text::{self, TextError},
    texts::keys::{InboxText, SharedText},
};
use leptos::{ev::SubmitEvent, html::Input, prelude::*, task::spawn_local};

use super::{Entrance, failed};
use crate::{
    api::{Failure, create_first_admin},
    browser,
    components::{Button, Field, Kind},
    texts::Texts,
};

/// How long a password may be, in characters.
const PASSWORD_CHARS: core::ops::RangeInclusive<usize> = 8..=200;

/// The page `/setup`, while there are no agents.
#[component]
pub fn Setup() -> impl IntoView {
    let texts = Texts::current();
    // Read when sent, so that what was typed before the page came alive counts too.
    let (name, email, password) = (
        NodeRef::<Input>::new(),
        NodeRef::<Input>::new(),
        NodeRef::<Input>::new(),
    );
    let name_error = RwSignal::new(None::<String>);
    let email_error = RwSignal::new(None::<String>);
    let password_error = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);
    let word = move |text: InboxText| texts.inbox(text).to_owned();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(name), Some(email), Some(password)) = (
            name.get_untracked(),
            email.get_untracked(),
            password.get_untracked(),
        ) else {
            return;
        };
        name_error.set(
            text::Field::try_from(name.value())
                .err()
                .map(|_: TextError| word(InboxText::NameMissing)),
        );
        email_error.set(
            text::Email::try_from(email.value())
                .err()
                .map(|_| word(InboxText::EmailMissing)),
        );
        password_error.set(wrong_password(&password.value()).map(word));
        let first_wrong = [
            (name_error, &name),
            (email_error, &email),
            (password_error, &password),
        ]
        .into_iter()
        .find(|(error, _)| error.with_untracked(Option::is_some));
        if let Some((_, input)) = first_wrong {
            let _ = input.focus();
            return;
        }
        pending.set(true);
        spawn_local(async move {
            match create_first_admin(name.value(), email.value(), password.value()).await {
                Ok(()) => browser::go("/"),
                Err(failure) => {
                    pending.set(false);
                    password_error.set(Some(match failure {
                        Failure::Refused(Refusal::Forbidden) => word(InboxText::AccountExists),
                        failure => failed(texts, failure),
                    }));
                }
            }
        });
    };
    view! {
        <Entrance title=texts.inbox(InboxText::FirstAccount)>
            <p class="lead">{texts.inbox(InboxText::FirstAccountHint)}</p>
            <form method="post" novalidate on:submit=on_submit>
                <Field
                    id="name"
                    label=texts.shared(SharedText::Name)
                    autocomplete="name"
                    error=name_error
                    input=name
                    on_input=move |()| name_error.set(None)
                />
                <Field
                    id="email"
                    label=texts.shared(SharedText::Email)
                    kind="email"
                    autocomplete="username"
                    error=email_error
                    input=email
                    on_input=move |()| email_error.set(None)
                />
                <Field
                    id="password"
                    label=texts.inbox(InboxText::Password)
                    kind="password"
                    autocomplete="new-password"
                    error=password_error
                    input=password
                    on_input=move |()| password_error.set(None)
                />
                <Button
                    label=texts.inbox(InboxText::CreateAccount)
                    kind=Kind::Primary
                    submits=true
                    pending
                />
            </form>
        </Entrance>
    }
}

fn wrong_password(password: &str) -> Option<InboxText> {
    let chars = password.chars().count();
    if chars < *PASSWORD_CHARS.start() {
        Some(InboxText::PasswordShort)
    } else if chars > *PASSWORD_CHARS.end() {
        Some(InboxText::PasswordLong)
    } else {
        None
    }
}
