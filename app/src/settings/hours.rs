//! The hours in which an agent is available by schedule.

use domain::{Refusal, availability::Schedule, texts::keys::InboxText};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    week::{Ids, Week, WeekFields},
    work::{Submit, Work},
};
use crate::{api::set_schedule, live::Inbox};

const IDS: Ids = Ids {
    form: "chat-hours",
    zone: "chat-zone",
    add: [
        "chat-add-0",
        "chat-add-1",
        "chat-add-2",
        "chat-add-3",
        "chat-add-4",
        "chat-add-5",
        "chat-add-6",
    ],
};

/// The week, its time zone, and what saves both.
#[component]
pub fn ChatHours(schedule: Schedule) -> impl IntoView {
    let inbox = Inbox::current();
    let work = Work::new();
    let week = Week::new(&IDS, &schedule);
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(schedule) = week.read(inbox, work) {
            work.run(inbox, Box::pin(set_schedule(schedule)), refused, || {});
        }
    };
    view! {
        <form id=IDS.form novalidate on:submit=on_submit>
            <WeekFields week set=schedule.zone().cloned() usual=None />
            <Submit label=InboxText::Save work />
        </form>
    }
}

/// The one thing that only the server knows: which zones there are.
pub fn refused(refusal: Refusal) -> Option<InboxText> {
    (refusal == Refusal::Malformed).then_some(InboxText::ZoneUnknown)
}
