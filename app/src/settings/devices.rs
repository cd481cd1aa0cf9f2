use domain::{
    settings::Device,
    texts::{fill, keys::InboxText},
};
use leptos::prelude::*;

use super::work::{Outcome, Work, nothing_special};
use crate::{
    api::end_device,
    components::{Button, instant, part},
    live::{Dialog, Inbox},
    texts::Texts,
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
    let name = name(&device.user_agent, texts);
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

/// What a browser calls itself, more telling parts first: most of them claim to be others too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

fn name(user_agent: &str, texts: Texts) -> String {
    let find = |names: &[(&str, &'static str)]| {
        let known = names.iter().find(|(mark, _)| user_agent.contains(mark));
        known.map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => fill(
            texts.inbox(InboxText::BrowserOn),
            &[("browser", browser), ("system", system)],
        ),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => texts.inbox(InboxText::SomeBrowser).to_owned(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use domain::Language;

    use super::*;

    #[test]
    fn a_browser_is_called_what_people_call_it() {
        let texts = Texts::of(Language::English);
        let linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome = format!("{linux} Chrome/146.0.0.0 Safari/537.36");
        assert_eq!(name(&chrome, texts), "Chrome on Linux");
        assert_eq!(name(&format!("{chrome} Edg/146.0"), texts), "Edge on Linux");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(name(phone, texts), "Safari on iPhone");
        assert_eq!(name("curl/8", texts), "Unknown browser");
    }
}
