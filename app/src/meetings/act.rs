//! What can be done about a meeting: calling it off, giving it to another agent.

use domain::{
    Refusal,
    meeting::MeetingRow,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use crate::{
    api::{cancel_meeting, reassign_meeting},
    browser::{self, Wording},
    components::{Button, Dialog, Kind, calc},
    inbox::{
        picker::{Picker, PickerDialog},
        share::calendars,
    },
    live::{self, Inbox},
    settings::work::{Outcome, Work},
};

/// Asks whether a meeting is to be called off.
pub fn cancel(inbox: Inbox, meeting: &MeetingRow) {
    let texts = inbox.texts;
    let id = meeting.meeting;
    let about = about(inbox, meeting);
    let work = Work::new();
    let close = Callback::new(move |()| inbox.close_dialog());
    let act = move |()| {
        let answer = Box::pin(cancel_meeting(id));
        work.run(inbox, answer, refused, move || inbox.close_dialog());
    };
    let draw = move |()| {
        let about = about.clone();
        view! {
            <Dialog title=texts.inbox(InboxText::CancelMeetingQuestion) on_close=close>
                <p dir="auto">{about}</p>
                <p class="hint">{texts.inbox(InboxText::CancelMeetingHint)}</p>
                <Outcome work />
                <div class="actions">
                    <Button label=texts.inbox(InboxText::KeepMeeting) on_click=close />
                    <Button
                        label=texts.inbox(InboxText::CancelMeeting)
                        kind=Kind::Danger
                        pending=work.pending
                        on_click=Callback::new(act)
                    />
                </div>
            </Dialog>
        }
        .into_any()
    };
    inbox.open_dialog(live::Dialog::OfPage(Callback::new(draw)));
}

/// Asks to whom a meeting is to be given.
pub fn reassign(inbox: Inbox, meeting: &MeetingRow) {
    let texts = inbox.texts;
    let (id, agent) = (meeting.meeting, meeting.agent);
    let about = about(inbox, meeting);
    let work = Work::new();
    let act = move |to| {
        let answer = Box::pin(reassign_meeting(id, to));
        work.run(inbox, answer, refused, move || inbox.close_dialog());
    };
    let draw = move |()| {
        let extra = view! {
            <p dir="auto">{about.clone()}</p>
            <p class="hint">{texts.inbox(InboxText::ReassignHint)}</p>
        };
        Picker::new(inbox, calendars)
            .without(agent)
            .dialog(PickerDialog {
                title: InboxText::ReassignMeeting,
                group: InboxText::Agent,
                search: true,
                extra: extra.into_any(),
                yes: texts.inbox(InboxText::Reassign),
                pending: work.pending.into(),
                fault: calc(move || work.failed.get()),
                on_choose: Callback::new(act),
            })
    };
    inbox.open_dialog(live::Dialog::OfPage(Callback::new(draw)));
}

/// With whom and when.
fn about(inbox: Inbox, meeting: &MeetingRow) -> String {
    let texts = inbox.texts;
    let visitor = meeting.visitor.clone();
    let visitor = visitor.unwrap_or_else(|| texts.shared(SharedText::Visitor).to_owned());
    let words = |wording| browser::words(meeting.span.start(), wording, texts.language);
    let (day, time) = (words(Wording::Day), words(Wording::Time));
    format!("{visitor} · {day}, {time}")
}

fn refused(refusal: Refusal) -> Option<InboxText> {
    match refusal {
        Refusal::NotNow | Refusal::NotFound => Some(InboxText::MeetingOver),
        Refusal::Taken => Some(InboxText::NotFreeThen),
        Refusal::NoCalendar => Some(InboxText::NotShared),
        _ => None,
    }
}
