use domain::{
    settings::Device,
    texts::{fill, keys::InboxText},
};
use leptos::prelude::*;

use super::work::{Outcome, Work, nothing_special};
use crate::{
    api::end_device,
    browser_name::browser_name,
    components::{Button, instant, part},
    live::{Dialog, Inbox},
};

/// The browsers in which the agent is signed in.
#[component]
pub fn Devices(devices: Vec<Device>) -> impl IntoView {
    let inbox = Inbox::current();
    let rows: Vec<_> = devices
        .into_iter()
        .enumerate()
        .map(|(at, device)| row(inbox, at, device))
        .collect();
    view! { <ul class="devices">{rows}</ul> }
}

fn row(inbox: Inbox, at: usize, device: Device) -> AnyView {
    let texts = inbox.texts;
    let work = Work::new();
    let gone = RwSignal::new(false);
    let id = format!("device-{at}");
    let Device {
        session,
        this,
        signed_in_at,
        used_at,
        ..
    } = device;
    let name = browser_name(&device.user_agent, texts);
    let end = move |()| {
        if this {
            if inbox.own_chats() > 0 {
                inbox.open_dialog(Dialog::SignOut);
            } else {
                inbox.sign_out();
            }
            return;
        }
        let answer = Box::pin(end_device(session));
        work.run(inbox, answer, nothing_special, move || {
            gone.try_set(true);
        });
    };
    part(move || {
        if gone.get() {
            return ().into_any();
        }
        let since = |key, at| fill(texts.inbox(key), &[("time", &instant(inbox, at))]);
        let used = if this {
            texts.inbox(InboxText::ThisDevice).to_owned()
        } else {
            since(InboxText::LastUsed, used_at)
        };
        view! {
            <li>
                <div id=id.clone()>
                    <strong>{name.clone()}</strong>
                    <span class="hint">
                        {since(InboxText::SignedInSince, signed_in_at)} " · " {used}
                    </span>
                </div>
                <Outcome work />
                <Button
                    label=texts.inbox(InboxText::SignOut)
                    described=id.clone()
                    pending=work.pending
                    on_click=Callback::new(end)
                />
            </li>
        }
        .into_any()
    })
    .into_any()
}
