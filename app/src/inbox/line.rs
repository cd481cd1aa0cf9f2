mod card;
mod file;

use std::{sync::Arc, time::Duration};

use domain::{
    CommandId, ConversationId, Refusal, Timestamp,
    link::{Piece, pieces},
    message::SystemMessage,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
    transcript::{Reader, system_text},
};
use leptos::prelude::*;

use crate::{
    browser::{self, Wording},
    calendar,
    components::{Button, Kind, Moment, calc, part},
    inbox_state::{Content, Delivery, Key, Line, Side},
    live::Inbox,
};

/// How long a visitor has been away when a reply is mailed, where it can be.
const ABSENCE: Duration = Duration::from_secs(5 * 60);

/// A message, a private note, a file, or a line of the system.
#[component]
pub fn LineItem(
    id: ConversationId,
    line: Line,
    /// The visitor's.
    name: Memo<String>,
) -> impl IntoView {
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
            mood.new_day.then(|| day_word(inbox, mood.at))
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
    let note = line.content.is_note();
    let author = {
        let side = line.side.clone();
        move || match &side {
            Side::Visitor => name.get(),
            Side::System => "Casella".to_owned(),
            Side::Own => texts.shared(SharedText::You).to_owned(),
            Side::Agent(name) => name.clone(),
        }
    };
    let class = match (&line.side, note) {
        (_, true) => "line own private",
        (Side::Own, _) => "line own",
        (Side::Agent(_) | Side::System, _) => "line own other",
        (Side::Visitor, _) => "line",
    };
    let goes_on = {
        let mood = mood.clone();
        move || !mood().run_end
    };
    let at = {
        let mood = mood.clone();
        calc(move || mood().at)
    };
    let content = match &line.content {
        Content::Upload { name, bytes } => file::upload(name, *bytes, texts),
        content => match (content.file(), content.calendar(), content.text()) {
            (Some(card), ..) => file::sent(card, texts),
            (_, Some(card), _) => card::shared(inbox, id, card),
            (.., text) => {
                let words = linked(text.unwrap_or_default());
                // Nothing in it is ever drawn again, so that a browser may translate it; but not before
                // the page was taken over.
                view! {
                    <p
                        class="bubble"
                        dir="auto"
                        translate=calc(move || inbox.live.get().then_some("yes"))
                    >
                        {words}
                    </p>
                }
                .into_any()
            }
        },
    };
    let waits = calc(move || is_left(inbox, id, at.get()));
    let key = line.key;
    let is_file = matches!(line.content, Content::Upload { .. });
    view! {
        <li class=class class:goes-on=calc(goes_on) data-day=calc(day)>
            <span class=if matches!(line.side, Side::Agent(_)) { "author" } else { "visually-hidden" }>
                {calc(author)}
            </span>
            " "
            {content}
            " "
            <span class="meta">
                {note.then(|| view! {
                    <span class="kind">{texts.inbox(InboxText::PrivateNote)}</span>
                    <span aria-hidden="true">" · "</span>
                })}
                <Moment at />
                {own.then(|| view! {
                    <State key file=is_file waits delivery=calc(move || mood().delivery) />
                })}
            </span>
        </li>
    }
    .into_any()
}

/// Whether a message of this time reaches its visitor only when they come back: they have left, and
/// there is nothing to mail it by.
fn is_left(inbox: Inbox, id: ConversationId, at: Timestamp) -> bool {
    let left = inbox.of_row(id, |row| !row.visitor_connected);
    let mailed = || {
        let visitor = inbox.thread(id).visitor;
        inbox.mail && visitor.is_none_or(|visitor| visitor.profile.email.is_some())
    };
    left == Some(true) && !mailed() && inbox.clock().since(at) >= ABSENCE
}

