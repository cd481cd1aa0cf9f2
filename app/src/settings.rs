//! The agent's own settings.

mod calendar;
mod devices;
mod hours;
mod letters;
mod meeting_hours;
mod notifications;
mod password;
mod photo;
mod profile;
mod replies;
mod select;
mod week;
pub mod work;

use std::sync::Arc;

use domain::{
    meeting::MeetingHours,
    settings::{AgentSettings, Letters},
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use crate::{
    api::{Failure, read_letters, read_meeting_hours, read_settings},
    components::{Empty, SkeletonRows, effect, part},
    live::Inbox,
};
use calendar::OwnCalendar;
use devices::Devices;
use hours::ChatHours;
use letters::LettersForm;
use meeting_hours::MeetingHoursForm;
use notifications::NotificationSwitches;
use password::Password;
use profile::Profile;
use replies::SavedReplies;

/// What an agent sets for themselves.
#[component]
pub fn Settings() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    // None while they are being read.
    let settings = RwSignal::new(None::<Result<Arc<Read>, Failure>>);
    let read = move || {
        settings.set(None);
        crate::browser::spawn(async move {
            let read = read_all().await;
            inbox.check(read.as_ref().err());
            // The agent may be elsewhere by now.
            settings.try_set(Some(read.map(Arc::new)));
        });
    };
    effect(read);
    view! {
        <main class="page settings">
            <h1>{texts.inbox(InboxText::Settings)}</h1>
            {part(move || match settings.get() {
                None => view! { <SkeletonRows /> }.into_any(),
                Some(Err(_)) => {
                    let retry = texts.shared(SharedText::Retry).to_owned();
                    let action = (retry, Callback::new(move |()| read()));
                    view! { <Empty text=texts.inbox(InboxText::SettingsFailed) action /> }
                        .into_any()
                }
                Some(Ok(settings)) => sections(inbox, &settings),
            })}
        </main>
    }
}

/// What the page shows.
struct Read {
    settings: AgentSettings,
    meeting_hours: MeetingHours,
    letters: Letters,
}

async fn read_all() -> Result<Read, Failure> {
    Ok(Read {
        settings: read_settings().await?,
        meeting_hours: read_meeting_hours().await?,
        letters: read_letters().await?,
    })
}

fn sections(inbox: Inbox, read: &Read) -> AnyView {
    let settings = &read.settings;
    // What other tabs of the agent changed since this one was opened.
    inbox.set_notifications(settings.notifications);
    let agent = settings.agent.clone();
    inbox.change_profile(|me| {
        me.name = agent.name.clone();
        me.photo = agent.photo.clone();
    });
    let [
        profile,
        hours,
        meeting_hours,
        letters,
        calendar,
        replies,
        notifications,
        password,
        devices,
    ] = [
        (InboxText::Profile, Some(InboxText::ProfileHint)),
        (InboxText::ChatHours, Some(InboxText::ChatHoursHint)),
        (InboxText::MeetingHours, Some(InboxText::MeetingHoursHint)),
        (InboxText::Mail, Some(InboxText::MailHint)),
        (InboxText::Calendar, Some(InboxText::CalendarHint)),
        (InboxText::SavedReplies, Some(InboxText::RepliesHint)),
        (InboxText::Notifications, None),
        (InboxText::Password, Some(InboxText::PasswordHint)),
        (InboxText::Devices, None),
    ]
    .map(|(title, hint)| move |inside| section(inbox, title, hint, inside));
    let email = settings.agent.email.to_string();
    vec![
        profile(view! { <Profile agent /> }.into_any()),
        hours(view! { <ChatHours schedule=settings.schedule.clone() /> }.into_any()),
        meeting_hours(
            view! {
                <MeetingHoursForm
                    hours=read.meeting_hours.clone()
                    usual=settings.schedule.zone().cloned()
                />
            }
            .into_any(),
        ),
        letters(view! { <LettersForm letters=read.letters.clone() /> }.into_any()),
        calendar(view! { <OwnCalendar /> }.into_any()),
        replies(view! { <SavedReplies /> }.into_any()),
        notifications(view! { <NotificationSwitches /> }.into_any()),
        password(view! { <Password email /> }.into_any()),
        devices(view! { <Devices devices=settings.devices.clone() /> }.into_any()),
    ]
    .into_any()
}

fn section(inbox: Inbox, title: InboxText, hint: Option<InboxText>, inside: AnyView) -> AnyView {
    let id = format!("section-{}", title.index());
    let hint = hint.map(|hint| view! { <p class="hint">{inbox.texts.inbox(hint)}</p> });
    view! {
        <section aria-labelledby=id>
            <div class="about">
                <h2 id=id.clone()>{inbox.texts.inbox(title)}</h2>
                {hint}
            </div>
            <div class="card">{inside}</div>
        </section>
    }
    .into_any()
}
