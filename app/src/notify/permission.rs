//! Whether the browser shows notifications.

use domain::AgentId;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationPermission};

use crate::{
    browser::{self, storage},
    live::Inbox,
};

/// What the browser says of notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    Granted,
    /// It has not been asked yet.
    Open,
    Refused,
    /// It shows none on plain http.
    NoHttps,
}

/// What it says now.
pub fn now() -> Permission {
    if !browser::window().is_secure_context() || !browser::has("Notification") {
        return Permission::NoHttps;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Default => Permission::Open,
        _ => Permission::Refused,
    }
}

/// Follows what the agent decides, here or in the browser's settings.
pub fn start(inbox: Inbox) {
    inbox.set_permission(now());
    let handle = window_event_listener(leptos::ev::focus, move |_| inbox.set_permission(now()));
    // For the life of the page.
    core::mem::forget(handle);
}

/// Asks the agent, by the browser.
pub fn ask(inbox: Inbox) {
    let Ok(asked) = Notification::request_permission() else {
        return;
    };
    browser::spawn(async move {
        let _ = JsFuture::from(asked).await;
        inbox.set_permission(now());
    });
}

fn key(agent: AgentId) -> String {
    format!("casella:without-notifications:{agent}")
}

/// The agent has read that there are none.
pub fn dismiss(inbox: Inbox) {
    storage::set(&key(inbox.me().id), "1");
    inbox.set_permission(now());
}

/// Whether the agent has read that there are none.
pub fn is_dismissed(agent: AgentId) -> bool {
    storage::get(&key(agent)).is_some()
}
