use leptos::prelude::*;

use crate::components::calc;

/// A labelled list to choose one from. Read by [`browser::value`](crate::browser::value) with the
/// same id.
#[component]
pub fn Select(
    id: &'static str,
    label: &'static str,
    /// Value and words of each choice.
    choices: Vec<(String, String)>,
    /// The value that is chosen at first.
    chosen: String,
    #[prop(optional_no_strip)] hint: Option<&'static str>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] on_change: Option<Callback<()>>,
) -> impl IntoView {
    let notes = format!("{id}-notes");
    let choices: Vec<_> = choices
        .into_iter()
        .map(|(value, words)| {
            let selected = value == chosen;
            view! {
                <option value=value selected=selected>
                    {words}
                </option>
            }
        })
        .collect();
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select
                id=id
                aria-describedby=notes.clone()
                aria-invalid=calc(move || error.with(Option::is_some).then_some("true"))
                on:change=move |_| {
                    if let Some(on_change) = on_change {
                        on_change.run(());
                    }
                }
            >
                {choices}
            </select>
            <div id=notes>
                {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
                <p class="error" role="alert">
                    {error}
                </p>
            </div>
        </div>
    }
}
