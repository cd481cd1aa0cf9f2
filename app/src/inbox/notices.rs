use std::time::Duration;

use domain::{
    Refusal,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use crate::{
    browser,
    components::{Button, Toast, part},
    inbox_state::{Link, Notice},
    live::Inbox,
};

/// For how long words said in passing stand.
const SHOWN: Duration = Duration::from_secs(5);

/// The quiet line under the top bar, and what is said in passing.
#[component]
pub fn Notices() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    Effect::new(move |_| {
        if let Some((number, _)) = inbox.notice() {
            let _ = set_timeout(move || inbox.untell(number), SHOWN);
        }
    });
    let words = move || {
        inbox.notice().map(|(_, notice)| {
            match notice {
                Notice::NoLongerWaiting => texts.inbox(InboxText::NoLongerWaiting),
                Notice::Copied => texts.inbox(InboxText::Copied),
                Notice::Failed(Refusal::TooMany) => texts.shared(SharedText::TooMany),
                Notice::Failed(Refusal::TooLarge) => texts.shared(SharedText::TooLarge),
                Notice::Failed(_) => texts.shared(SharedText::Failed),
            }
            .to_owned()
        })
    };
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
        <Toast text=Signal::derive(words) />
    }
}