/// What has become of an own message.
#[component]
fn State(
    key: Key,
    /// Whether it is a file.
    file: bool,
    /// Whether it waits for the visitor to come back.
    waits: Signal<bool>,
    delivery: Signal<Option<Delivery>>,
) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let words = move || match delivery.get() {
        None => String::new(),
        Some(Delivery::Uploading(percent)) => fill(
            texts.inbox(InboxText::Uploading),
            &[("percent", &percent.to_string())],
        ),
        Some(Delivery::Waiting) => texts.shared(SharedText::Waiting).into(),
        Some(Delivery::Sent) if waits.get() => texts.inbox(InboxText::SeenAtNextVisit).into(),
        Some(Delivery::Sent) => texts.shared(SharedText::Sent).into(),
        Some(Delivery::Read) => texts.shared(SharedText::Read).into(),
        Some(Delivery::NotSent(Refusal::Ended)) => texts.shared(SharedText::NotSentEnded).into(),
        Some(Delivery::NotSent(Refusal::FileTooLarge)) => {
            texts.inbox(InboxText::FileTooLarge).into()
        }
        Some(Delivery::NotSent(Refusal::TooLarge)) if file => {
            let reason = texts.shared(SharedText::TooLargeForServer);
            format!("{}. {reason}", texts.shared(SharedText::NotSent))
        }
        Some(Delivery::NotSent(refusal)) => match reason(inbox, refusal) {
            Some(reason) => format!("{}. {reason}", texts.shared(SharedText::NotSent)),
            None => texts.shared(SharedText::NotSent).into(),
        },
    };
    view! {
        // A note that is there says nothing more.
        <span class="dot" aria-hidden="true" hidden=calc(move || delivery.get().is_none())>
            " · "
        </span>
        <span class="state" class:not-sent=calc(move || matches!(delivery.get(), Some(Delivery::NotSent(_))))>
            {calc(words)}
        </span>
        {part(move || match (delivery.get(), key) {
            (Some(Delivery::NotSent(refusal)), Key::Own(id)) => again(inbox, id, refusal, file),
            _ => ().into_any(),
        })}
    }
}

/// What to do about a refusal that sending again does not cure at once.
fn reason(inbox: Inbox, refusal: Refusal) -> Option<&'static str> {
    let texts = inbox.texts;
    match refusal {
        Refusal::Full => Some(texts.inbox(InboxText::Full)),
        Refusal::TooMany => Some(texts.shared(SharedText::TooMany)),
        Refusal::TooManyFiles => Some(texts.shared(SharedText::TooManyFiles)),
        _ => None,
    }
}

/// What can be done about what was not sent.
fn again(inbox: Inbox, id: CommandId, refusal: Refusal, file: bool) -> AnyView {
    let texts = inbox.texts;
    let retry = (!matches!(
        refusal,
        Refusal::Ended | Refusal::FileTooLarge | Refusal::TooLarge
    ))
    .then(|| {
        let label = texts.shared(SharedText::Retry);
        let on_click = Callback::new(move |()| inbox.retry(id));
        view! { <Button label kind=Kind::Inline on_click /> }.into_any()
    });
    let rescue = if file {
        let label = texts.inbox(InboxText::Remove);
        let on_click = Callback::new(move |()| inbox.remove_upload(id));
        Some(view! { <Button label kind=Kind::Inline on_click /> }.into_any())
    } else {
        (refusal == Refusal::Ended).then(|| {
            let label = texts.inbox(InboxText::Copy);
            let on_click = Callback::new(move |()| inbox.copy(id));
            view! { <Button label kind=Kind::Inline on_click /> }.into_any()
        })
    };
    view! {
        {retry}
        {rescue}
    }
    .into_any()
}

/// The text with its addresses as links.
pub fn linked(text: &str) -> Vec<AnyView> {
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
pub fn day_word(inbox: Inbox, at: Timestamp) -> String {
    let texts = inbox.texts;
    if !inbox.live.get() {
        return calendar::machine(at)
            .get(..10)
            .unwrap_or_default()
            .to_owned();
    }
    match inbox.today() - browser::local_day(at) {
        0 => texts.inbox(InboxText::Today).to_owned(),
        1 => texts.inbox(InboxText::Yesterday).to_owned(),
        _ => browser::words(at, Wording::Day, texts.language),
    }
}
