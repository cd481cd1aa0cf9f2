use std::time::Duration;

use domain::{
    Refusal,
    agent::Role,
    frame::agent::Moved,
    meeting::MeetingChange,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use crate::{
    browser::{self, storage},
    components::{Button, Kind, Toast, calc, effect, instant, part},
    inbox_state::{Link, News, Notice},
    live::Inbox,
    notify::{self, Permission},
    texts::Texts,
};

/// For how long words said in passing stand.
const SHOWN: Duration = Duration::from_secs(8);

/// What is said in passing, above everything else.
#[component]
pub fn Passing() -> impl IntoView {
    let inbox = Inbox::current();
    effect(move || {
        // Only who can see it has read it.
        if let Some((number, _)) = inbox.notice()
            && inbox.visible.get()
        {
            let _ = set_timeout(move || inbox.untell(number), SHOWN);
        }
    });
    let text = move || inbox.notice().map(|(_, notice)| passing(inbox, notice));
    view! { <Toast text=calc(text) /> }
}

/// The words for it.
pub fn passing(inbox: Inbox, notice: Notice) -> String {
    let texts = inbox.texts;
    let words = match notice {
        Notice::News { visitor, news, .. } => {
            let visitor = visitor.as_deref();
            let visitor = visitor.unwrap_or_else(|| texts.shared(SharedText::Visitor));
            return format!("{visitor}: {}", words(&news, texts));
        }
        Notice::NoLongerWaiting => texts.inbox(InboxText::NoLongerWaiting),
        Notice::Copied => texts.inbox(InboxText::Copied),
        Notice::Meeting(meeting, how) => {
            let key = match how {
                MeetingChange::Booked => InboxText::MeetingBookedBy,
                MeetingChange::Rescheduled => InboxText::MeetingMovedBy,
                MeetingChange::Cancelled => InboxText::MeetingCancelledBy,
                MeetingChange::Reassigned => InboxText::MeetingGivenTo,
            };
            let values = [
                (
                    "visitor",
                    meeting.visitor.as_deref().unwrap_or(&meeting.email),
                ),
                ("agent", &meeting.agent_name),
                ("time", &instant(inbox, meeting.span.start())),
            ];
            return fill(texts.inbox(key), &values);
        }
        Notice::NotAsked(Refusal::NoCalendar) => texts.inbox(InboxText::NotShared),
        Notice::NotAsked(Refusal::Ended) => texts.shared(SharedText::Ended),
        Notice::NotAsked(_) => texts.inbox(InboxText::NotAsked),
        Notice::Failed(Refusal::TooMany) => texts.shared(SharedText::TooMany),
        Notice::Failed(Refusal::TooLarge) => texts.shared(SharedText::TooLarge),
        Notice::Failed(_) => texts.shared(SharedText::Failed),
    };
    words.to_owned()
}

/// What others did about a chat.
pub fn words(news: &News, texts: Texts) -> String {
    let (key, agent) = match news {
        News::Moved { to, how } => {
            let key = match how {
                Moved::Transferred => InboxText::MovedTransferred,
                Moved::PickedUp => InboxText::MovedPickedUp,
                Moved::TakenOver => InboxText::MovedTakenOver,
            };
            (key, to)
        }
        News::NotTransferred { to, expired: true } => (InboxText::TransferExpired, to),
        News::NotTransferred { to, expired: false } => (InboxText::TransferDeclined, to),
    };
    fill(texts.inbox(key), &[("agent", agent)])
}

/// The quiet line under the top bar, and what the agent should know before anything else.
#[component]
pub fn Notices() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    view! {
        <div class="line-under-top" role="status">
            {part(move || match inbox.link() {
                Link::Fresh | Link::Up => ().into_any(),
                Link::Lost => {
                    view! { <p>{texts.shared(SharedText::Reconnecting)}</p> }.into_any()
                }
                Link::Outdated => {
                    view! {
                        <p>
                            {texts.shared(SharedText::Updated)}
                            <Button
                                label=texts.shared(SharedText::Reload)
                                on_click=Callback::new(|()| browser::reload())
                            />
                        </p>
                    }
                        .into_any()
                }
            })}
        </div>
        {mail(inbox)}
        {part(move || match (inbox.notifications().browser, inbox.permission()) {
            (true, permission) => notifications(inbox, permission),
            (false, _) => ().into_any(),
        })}
        <p class="sound-blocked" role="status">
            {calc(move || inbox.misses_sound().then(|| texts.inbox(InboxText::SoundBlocked)))}
        </p>
        {part(move || match inbox.calendar_trouble() {
            false => ().into_any(),
            true => view! {
                <p class="strip" role="status">
                    {texts.inbox(InboxText::CalendarTrouble)} " "
                    <a href="/settings">{texts.inbox(InboxText::Settings)}</a>
                </p>
            }
                .into_any(),
        })}
        {part(move || {
            // Who switches on again has read it.
            let missed = inbox.availability().missed && !inbox.available();
            match missed {
                false => ().into_any(),
                true => view! {
                    <p class="strip" role="status">{texts.inbox(InboxText::MissedTwice)}</p>
                }
                    .into_any(),
            }
        })}
    }
}

/// Tells admins that nobody gets mail. It is in the page until the document says that it was read.
fn mail(inbox: Inbox) -> AnyView {
    if inbox.mail || inbox.me().role != Role::Admin {
        return ().into_any();
    }
    let texts = inbox.texts;
    view! {
        <div class="strip no-mail">
            <p role="status">{texts.inbox(InboxText::MailMissing)}</p>
            <Button
                label=texts.inbox(InboxText::HideNote)
                kind=Kind::Inline
                on_click=Callback::new(|()| storage::hide_mail_note())
            />
        </div>
    }
    .into_any()
}

/// The bar that offers notifications of the browser, or says why there are none. As long as the
/// browser was not asked it is in the page all the same, shown where the document says that it
/// will be needed, so that it pushes nothing down later.
fn notifications(inbox: Inbox, permission: Option<Permission>) -> AnyView {
    let texts = inbox.texts;
    let class = match permission {
        None => "strip unknown",
        Some(_) => "strip",
    };
    let (words, label, act): (_, _, fn(Inbox)) = match permission.unwrap_or(Permission::Open) {
        Permission::Granted => return ().into_any(),
        Permission::Open => (
            InboxText::NotificationsHint,
            InboxText::EnableNotifications,
            notify::ask,
        ),
        _ if notify::is_dismissed(inbox.me().id) => return ().into_any(),
        Permission::Refused => (
            InboxText::NotificationsRefused,
            InboxText::Dismiss,
            notify::dismiss,
        ),
        Permission::NoHttps => (
            InboxText::NotificationsHttp,
            InboxText::Dismiss,
            notify::dismiss,
        ),
    };
    view! {
        <div class=class>
            <p role="status">{texts.inbox(words)}</p>
            <Button
                label=texts.inbox(label)
                kind=Kind::Inline
                on_click=Callback::new(move |()| act(inbox))
            />
        </div>
    }
    .into_any()
}
