use domain::Timestamp;
use leptos::prelude::*;

use crate::{
    browser::{self, Wording},
    calendar,
    components::calc,
    live::Inbox,
};

/// An instant: today its time, else date and time, in the reader's zone as soon as the browser
/// tells it.
#[component]
pub fn Moment(#[prop(into)] at: Signal<Timestamp>) -> impl IntoView {
    let inbox = Inbox::current();
    let words = move || instant(inbox, at.get());
    view! { <time datetime=calc(move || calendar::machine(at.get()))>{calc(words)}</time> }
}

/// The words of an instant, as a [`Moment`] shows it.
pub fn instant(inbox: Inbox, at: Timestamp) -> String {
    if !inbox.live.get() {
        return calendar::neutral(at, inbox.clock_now());
    }
    let wording = if browser::local_day(at) == inbox.today() {
        Wording::Time
    } else {
        Wording::DateAndTime
    };
    browser::words(at, wording, inbox.texts.language)
}
