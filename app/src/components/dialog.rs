use leptos::{html, prelude::*};

use super::effect;

/// A dialog above the page. Escape closes it. Whoever opens it makes the rest of the page inert and
/// gives the focus back in the end.
#[component]
pub fn Dialog(
    title: &'static str,
    #[prop(into)] on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog
            class="dialog"
            aria-labelledby="dialog-title"
            node_ref=dialog
            on:close=move |_| on_close.run(())
        >
            <h2 id="dialog-title">{title}</h2>
            {children()}
        </dialog>
    }
}
