use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::calc;
use crate::browser;

/// A row of tabs; arrow keys move between them.
#[component]
pub fn Tabs(label: &'static str, children: Children) -> impl IntoView {
    let on_key = |event: KeyboardEvent| {
        let forward = match browser::key(&event).as_str() {
            "ArrowRight" => true,
            "ArrowLeft" => false,
            _ => return,
        };
        let active = document().active_element();
        let next = active.and_then(|active| {
            if forward {
                active.next_element_sibling()
            } else {
                active.previous_element_sibling()
            }
        });
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            let _ = next.focus();
            next.click();
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>
            {children()}
        </div>
    }
}

/// A tab that is a place with an address of its own. The count is for the eye: the tab's name is
/// its word alone.
#[component]
pub fn Tab(
    id: &'static str,
    panel: &'static str,
    label: &'static str,
    #[prop(into)] href: Signal<String>,
    #[prop(into)] selected: Signal<bool>,
    #[prop(optional, into)] count: Signal<String>,
) -> impl IntoView {
    view! {
        <a
            id=id
            role="tab"
            href=href
            aria-selected=calc(move || selected.get().to_string())
            aria-controls=panel
            tabindex=calc(move || if selected.get() { "0" } else { "-1" })
        >
            {label}
            <span class="count" aria-hidden="true" hidden=calc(move || count.get().is_empty())>
                {count}
            </span>
        </a>
    }
}
