use domain::{
    Refusal,
    texts::keys::{InboxText, SharedText},
};
use leptos::{ev::SubmitEvent, html::Input, prelude::*, task::spawn_local};

use super::{Entrance, failed};
use crate::{
    api::{Failure, sign_in},
    browser,
    components::{Button, Field, Kind},
    texts::Texts,
};

/// The page `/sign-in`.
#[component]
pub fn SignIn() -> impl IntoView {
    let texts = Texts::current();
    // Read when sent, so that what was typed before the page came alive counts too.
    let (email, password) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let email_error = RwSignal::new(None::<String>);
    let password_error = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(email), Some(password)) = (email.get_untracked(), password.get_untracked())
        else {
            return;
        };
        let missing = |text: InboxText, empty: bool| empty.then(|| texts.inbox(text).to_owned());
        email_error.set(missing(
            InboxText::EmailMissing,
            email.value().trim().is_empty(),
        ));
        password_error.set(missing(
            InboxText::PasswordMissing,
            password.value().is_empty(),
        ));
        let first_wrong = [(email_error, &email), (password_error, &password)]
            .into_iter()
            .find(|(error, _)| error.with_untracked(Option::is_some));
        if let Some((_, input)) = first_wrong {
            let _ = input.focus();
            return;
        }
        pending.set(true);
        spawn_local(async move {
            match sign_in(email.value(), password.value()).await {
                Ok(()) => browser::go("/"),
                Err(failure) => {
                    pending.set(false);
                    password_error.set(Some(match failure {
                        Failure::Refused(Refusal::Forbidden) => {
                            texts.inbox(InboxText::WrongSignIn).to_owned()
                        }
                        failure => failed(texts, failure),
                    }));
                    let _ = password.focus();
                }
            }
        });
    };
    view! {
        <Entrance title=texts.inbox(InboxText::SignInTo)>
            <form method="post" novalidate on:submit=on_submit>
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
                    autocomplete="current-password"
                    error=password_error
                    input=password
                    on_input=move |()| password_error.set(None)
                />
                <Button
                    label=texts.inbox(InboxText::SignIn)
                    kind=Kind::Primary
                    submits=true
                    pending
                />
            </form>
        </Entrance>
    }
}
