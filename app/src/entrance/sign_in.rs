use domain::texts::keys::InboxText;
use leptos::prelude::*;

use super::{
    Entrance,
    account_form::{AccountForm, Answers, Faults},
};
use crate::{api::sign_in, texts::Texts};

/// The page `/sign-in`.
#[component]
pub fn SignIn() -> impl IntoView {
    view! {
        <Entrance title=Texts::current().inbox(InboxText::SignInTo)>
            <AccountForm
                is_new=false
                button=InboxText::SignIn
                check=check
                send=|answers| Box::pin(sign_in(answers.email, answers.password))
                forbidden=InboxText::WrongSignIn
            />
        </Entrance>
    }
}

fn check(answers: &Answers) -> Faults {
    Faults {
        code: None,
        name: None,
        email: answers
            .email
            .trim()
            .is_empty()
            .then_some(InboxText::EmailMissing),
        password: answers
            .password
            .is_empty()
            .then_some(InboxText::PasswordMissing),
    }
}
