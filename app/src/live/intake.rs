//! What comes over the connection is taken in as it comes, as long as it is little: a message is
//! there at once. Of hundreds of changes a second those of a beat are taken in together, so that
//! drawing them leaves the page the time to answer keys and clicks.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use domain::frame::agent::AgentEvent;
use leptos::prelude::set_timeout;

use super::Inbox;
use crate::browser;

const BEAT: Duration = Duration::from_millis(100);

/// So many events of a beat are taken in as they come: about one a frame.
const AT_ONCE: usize = 6;

thread_local! {
    static WAITING: RefCell<Vec<AgentEvent>> = const { RefCell::new(Vec::new()) };
    /// How many more events of the present beat are taken in as they come. None: there is no beat;
    /// the next event begins one.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

impl Inbox {
    /// Takes an event of the server. What nobody sees costs no drawing.
    pub(super) fn receive(self, event: AgentEvent) {
        WAITING.with_borrow_mut(|waiting| waiting.push(event));
        if LEFT.get().is_none() {
            self.beat(AT_ONCE);
        }
        let left = LEFT.get().unwrap_or_default();
        if left > 0 || !browser::is_visible() {
            LEFT.set(Some(left.saturating_sub(1)));
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
    }

    fn beat(self, left: usize) {
        LEFT.set(Some(left));
        let end = move || {
            let is_busy = WAITING.with_borrow(Vec::len) > AT_ONCE;
            LEFT.set(None);
            if is_busy {
                self.beat(0);
            }
            self.take_in();
        };
        let _ = set_timeout(end, BEAT);
    }
}
