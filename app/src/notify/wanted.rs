//! The agent's switches, in step in all tabs of a browser.

use domain::{AgentId, settings::Notifications};
use leptos::prelude::*;

use crate::{browser::storage, live::Inbox};

fn key(agent: AgentId) -> String {
    format!("casella:notifications:{agent}")
}

/// Tells the other tabs what the agent chose in this one.
pub fn tell(agent: AgentId, wanted: Notifications) {
    storage::set(&key(agent), &write(wanted));
}

/// Follows what the agent chooses in other tabs.
pub fn start(inbox: Inbox) {
    let key = key(inbox.me().id);
    let handle = window_event_listener(leptos::ev::storage, move |event| {
        if event.key().as_ref() == Some(&key)
            && let Some(wanted) = event.new_value().as_deref().and_then(read)
        {
            inbox.set_notifications(wanted);
        }
    });
    // For the life of the page.
    core::mem::forget(handle);
}

fn write(wanted: Notifications) -> String {
    [wanted.sound, wanted.browser, wanted.when_closed]
        .map(|on| if on { '1' } else { '0' })
        .into_iter()
        .collect()
}

fn read(text: &str) -> Option<Notifications> {
    let &[sound, browser, when_closed] = text.as_bytes() else {
        return None;
    };
    Some(Notifications {
        sound: sound == b'1',
        browser: browser == b'1',
        when_closed: when_closed == b'1',
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tabs_read_what_was_written() {
        let wanted = Notifications {
            sound: false,
            browser: true,
            when_closed: false,
        };
        assert_eq!(read(&write(wanted)), Some(wanted));
        assert_eq!(read("on"), None);
    }
}
