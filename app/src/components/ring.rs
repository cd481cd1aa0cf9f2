use leptos::prelude::*;

use super::calc;

/// The ring's way round, in units of its picture.
const ROUND: u64 = 75;

/// A ring that runs down, with the seconds inside. `whole` is where it is full.
#[component]
pub fn Ring(label: &'static str, #[prop(into)] seconds: Signal<u64>, whole: u64) -> impl IntoView {
    let gone = move || {
        let left = seconds.get().min(whole) * ROUND / whole.max(1);
        (ROUND - left).to_string()
    };
    view! {
        <span class="ring" role="timer" aria-label=label>
            <svg viewBox="0 0 28 28" width="28" height="28" aria-hidden="true">
                <circle class="track" cx="14" cy="14" r="12" fill="none" stroke-width="3" />
                <circle
                    class="rest"
                    cx="14"
                    cy="14"
                    r="12"
                    fill="none"
                    stroke-width="3"
                    pathLength=ROUND.to_string()
                    stroke-dasharray=ROUND.to_string()
                    stroke-dashoffset=calc(gone)
                    transform="rotate(-90 14 14)"
                />
            </svg>
            <span class="figure">{calc(move || seconds.get().to_string())}</span>
        </span>
    }
}
