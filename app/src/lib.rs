//! The inbox: pages and components, and the typed functions by which they ask the server.
//!
//! Built twice: with `ssr` into the server, which renders every page whole (`SsrMode::Async`), and
//! with `hydrate` into the wasm that takes the page over.

// The type of a page names every element in it.
#![recursion_limit = "512"]
#![cfg_attr(
    all(
        feature = "hydrate",
        not(any(feature = "ssr", feature = "office", test))
    ),
    expect(dead_code, reason = "what only the pages of `office` use")
)]

#[cfg(not(any(erase_components, doc)))]
compile_error!(
    "build with `--cfg erase_components`, as `.cargo/config.toml` has it: server and browser must agree"
);

#[cfg(any(feature = "ssr", feature = "office", test))]
mod agents;
pub mod api;
mod browser;
mod browser_name;
mod calendar;
mod components;
#[cfg(feature = "ssr")]
pub mod context;
mod entrance;
#[cfg(any(feature = "ssr", feature = "office", test))]
mod follow;
mod inbox;
pub mod inbox_state;
mod live;
#[cfg(any(feature = "ssr", feature = "office", test))]
mod meetings;
mod notify;
mod place;
#[cfg(any(feature = "ssr", feature = "office", test))]
mod settings;
#[cfg(feature = "ssr")]
pub mod shell;
mod texts;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use entrance::{Setup, SignIn};
use inbox::InboxPage;
#[cfg(not(feature = "ssr"))]
use texts::Texts;

/// The root of the inbox, the only child of the page's body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    #[cfg(not(feature = "ssr"))]
    Texts::of_page().provide();
    view! {
        <Router>
            <FlatRoutes fallback=|| ()>
                <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                <Route path=path!("/setup") view=Setup ssr=SsrMode::Async />
                // One view for all addresses of the inbox, which stays when the agent goes from
                // one to another.
                <Route path=path!("/*place") view=InboxPage ssr=SsrMode::Async />
            </FlatRoutes>
        </Router>
    }
}
