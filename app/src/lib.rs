//! The inbox: pages and components, and the typed functions by which they ask the server.
//!
//! Built twice: with `ssr` into the server, which renders every page whole (`SsrMode::Async`), and
//! with `hydrate` into the wasm that takes the page over.

pub mod api;
#[cfg(feature = "ssr")]
pub mod context;
pub mod inbox_state;
#[cfg(feature = "ssr")]
pub mod shell;
mod texts;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use texts::Texts;

/// The root of the inbox, the only child of the page's body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    #[cfg(not(feature = "ssr"))]
    Texts::of_page().provide();
    let _ = Texts::current();
    view! {
        <Router>
            <Routes fallback=|| ()>
                <Route path=path!("/sign-in") view=|| "sign in" ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
