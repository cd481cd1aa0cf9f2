use leptos::prelude::*;

use super::Button;

/// What stands where there is nothing: one sentence, and perhaps one action.
#[component]
pub fn Empty(
    #[prop(into)] text: Signal<String>,
    /// The action's word, and what it does.
    #[prop(optional, into)]
    action: Option<(String, Callback<()>)>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p>{text}</p>
            {action
                .map(|(label, act)| {
                    view! { <Button label on_click=act /> }
                })}
        </div>
    }
}
