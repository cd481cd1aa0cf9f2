use domain::{
    AgentId, CardId, ConversationId,
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
    browser,
    components::{Avatar, Button, Kind, Moment, part},
    live::Inbox,
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
    let (pending, failed) = (RwSignal::new(false), RwSignal::new(false));
    let act = move |()| {
        pending.set(true);
        failed.set(false);
        browser::spawn(async move {
            let answer = withdraw_card(card).await;
            inbox.check(answer.as_ref().err());
            // The line may be gone by now.
            pending.try_set(false);
            if answer.is_ok() {
                inbox.card_withdrawn(id, card);
                withdrawn.try_set(true);
            } else {
                failed.try_set(true);
            }
        });
    };
    view! {
        <Button
            label=texts.inbox(InboxText::StopBooking)
            kind=Kind::Inline
            pending
            on_click=Callback::new(act)
        />
        {part(move || {
            let words = failed.get().then(|| texts.shared(SharedText::Failed));
            words.map(|words| view! { <p class="error" role="alert">{words}</p> }).into_any()
        })}
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
