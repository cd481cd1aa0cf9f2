use core::pin::Pin;

use domain::{
    Refusal,
    texts::keys::{InboxText, SharedText},
};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};

use super::failed;
use crate::{
    api::Failure,
    browser,
    components::{Button, Field, Kind},
    texts::Texts,
};

/// What a person types; setup code and name are empty where they are not asked for.
pub struct Answers {
    pub code: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

/// What is wrong with each of the answers.
#[derive(Default)]
pub struct Faults {
    pub code: Option<InboxText>,
    pub name: Option<InboxText>,
    pub email: Option<InboxText>,
    pub password: Option<InboxText>,
}

/// The server's answer on its way.
pub type Answer = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// The form that leads into the inbox: email and password, and for a new account the setup code and
/// the name.
#[component]
pub fn AccountForm(
    /// An account is made, else somebody signs in to theirs.
    is_new: bool,
    /// The word on the button.
    button: InboxText,
    /// What is wrong before anything is sent.
    check: fn(&Answers) -> Faults,
    send: fn(Answers) -> Answer,
    /// What it means when the server forbids it.
    forbidden: InboxText,
) -> impl IntoView {
    let texts = Texts::current();
    // Read when sent, so that what was typed before the page came alive counts too.
    let (code, name) = (Asked::new(), Asked::new());
    let (email, password) = (Asked::new(), Asked::new());
    let pending = RwSignal::new(false);
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let answers = Answers {
            code: code.value(),
            name: name.value(),
            email: email.value(),
            password: password.value(),
        };
        let faults = check(&answers);
        let found = [
            (code, faults.code),
            (name, faults.name),
            (email, faults.email),
            (password, faults.password),
        ];
        for (asked, fault) in found {
            asked
                .fault
                .set(fault.map(|text| texts.inbox(text).to_owned()));
        }
        if let Some((first, _)) = found.iter().find(|(_, fault)| fault.is_some()) {
            first.focus();
            return;
        }
        pending.set(true);
        browser::spawn(async move {
            match send(answers).await {
                Ok(()) => browser::go("/"),
                Err(failure) => {
                    pending.set(false);
                    let (asked, words) = match failure {
                        #[cfg(any(feature = "ssr", feature = "office", test))]
                        Failure::Refused(Refusal::NotFound) => {
                            (code, texts.inbox(InboxText::SetupCodeWrong).to_owned())
                        }
                        Failure::Refused(Refusal::Forbidden) => {
                            (password, texts.inbox(forbidden).to_owned())
                        }
                        failure => (password, failed(texts, failure)),
                    };
                    asked.fault.set(Some(words));
                    asked.focus();
                }
            }
        });
    };
    #[cfg(any(feature = "ssr", feature = "office", test))]
    let ask_code = {
        // Whoever follows the printed address has the code in its fragment.
        Effect::new(move |_| {
            if let Some(input) = code.input.get()
                && is_new
                && let Some(code) = browser::fragment()
            {
                input.set_value(&code);
            }
        });
        move || {
            view! {
                <Field
                    id="code"
                    label=texts.inbox(InboxText::SetupCode)
                    hint=texts.inbox(InboxText::SetupCodeHint)
                    error=code.fault
                    input=code.input
                    on_input=move |()| code.fault.set(None)
                />
            }
        }
    };
    #[cfg(not(any(feature = "ssr", feature = "office", test)))]
    let ask_code = || ();
    let ask_name = move || {
        view! {
            <Field
                id="name"
                label=texts.shared(SharedText::Name)
                autocomplete="name"
                error=name.fault
                input=name.input
                on_input=move |()| name.fault.set(None)
            />
        }
    };
    view! {
        <form method="post" novalidate on:submit=on_submit>
            {is_new.then(ask_code)}
            {is_new.then(ask_name)}
            <Field
                id="email"
                label=texts.shared(SharedText::Email)
                kind="email"
                autocomplete="username"
                error=email.fault
                input=email.input
                on_input=move |()| email.fault.set(None)
            />
            <Field
                id="password"
                label=texts.inbox(InboxText::Password)
                kind="password"
                autocomplete=if is_new { "new-password" } else { "current-password" }
                error=password.fault
                input=password.input
                on_input=move |()| password.fault.set(None)
            />
            <Button label=texts.inbox(button) kind=Kind::Primary submits=true pending />
        </form>
    }
}

/// A field of the form, and what is wrong with it.
#[derive(Clone, Copy)]
struct Asked {
    input: NodeRef<Input>,
    fault: RwSignal<Option<String>>,
}

impl Asked {
    fn new() -> Self {
        Self {
            input: NodeRef::new(),
            fault: RwSignal::new(None),
        }
    }

    fn value(self) -> String {
        self.input
            .get_untracked()
            .map(|input| input.value())
            .unwrap_or_default()
    }

    fn focus(self) {
        if let Some(input) = self.input.get_untracked() {
            let _ = input.focus();
        }
    }
}
