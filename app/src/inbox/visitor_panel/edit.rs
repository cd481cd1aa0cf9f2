use std::sync::Arc;

use domain::{
    ConversationId, Refusal,
    text::{EMAIL_BYTES, FIELD_CHARS, LABEL_CHARS, TextError},
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
    visitor::{Held, Profile, ProfileEdit, ProfileField},
};
use leptos::{ev::KeyboardEvent, prelude::*};

use super::{field_id, of, word};
use crate::{
    browser,
    components::{Button, Kind, calc, effect},
    inbox_state::{Intent, RefusedEdit},
    live::Inbox,
    texts::Texts,
};

/// The five fields to correct. What is saved is shown at once; if the server refuses it, the form
/// is there again with what was typed and the reason.
#[component]
pub fn EditForm(
    id: ConversationId,
    /// As the agent saw it when the form was opened: what they leave alone is not sent.
    profile: Profile,
    /// What was not taken before.
    refused: Option<RefusedEdit>,
    /// Whether it may still be changed.
    mine: Memo<bool>,
    close: Callback<()>,
) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    // The field in which something is wrong, and what.
    let error = RwSignal::new(
        refused
            .as_ref()
            .map(|refused| reason(refused, &profile, texts)),
    );
    let first = error
        .get_untracked()
        .map_or(ProfileField::Name, |(field, _)| field);
    effect(move || browser::focus(field_id(first)));
    let before = StoredValue::new(profile);
    let save = move || {
        let (profile, edit) = before.with_value(|profile| (profile.clone(), typed(profile)));
        if let Err((field, why)) = edit.apply(&mut profile.clone(), &mut Held::default()) {
            error.set(Some((field, wrong(field, why, texts))));
            browser::focus(field_id(field));
            return;
        }
        close.run(());
        if edit != ProfileEdit::default() {
            inbox.ask(Intent::EditVisitor {
                conversation: id,
                edit: Arc::new(edit),
            });
        }
    };
    let field = move |field: ProfileField| {
        let own = move || {
            error
                .get()
                .filter(|(wrong, _)| *wrong == field)
                .map(|(_, words)| words)
        };
        let input_id = field_id(field);
        let error_id = format!("{input_id}-error");
        let kept = refused
            .as_ref()
            .and_then(|refused| input(&refused.edit, field));
        let value = kept.or_else(|| before.with_value(|profile| of(profile, field)));
        view! {
            <div class="fact">
                <label class="label" for=input_id>
                    {word(field, texts)}
                </label>
                <div class="field">
                    <input
                        id=input_id
                        type=if field == ProfileField::Email { "email" } else { "text" }
                        autocomplete="off"
                        dir="auto"
                        value=value.unwrap_or_default()
                        aria-invalid=calc(move || own().map(|_| "true"))
                        aria-describedby=error_id.clone()
                        on:input=move |_| {
                            if own().is_some() {
                                error.set(None);
                            }
                        }
                    />
                    <p class="error" id=error_id role="alert">
                        {calc(own)}
                    </p>
                </div>
            </div>
        }
        .into_any()
    };
    view! {
        <form
            class="facts editing"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                if mine.get_untracked() {
                    save();
                }
            }
            on:keydown=move |event: KeyboardEvent| {
                if browser::key(&event) == "Escape" {
                    event.prevent_default();
                    close.run(());
                }
            }
        >
            {ProfileField::ALL.map(field).into_iter().collect_view()}
            <div class="actions">
                <Button label=texts.inbox(InboxText::Discard) kind=Kind::Quiet on_click=close />
                <Button
                    label=texts.inbox(InboxText::Save)
                    kind=Kind::Primary
                    submits=true
                    disabled=calc(move || !mine.get())
                />
            </div>
        </form>
    }
}

/// What stands in the fields and was not there before.
fn typed(before: &Profile) -> ProfileEdit {
    let changed = |field| {
        let value = browser::value(field_id(field));
        let known = of(before, field).unwrap_or_default();
        (value.trim() != known).then_some(value)
    };
    ProfileEdit {
        name: changed(ProfileField::Name),
        job_title: changed(ProfileField::JobTitle),
        email: changed(ProfileField::Email),
        phone: changed(ProfileField::Phone),
        crm_status: changed(ProfileField::CrmStatus),
    }
}

fn input(edit: &ProfileEdit, field: ProfileField) -> Option<String> {
    match field {
        ProfileField::Name => edit.name.clone(),
        ProfileField::JobTitle => edit.job_title.clone(),
        ProfileField::Email => edit.email.clone(),
        ProfileField::Phone => edit.phone.clone(),
        ProfileField::CrmStatus => edit.crm_status.clone(),
    }
}

/// Where a refusal stands, and its words: at the field it is about, else at the first that the
/// agent changed.
fn reason(refused: &RefusedEdit, profile: &Profile, texts: Texts) -> (ProfileField, String) {
    let edit = &refused.edit;
    if let Err((field, why)) = edit.apply(&mut profile.clone(), &mut Held::default()) {
        return (field, wrong(field, why, texts));
    }
    let changed = |field: &ProfileField| input(edit, *field).is_some();
    let field = ProfileField::ALL.into_iter().find(changed);
    let words = match refused.refusal {
        Refusal::Ended => texts.inbox(InboxText::NotSavedEnded),
        Refusal::TooMany => texts.shared(SharedText::TooMany),
        _ => texts.inbox(InboxText::NotSaved),
    };
    (field.unwrap_or(ProfileField::Name), words.to_owned())
}

fn wrong(field: ProfileField, why: TextError, texts: Texts) -> String {
    let most = match field {
        ProfileField::Email => EMAIL_BYTES,
        ProfileField::CrmStatus => LABEL_CHARS,
        ProfileField::Name | ProfileField::JobTitle | ProfileField::Phone => FIELD_CHARS,
    };
    match (why, field) {
        (TextError::TooLong, _) => fill(
            texts.inbox(InboxText::FieldLong),
            &[("count", &most.to_string())],
        ),
        (_, ProfileField::Email) => texts.inbox(InboxText::EmailMissing).to_owned(),
        _ => texts.inbox(InboxText::NotSaved).to_owned(),
    }
}
