use leptos::prelude::*;

use super::calc;

/// Words that are said in passing, read out politely; they go when `text` becomes none.
#[component]
pub fn Toast(#[prop(into)] text: Signal<Option<String>>) -> impl IntoView {
    view! {
        <div class="toast" role="status" aria-live="polite" class:shown=calc(move || text.with(Option::is_some))>
            {text}
        </div>
    }
}
