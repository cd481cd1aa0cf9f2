use domain::{
    ConversationId,
    meeting::{CalendarCard, MeetingRow, MeetingState},
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use crate::{
    components::{Avatar, Moment, part},
    live::Inbox,
};

/// A calendar that was shared, and what was booked by it so far.
pub fn shared(inbox: Inbox, id: ConversationId, card: &CalendarCard) -> AnyView {
    let texts = inbox.texts;
    let name = card.agent.name.clone();
    let photo = card.agent.photo.clone();
    let title = fill(texts.shared(SharedText::CalendarOf), &[("agent", &name)]);
    let (card, agent) = (card.card, card.agent.id);
    let booked = part(move || {
        let lines: Vec<_> = inbox
            .meetings(id, card)
            .iter()
            .map(|meeting| line(inbox, meeting, meeting.agent != agent))
            .collect();
        if lines.is_empty() {
            let none = texts.inbox(InboxText::NotBooked);
            view! { <p class="hint">{none}</p> }.into_any()
        } else {
            lines.into_any()
        }
    });
    view! {
        <div class="shared">
            <Avatar name=Some(name) photo />
            <div>
                <p class="title" dir="auto">{title}</p>
                {booked}
            </div>
        </div>
    }
    .into_any()
}

/// What became of a meeting. The agent is named if it is not the one of the card.
fn line(inbox: Inbox, meeting: &MeetingRow, with_other: bool) -> AnyView {
    let texts = inbox.texts;
    let (key, class) = match meeting.state {
        MeetingState::Cancelled => (InboxText::MeetingCancelled, "off"),
        MeetingState::Booked if meeting.sequence > 0 && !with_other => {
            (InboxText::MeetingRescheduled, "on")
        }
        MeetingState::Booked => (InboxText::MeetingScheduled, "on"),
    };
    let with = with_other.then(|| {
        let with = texts.inbox(InboxText::WithAgent);
        [" ", &fill(with, &[("agent", &meeting.agent_name)])].concat()
    });
    view! {
        <p class=class>
            <span>{texts.inbox(key)}</span>
            " "
            <Moment at=meeting.span.start() />
            {with}
        </p>
    }
    .into_any()
}
