//! One timer of the browser for all that the chat waits for.

use js_sys::Date;

use crate::{
    dom::{after, window},
    message::Msg,
};

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Connect again.
    Connect,
    /// The server has not welcomed this connection.
    Welcome,
    /// The server has been silent for too long.
    Silence,
    /// Messages are missing.
    Gap,
    /// Send everything that has no answer once more.
    SendAgain,
    /// The agent's typing has not been renewed.
    AgentTyping,
    /// The visitor has not typed for a while.
    OwnTyping,
}

/// The deadlines, at most one of each kind, in milliseconds since 1970.
#[derive(Default)]
pub struct Clock {
    deadlines: Vec<(Due, f64)>,
    timer: Option<(i32, f64)>,
}

impl Clock {
    /// Sets a deadline `millis` from now, in place of the one that was there.
    pub fn set(&mut self, due: Due, millis: f64) {
        self.cancel(due);
        self.deadlines.push((due, Date::now() + millis));
    }

    pub fn cancel(&mut self, due: Due) {
        self.deadlines.retain(|(known, _)| *known != due);
    }

    pub fn is_set(&self, due: Due) -> bool {
        self.deadlines.iter().any(|(known, _)| *known == due)
    }

    /// A deadline that has passed, no longer set.
    pub fn passed(&mut self) -> Option<Due> {
        let now = Date::now();
        let at = self.deadlines.iter().position(|(_, at)| *at <= now)?;
        Some(self.deadlines.swap_remove(at).0)
    }

    /// Sees to it that [`Msg::Time`] comes at the next deadline.
    pub fn arm(&mut self) {
        let next = self
            .deadlines
            .iter()
            .map(|(_, at)| *at)
            .min_by(f64::total_cmp);
        if next == self.timer.map(|(_, at)| at) {
            return;
        }
        if let Some((timer, _)) = self.timer.take() {
            window().clear_timeout_with_handle(timer);
        }
        let Some(at) = next else { return };
        // Rounded up: a timer must not ring before its deadline.
        let millis = (at - Date::now()).max(0.0).ceil();
        self.timer = after(whole(millis), Msg::Time).map(|timer| (timer, at));
    }

    /// The timer has rung.
    pub fn rang(&mut self) {
        self.timer = None;
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "saturates; nothing is waited for longer than a minute"
)]
fn whole(millis: f64) -> i32 {
    millis as i32
}
