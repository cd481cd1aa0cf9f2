use domain::{ConversationId, activity::Score as Value, texts::keys::InboxText};
use leptos::prelude::*;

use crate::{
    components::{Icon, Live, Picture, calc, memo, part},
    inbox_state::Intent,
    live::Inbox,
};

/// What the agent thinks of the chat: 0 to 3, or nothing. A second click on a number, or the cross,
/// takes it back.
#[component]
pub fn Score(
    id: ConversationId,
    /// It stands as it was at the end.
    #[prop(optional)]
    frozen: bool,
) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let live = Live::current();
    let score = memo(move || inbox.score(id));
    let set = move |score: Option<Value>| {
        inbox.ask(Intent::SetScore {
            conversation: id,
            score,
        });
    };
    let radio = move |value: Value| {
        let number = value.number().to_string();
        let chosen = calc(move || score.get() == Some(value));
        view! {
            <label>
                <input
                    type="radio"
                    name="score"
                    value=number.clone()
                    aria-label=number.clone()
                    prop:checked=chosen
                    checked=score.get_untracked() == Some(value)
                    disabled=calc(move || frozen || !live.get())
                    on:click=move |_| {
                        let again = score.get_untracked() == Some(value);
                        set((!again).then_some(value));
                    }
                />
                <span aria-hidden="true">{number}</span>
            </label>
        }
        .into_any()
    };
    view! {
        <div class="score" class:frozen=frozen>
            <span class="label" id="score-label">
                {texts.inbox(InboxText::Score)}
            </span>
            <div class="numbers" role="radiogroup" aria-labelledby="score-label">
                {Value::all().map(radio).collect_view()}
            </div>
            {part(move || {
                if frozen || score.get().is_none() {
                    return ().into_any();
                }
                view! {
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=texts.inbox(InboxText::ClearScore)
                        title=texts.inbox(InboxText::ClearScore)
                        on:click=move |_| set(None)
                    >
                        <Icon picture=Picture::Close />
                    </button>
                }
                    .into_any()
            })}
        </div>
    }
}
