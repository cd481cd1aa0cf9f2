use domain::{
    AgentId, CardId, ConversationId, Refusal,
    meeting::{CalendarCard, MeetingRow, MeetingState},
    permission::Action,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use crate::{
    api::withdraw_card,
    components::{Avatar, Button, Kind, Moment, part},
    live::Inbox,
    settings::work::{Outcome, Work},
};

/// A calendar that was shared, and what was booked by it so far.
pub fn shared(inbox: Inbox, id: ConversationId, card: &CalendarCard) -> AnyView {
    let texts = inbox.texts;
    let name = card.agent.name.clone();
    let photo = card.agent.photo.clone();
    let title = fill(texts.shared(SharedText::CalendarOf), &[("agent", &name)]);
    let withdrawn = RwSignal::new(card.address.is_empty());
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
                {part(move || stop(inbox, id, agent, card, withdrawn))}
            </div>
        </div>
    }
    .into_any()
}

/// By a card of one's own calendar, or as supervisor of anybody's, no more is to be booked.
fn stop(
    inbox: Inbox,
    id: ConversationId,
    agent: AgentId,
    card: CardId,
    withdrawn: RwSignal<bool>,
) -> AnyView {
    let texts = inbox.texts;
    if withdrawn.get() {
        let stopped = texts.inbox(InboxText::BookingStopped);
        return view! { <p class="hint">{stopped}</p> }.into_any();
    }
    if inbox.me().id != agent && !inbox.may(Action::ManageAllMeetings) {
        return ().into_any();
    }
    let work = Work::new();
    let act = move |()| {
        let answer = Box::pin(withdraw_card(card));
        work.run(inbox, answer, refused, move || {
            inbox.card_withdrawn(id, card);
            // The line may be gone by now.
            withdrawn.try_set(true);
        });
    };
    view! {
        <Button
            label=texts.inbox(InboxText::StopBooking)
            kind=Kind::Inline
            pending=work.pending
            on_click=Callback::new(act)
        />
        <Outcome work />
    }
    .into_any()
}

fn refused(_: Refusal) -> Option<InboxText> {
    None
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
