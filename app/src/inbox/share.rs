use domain::{
    ConversationId,
    meeting::{CalendarChoice, NoCalendar},
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use super::picker::{Choice, Choices, Picker, PickerDialog};
use crate::{api::read_calendars, components::calc, inbox_state::Intent, live::Inbox};

/// Whose calendar is to be shared with the visitor.
#[component]
pub fn ShareCalendar(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let share = move |agent| {
        inbox.ask(Intent::ShareCalendar {
            conversation: id,
            agent,
        });
    };
    Picker::new(inbox, calendars).dialog(PickerDialog {
        title: InboxText::ShareCalendar,
        group: InboxText::Calendar,
        search: true,
        extra: ().into_any(),
        yes: inbox.texts.shared(SharedText::Send),
        pending: calc(move || inbox.is_asking(id)),
        fault: Signal::stored(None),
        on_choose: Callback::new(share),
    })
}

/// Everybody's calendar, the agent's own first.
pub fn calendars(inbox: Inbox) -> Choices {
    Box::pin(async move {
        let me = inbox.me().id;
        let read = read_calendars().await?;
        let choice = |CalendarChoice { agent, not }| Choice {
            id: agent.id,
            name: if agent.id == me {
                let own = inbox.texts.inbox(InboxText::Yourself);
                fill(own, &[("name", &agent.name)])
            } else {
                agent.name
            },
            not: not.map(|not| match not {
                NoCalendar::NoHours => InboxText::NoMeetingHours,
                NoCalendar::Disabled => InboxText::AgentDisabled,
            }),
        };
        Ok(read.into_iter().map(choice).collect())
    })
}
