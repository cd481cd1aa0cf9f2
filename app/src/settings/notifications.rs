use domain::{settings::Notifications, texts::keys::InboxText};
use leptos::prelude::*;

use super::work::{Outcome, Work, nothing_special};
use crate::{
    api::set_notifications,
    components::calc,
    live::Inbox,
    notify::{self, Permission, push, wanted::tell as tell_tabs},
};

/// One of the switches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Sound,
    Browser,
    WhenClosed,
}

impl Way {
    fn of(self, notifications: &mut Notifications) -> &mut bool {
        match self {
            Self::Sound => &mut notifications.sound,
            Self::Browser => &mut notifications.browser,
            Self::WhenClosed => &mut notifications.when_closed,
        }
    }

    /// Word, hint and id.
    fn words(self) -> (InboxText, InboxText, &'static str) {
        match self {
            Self::Sound => (InboxText::Sound, InboxText::SoundHint, "sound"),
            Self::Browser => (
                InboxText::BrowserNotifications,
                InboxText::BrowserNotificationsHint,
                "browser-notifications",
            ),
            Self::WhenClosed => (
                InboxText::WhenClosed,
                InboxText::WhenClosedHint,
                "when-closed",
            ),
        }
    }
}

/// How the agent hears of offers and messages.
#[component]
pub fn NotificationSwitches() -> impl IntoView {
    let inbox = Inbox::current();
    [Way::Sound, Way::Browser, Way::WhenClosed]
        .map(|way| switch(inbox, way))
        .into_iter()
        .collect_view()
}

fn switch(inbox: Inbox, way: Way) -> AnyView {
    let texts = inbox.texts;
    let work = Work::new();
    let on = Memo::new(move |_| *way.of(&mut inbox.notifications()));
    let (label, hint, id) = way.words();
    let hint_id = format!("{id}-hint");
    let turn = move || {
        if work.pending.get_untracked() {
            return;
        }
        let mut wanted = untrack(|| inbox.notifications());
        let turned = !on.get_untracked();
        *way.of(&mut wanted) = turned;
        // In the click itself: later a browser would not ask.
        if turned && way != Way::Sound && notify::now() == Permission::Open {
            notify::ask(inbox);
        }
        let answer = Box::pin(set_notifications(wanted));
        work.run(inbox, answer, nothing_special, move || {
            inbox.set_notifications(wanted);
            tell_tabs(inbox.me().id, wanted);
        });
    };
    let trouble = move || {
        let key = if on.get() { trouble(inbox, way) } else { None };
        key.map(|key| texts.inbox(key))
    };
    view! {
        <div class="choice-row">
            <button
                id=id
                type="button"
                class="switch"
                role="switch"
                aria-checked=calc(move || on.get().to_string())
                aria-describedby=hint_id.clone()
                aria-busy=calc(move || work.pending.get().then_some("true"))
                on:click=move |_| turn()
            >
                <span class="track" aria-hidden="true"></span>
                {texts.inbox(label)}
            </button>
            <div id=hint_id>
                <p class="hint">{texts.inbox(hint)}</p>
                <p class="trouble" role="status">
                    {calc(trouble)}
                </p>
            </div>
            <Outcome work />
        </div>
    }
    .into_any()
}

/// What keeps this browser from doing what is switched on.
fn trouble(inbox: Inbox, way: Way) -> Option<InboxText> {
    if way == Way::Sound {
        return None;
    }
    match inbox.permission()? {
        Permission::NoHttps => Some(InboxText::NotificationsHttp),
        Permission::Refused => Some(InboxText::NotificationsRefused),
        Permission::Open => Some(InboxText::NotificationsOpen),
        Permission::Granted if way == Way::Browser => None,
        Permission::Granted if !push::is_possible() => Some(InboxText::PushMissing),
        Permission::Granted => inbox.is_out_of_reach().then_some(InboxText::PushRefused),
    }
}
