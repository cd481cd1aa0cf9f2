//! The inbox: pages and components, and the typed functions by which they ask the server.
//!
//! Built twice: with `ssr` into the server, which renders every page whole (`SsrMode::Async`), and
//! with `hydrate` into the wasm that takes the page over.

pub mod api;
mod browser;
mod calendar;
mod components;
#[cfg(feature = "ssr")]
pub mod context;
mod entrance;
mod inbox;
pub mod inbox_state;
mod live;
mod place;
#[cfg(feature = "ssr")]
pub mod shell;
mod texts;

use domain::texts::keys::InboxText;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use components::Empty;
use entrance::{Setup, SignIn};
use inbox::InboxPage;
use texts::Texts;

/// The root of the inbox, the only child of the page's body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    #[cfg(not(feature = "ssr"))]
    Texts::of_page().provide();
    view! {
        <Router>
            <Routes fallback=NoSuchPage>
                <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                <Route path=path!("/setup") view=Setup ssr=SsrMode::Async />
                // One view for all of them, which stays when the agent goes from one to another.
                <ParentRoute path=path!("") view=InboxPage ssr=SsrMode::Async>
                    <Route path=path!("") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/all") view=|| () ssr=SsrMode::Async />
                    <Route path=path!("/conversations/:id") view=|| () ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

#[component]
fn NoSuchPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let texts = Texts::current();
    view! {
        <Title text="Casella" />
        <main class="entrance">
            <h1 class="visually-hidden">"Casella"</h1>
            <Empty text=texts.inbox(InboxText::NoSuchPage) />
            <a href="/">{texts.inbox(InboxText::Inbox)}</a>
        </main>
    }
}
