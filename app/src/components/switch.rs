use leptos::prelude::*;

use super::{Live, calc};

/// A switch with its word, and a note beside it that describes it.
#[component]
pub fn Switch(
    id: &'static str,
    label: &'static str,
    note_label: &'static str,
    #[prop(into)] note: Signal<String>,
    #[prop(into)] on: Signal<bool>,
    #[prop(into)] pending: Signal<bool>,
    #[prop(into)] on_change: Callback<()>,
) -> impl IntoView {
    let live = Live::current();
    let note_id = format!("{id}-note");
    view! {
        <button
            id=id
            type="button"
            class="switch"
            role="switch"
            aria-checked=calc(move || on.get().to_string())
            aria-describedby=note_id.clone()
            aria-busy=calc(move || pending.get().then_some("true"))
            disabled=calc(move || !live.get())
            on:click=move |_| on_change.run(())
        >
            <span class="track" aria-hidden="true"></span>
            {label}
        </button>
        <span class="note" role="status" aria-label=note_label>
            // Inside: the name of the whole would stand for it as the description.
            <span id=note_id>{note}</span>
        </span>
    }
}
