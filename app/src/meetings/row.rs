use std::sync::Arc;

use domain::{
    meeting::{MeetingRow, MeetingState, MeetingStatus},
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use super::act;
use crate::{
    browser::{self, Wording},
    calendar,
    components::{Button, Kind, calc, memo, part},
    live::Inbox,
};

/// A meeting: who meets whom when, and what can be done about it.
#[component]
pub fn MeetingItem(row: Arc<MeetingRow>) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let (start, end) = (row.span.start(), row.span.end());
    let booked = row.state == MeetingState::Booked;
    let name_id = format!("meeting-{}", row.meeting);
    let name = row.visitor.clone();
    let name = name.unwrap_or_else(|| texts.shared(SharedText::Visitor).to_owned());
    let meeting = row.meeting();
    let status = memo(
        move || match (meeting.state, meeting.status(inbox.clock())) {
            (MeetingState::Cancelled, _) => InboxText::Cancelled,
            (MeetingState::Booked, MeetingStatus::Coming) => InboxText::Coming,
            (MeetingState::Booked, MeetingStatus::Past) => InboxText::Past,
        },
    );
    let open = memo(move || booked && inbox.clock() < start);
    let class = move || match status.get() {
        InboxText::Coming => "state on",
        _ => "state",
    };
    let disabled = row
        .agent_disabled
        .then(|| view! { <span class="tag">{texts.inbox(InboxText::OfDisabled)}</span> });
    let time = |at| {
        let words = browser::words(at, Wording::Time, texts.language);
        view! { <time datetime=calendar::machine(at)>{words}</time> }
    };
    let ask = Arc::clone(&row);
    let described = name_id.clone();
    let actions = part(move || {
        if !open.get() {
            return ().into_any();
        }
        let (cancelled, reassigned) = (Arc::clone(&ask), Arc::clone(&ask));
        view! {
            <Button
                label=texts.inbox(InboxText::Reassign)
                kind=Kind::Quiet
                described=described.clone()
                on_click=Callback::new(move |()| act::reassign(inbox, &reassigned))
            />
            <Button
                label=texts.inbox(InboxText::CancelMeeting)
                kind=Kind::Quiet
                described=described.clone()
                on_click=Callback::new(move |()| act::cancel(inbox, &cancelled))
            />
        }
        .into_any()
    });
    // For calendars that no invitation reaches.
    let file = booked.then(|| {
        view! {
            <a
                class="button quiet"
                href=format!("/invitations/{}.ics", row.meeting)
                download="meeting.ics"
                aria-describedby=name_id.clone()
            >
                {texts.inbox(InboxText::CalendarFile)}
            </a>
        }
    });
    view! {
        <tr class:off=!booked>
            <th scope="row">
                <span class="who">
                    <span id=name_id dir="auto">
                        {name}
                    </span>
                    " "
                    <span class="hint">{row.email.clone()}</span>
                </span>
            </th>
            <td class="agent" data-title=texts.inbox(InboxText::Agent)>
                <span dir="auto">{row.agent_name.clone()}</span>
                " "
                {disabled}
            </td>
            <td class="when" data-title=texts.inbox(InboxText::Time)>
                <span>{browser::words(start, Wording::Day, texts.language)}</span>
                " "
                <span class="hint">{time(start)} "–" {time(end)}</span>
            </td>
            <td class=calc(class) data-title=texts.inbox(InboxText::Status)>
                <span>{calc(move || texts.inbox(status.get()))}</span>
            </td>
            <td class="act">{actions} {file}</td>
        </tr>
    }
}
