//! The pages in front of the inbox: sign in, and the first admin.

mod account_form;
#[cfg(any(feature = "ssr", feature = "office", test))]
mod setup;
mod sign_in;

use domain::{Refusal, texts::keys::SharedText};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{api::Failure, components::Live, texts::Texts};

#[cfg(any(feature = "ssr", feature = "office", test))]
pub use setup::Setup;
pub use sign_in::SignIn;

/// Making the first admin is in another program, which loading the page brings.
#[cfg(not(any(feature = "ssr", feature = "office", test)))]
#[component]
pub fn Setup() -> impl IntoView {
    crate::components::effect(crate::browser::reload);
}

/// A card in the middle of the page. Whoever belongs on another page is sent there by the server.
#[component]
fn Entrance(title: &'static str, children: Children) -> impl IntoView {
    let live = RwSignal::new(false);
    provide_context(Live(live.into()));
    Effect::new(move |_| live.set(true));
    view! {
        <Title text=format!("{title} · Casella") />
        <main class="entrance">
            <div class="card">
                <span class="mark" aria-hidden="true"></span>
                <h1>{title}</h1>
                {children()}
            </div>
        </main>
    }
}

/// What the person is told when the server did not do it and no field is to blame.
fn failed(texts: Texts, failure: Failure) -> String {
    let key = match failure {
        Failure::Refused(Refusal::TooMany) => SharedText::TooMany,
        _ => SharedText::Failed,
    };
    texts.shared(key).to_owned()
}
