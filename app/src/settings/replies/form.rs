use domain::{
    Refusal,
    agent::Role,
    reply::{SavedReply, VARIABLES},
    text::{MessageText, Shortcut, TextError},
    texts::{fill, keys::InboxText},
};
use leptos::{
    ev::SubmitEvent,
    html::{Input, Textarea},
    prelude::*,
};

use super::{Open, Replies};
use crate::{
    api::{Failure, save_reply},
    browser,
    components::{Button, Field, Kind, calc, effect},
    settings::work::{Submit, Work},
    texts::Texts,
};

const SHORTCUT: &str = "reply-shortcut";
const TEXT: &str = "reply-text";

/// A saved reply as it is written: a new one, or one that is `known`.
#[component]
pub fn ReplyForm(replies: Replies, known: Option<SavedReply>) -> impl IntoView {
    let inbox = replies.inbox;
    let texts = inbox.texts;
    let work = Work::new();
    let (shortcut, text) = (NodeRef::<Input>::new(), NodeRef::<Textarea>::new());
    let shared = NodeRef::<Input>::new();
    let shortcut_fault = RwSignal::new(None::<String>);
    let text_fault = RwSignal::new(None::<String>);
    let id = known.as_ref().map(|known| known.id);
    let say = move |fault: RwSignal<Option<String>>, key, id| {
        fault.set(Some(texts.inbox(key).to_owned()));
        browser::focus(id);
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if work.pending.get_untracked() {
            return;
        }
        let (Some(shortcut), Some(text)) = (shortcut.get_untracked(), text.get_untracked()) else {
            return;
        };
        let shortcut = match Shortcut::try_from(shortcut.value()) {
            Ok(shortcut) => shortcut,
            Err(error) => {
                let key = match error {
                    TextError::Empty => InboxText::ShortcutMissing,
                    TextError::TooLong => InboxText::ShortcutLong,
                    TextError::Malformed => InboxText::ShortcutWrong,
                };
                return say(shortcut_fault, key, SHORTCUT);
            }
        };
        let text = match MessageText::try_from(text.value()) {
            Ok(text) => text,
            Err(error) => {
                let key = match error {
                    TextError::TooLong => InboxText::ReplyLong,
                    _ => InboxText::ReplyMissing,
                };
                return say(text_fault, key, TEXT);
            }
        };
        let shared = shared
            .get_untracked()
            .is_some_and(|shared| shared.checked());
        let saved = StoredValue::new(None::<SavedReply>);
        let answer = Box::pin(async move {
            let answer = save_reply(id, shortcut.to_string(), text.to_string(), shared).await;
            if answer == Err(Failure::Refused(Refusal::ShortcutTaken)) {
                say(shortcut_fault, InboxText::ShortcutTaken, SHORTCUT);
            }
            answer.map(|reply| {
                saved.try_set_value(Some(reply));
            })
        });
        work.run(inbox, answer, refused, move || {
            if let Some(reply) = saved.try_get_value().flatten() {
                replies.change(|known| {
                    known.retain(|other| other.id != reply.id);
                    let at = known.partition_point(|other| order(other) < order(&reply));
                    known.insert(at, reply);
                });
                browser::focus_soon(super::ADD);
            }
        });
    };
    let before = known.clone();
    effect(move || {
        let (Some(shortcut), Some(text)) = (shortcut.get(), text.get()) else {
            return;
        };
        if let Some(known) = &before {
            shortcut.set_value(&known.shortcut);
            text.set_value(&known.text);
        }
        let _ = shortcut.focus();
    });
    let is_shared = known.as_ref().is_some_and(|known| known.shared);
    // Who may not change what is shared may share nothing.
    let share = (inbox.me().role >= Role::Supervisor).then(|| {
        view! {
            <label class="check">
                <input type="checkbox" checked=is_shared node_ref=shared />
                {texts.inbox(InboxText::ReplyShared)}
            </label>
        }
    });
    view! {
        <form novalidate class="reply-form" on:submit=on_submit>
            <Field
                id=SHORTCUT
                label=texts.inbox(InboxText::Shortcut)
                hint=texts.inbox(InboxText::ShortcutHint)
                error=shortcut_fault
                input=shortcut
                on_input=move |()| shortcut_fault.set(None)
            />
            <div class="field">
                <label for=TEXT>{texts.inbox(InboxText::ReplyText)}</label>
                <textarea
                    id=TEXT
                    rows="4"
                    aria-invalid=calc(move || text_fault.with(Option::is_some).then_some("true"))
                    aria-describedby="reply-text-error reply-text-hint"
                    node_ref=text
                    on:input=move |_| text_fault.set(None)
                ></textarea>
                <p class="error" id="reply-text-error" role="alert">
                    {text_fault}
                </p>
                <p class="hint" id="reply-text-hint">
                    {variables(texts)}
                </p>
            </div>
            {share}
            <div class="form-end">
                <Submit label=InboxText::Save work />
                <Button
                    label=texts.inbox(InboxText::Discard)
                    kind=Kind::Quiet
                    on_click=Callback::new(move |()| replies.open.set(Open::Nothing))
                />
            </div>
        </form>
    }
}

/// Which variables a text can hold, as they are written.
pub fn variables(texts: Texts) -> String {
    let names = VARIABLES.map(|name| format!("{{{{{name}}}}}")).join(", ");
    fill(
        texts.inbox(InboxText::RepliesVariables),
        &[("names", &names), ("example", "{{visitor.name|there}}")],
    )
}

/// As the server lists them: by shortcut, the agent's own first.
fn order(reply: &SavedReply) -> (&str, bool) {
    (&reply.shortcut, reply.shared)
}

fn refused(refusal: Refusal) -> Option<InboxText> {
    match refusal {
        // It stands beside the field.
        Refusal::ShortcutTaken => Some(InboxText::HoursWrong),
        Refusal::NotFound => Some(InboxText::ReplyGone),
        Refusal::NotNow => Some(InboxText::RepliesFull),
        _ => None,
    }
}
