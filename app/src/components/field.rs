use leptos::{html::Input, prelude::*};

use super::calc;

/// A labelled field of one line. Its error stands below it and is read out with it; what was
/// typed stays.
#[component]
pub fn Field(
    id: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    /// Whether a number is to be typed.
    #[prop(optional)]
    numeric: bool,
    #[prop(into)] error: Signal<Option<String>>,
    input: NodeRef<Input>,
    #[prop(into)] on_input: Callback<()>,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    let hint_id = format!("{id}-hint");
    let described = {
        let (error_id, hint_id) = (error_id.clone(), hint_id.clone());
        move || {
            if error.with(Option::is_some) {
                Some(error_id.clone())
            } else {
                hint.map(|_| hint_id.clone())
            }
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=id
                type=kind
                autocomplete=autocomplete
                inputmode=numeric.then_some("numeric")
                aria-invalid=calc(move || error.with(Option::is_some).then_some("true"))
                aria-describedby=calc(described)
                node_ref=input
                on:input=move |_| on_input.run(())
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <p class="error" id=error_id role="alert">
                {error}
            </p>
        </div>
    }
}
