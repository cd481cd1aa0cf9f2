//! The form that connects a calendar, and the way by consent elsewhere.

use domain::{
    calendar::{CalendarAccount, CalendarKind, ConnectTrouble},
    texts::keys::InboxText,
};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};

use super::{
    super::work::{Submit, Work},
    Region, words_of,
};
use crate::{
    api::{Failure, begin_consent, connect_caldav, finish_consent},
    browser,
    components::{Button, Field, Kind, effect},
    live::Inbox,
};

/// The form for CalDAV, and a button for each other kind. `known`: what is connected already.
#[component]
pub(super) fn Connect(
    region: Region,
    offered: Vec<CalendarKind>,
    known: Option<CalendarAccount>,
) -> impl IntoView {
    let inbox = region.inbox;
    let texts = inbox.texts;
    let work = Work::new();
    effect(move || come_back(region, work));
    let others: Vec<AnyView> = offered
        .into_iter()
        .map(|kind| {
            view! {
                <Button
                    label=words_of(inbox, kind)
                    pending=work.pending
                    on_click=Callback::new(move |()| leave(inbox, work, kind))
                />
            }
            .into_any()
        })
        .collect();
    let back = known.as_ref().map(|_| {
        view! {
            <Button
                label=texts.inbox(InboxText::CalendarKeep)
                kind=Kind::Quiet
                on_click=Callback::new(move |()| region.again.set(false))
            />
        }
    });
    let none = RwSignal::new(None::<String>);
    let [address, user, password] = [(); 3].map(|()| NodeRef::<Input>::new());
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let [address, user, password] = [address, user, password].map(|input| {
            let input = input.get_untracked();
            input.map(|input| input.value()).unwrap_or_default()
        });
        ask(region, work, async move {
            connect_caldav(address, user, password).await
        });
    };
    view! {
        <div class="submit">{others}</div>
        <form novalidate on:submit=on_submit>
            <Field
                id="calendar-address"
                label=texts.inbox(InboxText::CalendarAddress)
                hint=texts.inbox(InboxText::CalendarAddressHint)
                error=none
                input=address
                on_input=|()| ()
            />
            <Field
                id="calendar-user"
                label=texts.inbox(InboxText::CalendarUser)
                error=none
                input=user
                on_input=|()| ()
            />
            <Field
                id="calendar-password"
                label=texts.inbox(InboxText::CalendarPassword)
                kind="password"
                hint=texts.inbox(InboxText::CalendarPasswordHint)
                error=none
                input=password
                on_input=|()| ()
            />
            <Submit label=InboxText::ConnectCalendar work />
            {back}
        </form>
    }
}

/// Asks the server to connect, and says what is wrong or shows what is there.
fn ask(
    region: Region,
    work: Work,
    answer: impl Future<Output = Result<Option<ConnectTrouble>, Failure>> + 'static,
) {
    let inbox = region.inbox;
    work.pending.set(true);
    work.failed.set(None);
    browser::spawn(async move {
        let answer = answer.await;
        inbox.check(answer.as_ref().err());
        work.pending.try_set(false);
        match answer {
            Ok(None) => {
                region.again.try_set(false);
                region.fetch();
            }
            Ok(Some(trouble)) => work.fail(inbox.texts.inbox(words(trouble))),
            Err(_) => work.fail(inbox.texts.inbox(InboxText::CalendarNotConnected)),
        }
    });
}

fn words(trouble: ConnectTrouble) -> InboxText {
    match trouble {
        ConnectTrouble::Address => InboxText::CalendarNoAddress,
        ConnectTrouble::Refused => InboxText::CalendarWrongPassword,
        ConnectTrouble::NoCalendar => InboxText::CalendarNone,
        ConnectTrouble::Unreachable => InboxText::CalendarNoAnswer,
        ConnectTrouble::Port => InboxText::CalendarWrongPort,
        ConnectTrouble::SignIn => InboxText::CalendarSignIn,
    }
}

/// Where the browser comes back to.
fn redirect() -> String {
    let origin = browser::window().location().origin();
    format!("{}/settings", origin.unwrap_or_default())
}

/// Goes to give consent.
fn leave(inbox: Inbox, work: Work, kind: CalendarKind) {
    work.pending.set(true);
    work.failed.set(None);
    browser::spawn(async move {
        match begin_consent(kind, redirect()).await {
            Ok(address) => browser::go(&address),
            Err(failure) => {
                inbox.check(Some(&failure));
                work.pending.try_set(false);
                work.fail(inbox.texts.inbox(InboxText::CalendarNotConnected));
            }
        }
    });
}

/// What the page's address says.
fn asked() -> Option<web_sys::UrlSearchParams> {
    let search = browser::window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search).ok()
}

/// Whether the browser has just come back from where consent is given.
pub(super) fn is_back() -> bool {
    asked().is_some_and(|asked| asked.has("state"))
}

/// Connects what consent was given for, if the browser has just come back with it.
fn come_back(region: Region, work: Work) {
    let Some(asked) = asked() else {
        return;
    };
    let Some(state) = asked.get("state") else {
        return;
    };
    let code = asked.get("code");
    // Once: the address holds nothing any more that somebody could come upon.
    if let Ok(history) = browser::window().history() {
        let nothing = wasm_bindgen::JsValue::NULL;
        let _ = history.replace_state_with_url(&nothing, "", Some("/settings"));
    }
    ask(region, work, async move {
        finish_consent(state, code, redirect()).await
    });
}
