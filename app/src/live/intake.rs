//! What comes over the connection is taken in at most once a frame, so that hundreds of changes a
//! second cost no more than a few: the first at once, what comes while it is drawn together with
//! the next frame.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use domain::frame::agent::AgentEvent;
use leptos::prelude::{request_animation_frame, set_timeout};

use super::Inbox;
use crate::browser;

/// A frame that is not drawn after this time is not waited for.
const PATIENCE: Duration = Duration::from_millis(100);

thread_local! {
    static WAITING: RefCell<Vec<AgentEvent>> = const { RefCell::new(Vec::new()) };
    /// The frame that is waited for, by number.
    static FRAME: Cell<Option<u32>> = const { Cell::new(None) };
    static FRAMES: Cell<u32> = const { Cell::new(0) };
}

impl Inbox {
    /// Takes an event of the server. A page that nobody sees draws no frames.
    pub(super) fn receive(self, event: AgentEvent) {
        WAITING.with_borrow_mut(|waiting| waiting.push(event));
        if FRAME.get().is_none() || !browser::is_visible() {
            self.take_in();
        }
    }

    /// Takes in what has come so far.
    pub(super) fn take_in(self) {
        let events = WAITING.take();
        if events.is_empty() {
            return;
        }
        self.update(|state| {
            let now = browser::now();
            let mut tasks = Vec::new();
            for event in events {
                tasks.extend(state.receive(event, now));
            }
            tasks
        });
        let number = FRAMES.get().wrapping_add(1);
        FRAMES.set(number);
        FRAME.set(Some(number));
        let go_on = move || {
            if FRAME.get() == Some(number) {
                FRAME.set(None);
                self.take_in();
            }
        };
        let _ = request_animation_frame(go_on);
        let _ = set_timeout(go_on, PATIENCE);
    }
}
