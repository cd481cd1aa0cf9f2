use leptos::prelude::*;

/// Rows of a list that is on its way.
#[component]
pub fn SkeletonRows() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            {(0..4).map(|_| view! { <div class="bone row"></div> }).collect_view()}
        </div>
    }
}

/// Messages that are on their way.
#[component]
pub fn SkeletonMessages() -> impl IntoView {
    view! {
        <div class="skeleton messages" aria-hidden="true">
            <div class="bone bubble"></div>
            <div class="bone bubble own"></div>
            <div class="bone bubble short"></div>
        </div>
    }
}
