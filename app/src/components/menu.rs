use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html::{Button, Div},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

use super::{Live, calc};
use crate::browser;

/// A button that opens a menu. Arrow keys move inside, Escape closes it and gives the focus back.
#[component]
pub fn Menu(
    id: &'static str,
    /// The name of the button and of the menu.
    label: &'static str,
    /// What the button shows.
    face: AnyView,
    /// What stands above the items.
    head: AnyView,
    children: ChildrenFn,
) -> impl IntoView {
    let live = Live::current();
    let open = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    let menu = NodeRef::<Div>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    provide_context(CloseMenu(Callback::new(move |()| close())));
    let show = move || {
        open.set(true);
        browser::once_drawn(move || step(menu, 0));
    };
    let on_key = move |event: KeyboardEvent| {
        match browser::key(&event).as_str() {
            "ArrowDown" if !open.get_untracked() => show(),
            "ArrowDown" => step(menu, 1),
            "ArrowUp" if open.get_untracked() => step(menu, -1),
            "Escape" if open.get_untracked() => close(),
            _ => return,
        }
        event.prevent_default();
    };
    let on_leave = move |event: FocusEvent| {
        let inside = event
            .current_target()
            .and_then(|own| own.dyn_into::<Node>().ok())
            .zip(
                event
                    .related_target()
                    .and_then(|to| to.dyn_into::<Node>().ok()),
            )
            .is_some_and(|(own, to)| own.contains(Some(&to)));
        if !inside {
            open.set(false);
        }
    };
    view! {
        <div class="menu" on:keydown=on_key on:focusout=on_leave>
            <button
                type="button"
                class="face"
                aria-label=label
                title=label
                aria-haspopup="menu"
                aria-expanded=calc(move || open.get().to_string())
                aria-controls=id
                disabled=calc(move || !live.get())
                node_ref=button
                on:click=move |_| if open.get_untracked() { open.set(false) } else { show() }
            >
                {face}
            </button>
            <div class="popover" hidden=calc(move || !open.get())>
                {head}
                <div id=id role="menu" aria-label=label node_ref=menu>
                    {children()}
                </div>
            </div>
        </div>
    }
}

#[derive(Clone, Copy)]
struct CloseMenu(Callback<()>);

/// An item of a [`Menu`].
#[component]
pub fn MenuItem(label: &'static str, #[prop(into)] on_choose: Callback<()>) -> impl IntoView {
    let close = use_context::<CloseMenu>();
    view! {
        <button
            type="button"
            role="menuitem"
            tabindex="-1"
            on:click=move |_| {
                if let Some(CloseMenu(close)) = close {
                    close.run(());
                }
                on_choose.run(());
            }
        >
            {label}
        </button>
    }
}

/// Moves the focus by so many items, round and round; 0 goes to the first.
fn step(menu: NodeRef<Div>, by: i32) {
    let Some(menu) = menu.get_untracked() else {
        return;
    };
    let items: Vec<HtmlElement> = (0..menu.children().length())
        .filter_map(|at| menu.children().item(at)?.dyn_into().ok())
        .collect();
    let active = document().active_element();
    let at = items
        .iter()
        .position(|item| active.as_ref() == Some(item.as_ref()));
    let count = i32::try_from(items.len()).unwrap_or(0).max(1);
    let next = match at.and_then(|at| i32::try_from(at).ok()) {
        Some(at) if by != 0 => (at + by).rem_euclid(count),
        _ => 0,
    };
    if let Some(item) = usize::try_from(next).ok().and_then(|next| items.get(next)) {
        let _ = item.focus();
    }
}
