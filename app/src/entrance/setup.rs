use domain::{text, texts::keys::InboxText};
use leptos::prelude::*;

use super::{
    Entrance,
    account_form::{AccountForm, Answers, Faults},
};
use crate::{api::create_first_admin, texts::Texts};

/// How long a password may be, in characters.
const PASSWORD_CHARS: core::ops::RangeInclusive<usize> = 8..=200;

/// The page `/setup`, while there are no agents.
#[component]
pub fn Setup() -> impl IntoView {
    let texts = Texts::current();
    view! {
        <Entrance title=texts.inbox(InboxText::FirstAccount)>
            <p class="lead">{texts.inbox(InboxText::FirstAccountHint)}</p>
            <AccountForm
                is_new=true
                button=InboxText::CreateAccount
                check=check
                send=|answers| {
                    Box::pin(
                        create_first_admin(
                            answers.code,
                            answers.name,
                            answers.email,
                            answers.password,
                        ),
                    )
                }
                forbidden=InboxText::AccountExists
            />
        </Entrance>
    }
}

fn check(answers: &Answers) -> Faults {
    Faults {
        code: answers
            .code
            .trim()
            .is_empty()
            .then_some(InboxText::SetupCodeMissing),
        name: text::Field::try_from(answers.name.clone())
            .is_err()
            .then_some(InboxText::NameMissing),
        email: text::Email::try_from(answers.email.clone())
            .is_err()
            .then_some(InboxText::EmailMissing),
        password: wrong_password(&answers.password),
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
