use std::sync::Arc;

use domain::{
    CommandId, ConversationId, Refusal,
    link::{Piece, pieces},
    message::SystemMessage,
    texts::keys::{InboxText, SharedText},
    transcript::{Reader, system_text},
};
use leptos::prelude::*;

use crate::{
    browser::{self, Wording},
    calendar,
    components::{Button, Kind, Moment, calc, part},
    inbox_state::{Delivery, Key, Line, Mood, Side},
    live::Inbox,
};

/// A message, or a line of the system.
#[component]
pub fn LineItem(id: ConversationId, line: Line) -> impl IntoView {
    let inbox = Inbox::current();
    let line = Arc::new(line);
    let mood = {
        let line = Arc::clone(&line);
        move || inbox.mood(id, &line)
    };
    let day = {
        let mood = mood.clone();
        move || {
            let mood = mood();
            mood.new_day.then(|| day(inbox, mood))
        }
    };
    if let Some(system) = line.content.system() {
        let words = system_text(system, Reader::Agent(inbox.me().id), &inbox.texts);
        let at = calendar::machine(line.mood.at);
        let class = match system {
            SystemMessage::Ended(_) => "line system ended",
            SystemMessage::Joined { .. } => "line system",
        };
        return view! {
            <li class=class data-day=calc(day) title=at>
                <span>{words}</span>
            </li>
        }
        .into_any();
    }
    let texts = inbox.texts;
    let own = line.side == Side::Own;
    let author = {
        let side = line.side.clone();
        move || match &side {
            Side::Visitor | Side::System => inbox.visitor_name(id),
            Side::Own => texts.shared(SharedText::You).to_owned(),
            Side::Agent(name) => name.clone(),
        }
    };
    let class = match &line.side {
        Side::Own => "line own",
        Side::Agent(_) => "line own other",
        Side::Visitor | Side::System => "line",
    };
    let goes_on = {
        let mood = mood.clone();
        move || !mood().run_end
    };
    let at = {
        let mood = mood.clone();
        calc(move || mood().at)
    };
    let text = line.content.text().unwrap_or_default().to_owned();
    let key = line.key;
    view! {
        <li class=class class:goes-on=calc(goes_on) data-day=calc(day)>
            <span class=if matches!(line.side, Side::Agent(_)) { "author" } else { "visually-hidden" }>
                {calc(author)}
            </span>
            " "
            <p class="bubble" dir="auto">
                {linked(&text)}
            </p>
            " "
            <span class="meta">
                <Moment at />
                {own.then(|| view! { <State key delivery=calc(move || mood().delivery) /> })}
            </span>
        </li>
    }
    .into_any()
}

/// What has become of an own message.
#[component]
fn State(key: Key, delivery: Signal<Option<Delivery>>) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let words = move || match delivery.get() {
        None => "",
        Some(Delivery::Waiting) => texts.shared(SharedText::Waiting),
        Some(Delivery::Sent) => texts.shared(SharedText::Sent),
        Some(Delivery::Read) => texts.shared(SharedText::Read),
        Some(Delivery::NotSent(Refusal::Ended)) => texts.shared(SharedText::NotSentEnded),
        Some(Delivery::NotSent(_)) => texts.shared(SharedText::NotSent),
    };
    view! {
        <span class="dot" aria-hidden="true">
            " · "
        </span>
        <span class="state" class:not-sent=calc(move || matches!(delivery.get(), Some(Delivery::NotSent(_))))>
            {calc(words)}
        </span>
        {part(move || match (delivery.get(), key) {
            (Some(Delivery::NotSent(refusal)), Key::Own(id)) => again(inbox, id, refusal),
            _ => ().into_any(),
        })}
    }
}

fn again(inbox: Inbox, id: CommandId, refusal: Refusal) -> AnyView {
    let texts = inbox.texts;
    if refusal == Refusal::Ended {
        let label = texts.inbox(InboxText::Copy);
        let on_click = Callback::new(move |()| inbox.copy(id));
        view! { <Button label kind=Kind::Inline on_click /> }.into_any()
    } else {
        let label = texts.shared(SharedText::Retry);
        let on_click = Callback::new(move |()| inbox.retry(id));
        view! { <Button label kind=Kind::Inline on_click /> }.into_any()
    }
}

/// The text with its addresses as links.
fn linked(text: &str) -> Vec<AnyView> {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned().into_any(),
            Piece::Link(address) => view! {
                <a href=address.to_owned() target="_blank" rel="noopener noreferrer nofollow">
                    {address.to_owned()}
                </a>
            }
            .into_any(),
        })
        .collect()
}

/// The day above a line: today, yesterday, or the date.
fn day(inbox: Inbox, mood: Mood) -> String {
    let texts = inbox.texts;
    if !inbox.live.get() {
        return calendar::machine(mood.at)
            .get(..10)
            .unwrap_or_default()
            .to_owned();
    }
    match inbox.today() - browser::local_day(mood.at) {
        0 => texts.inbox(InboxText::Today).to_owned(),
        1 => texts.inbox(InboxText::Yesterday).to_owned(),
        _ => browser::words(mood.at, Wording::Day, texts.language),
    }
}
