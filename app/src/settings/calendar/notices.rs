//! What the agent should know of single calendars and meetings.

use domain::{
    Timestamp,
    calendar::CalendarNotice,
    texts::{fill, keys::InboxText},
};
use leptos::prelude::*;

use crate::{components::Moment, texts::Texts};

/// One line for each; nothing if all is well.
pub(super) fn list(texts: Texts, notices: &[CalendarNotice]) -> AnyView {
    if notices.is_empty() {
        return ().into_any();
    }
    let lines: Vec<AnyView> = notices.iter().map(|notice| line(texts, notice)).collect();
    view! { <div class="trouble" role="status">{lines}</div> }.into_any()
}

fn line(texts: Texts, notice: &CalendarNotice) -> AnyView {
    let (words, at) = words(texts, notice);
    let at = at.map(|at| view! { " " <Moment at /> });
    view! { <p dir="auto">{words} {at}</p> }.into_any()
}

fn words(texts: Texts, notice: &CalendarNotice) -> (String, Option<Timestamp>) {
    let say = |text, parts: &[(&str, &str)]| fill(texts.inbox(text), parts);
    match notice {
        CalendarNotice::NotWritten { name, at } => {
            let words = say(InboxText::CalendarNotWritten, &[("name", name)]);
            (words, Some(*at))
        }
        CalendarNotice::NotRemoved { at } => (say(InboxText::CalendarNotRemoved, &[]), Some(*at)),
        CalendarNotice::Unread {
            calendar,
            count,
            first,
            at,
        } => {
            let count = count.to_string();
            let parts = [("calendar", calendar.as_str()), ("count", &count)];
            let words = match first.as_str() {
                "" => say(InboxText::CalendarUnread, &parts),
                name => {
                    let [calendar, count] = parts;
                    say(
                        InboxText::CalendarUnreadFirst,
                        &[calendar, count, ("name", name)],
                    )
                }
            };
            (words, *at)
        }
        CalendarNotice::Refused { calendar } => (
            say(InboxText::CalendarRefusedOne, &[("calendar", calendar)]),
            None,
        ),
        CalendarNotice::TooLarge { calendar } => (
            say(InboxText::CalendarTooLarge, &[("calendar", calendar)]),
            None,
        ),
    }
}
