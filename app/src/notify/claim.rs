//! Which tab of an agent tells of an alert.
//!
//! Every tab hears of every alert. Each writes into the browser's storage, which all tabs share,
//! that it takes it; who finds it taken lets it be, and of several at one moment the last to
//! write has it. So there is no leader who could be closed, and it works on plain http, where
//! browsers have no locks.

use std::cell::Cell;

use domain::AgentId;

use crate::{
    browser::{self, storage},
    inbox_state::Alert,
};

/// After this time a claim is of no use, in microseconds: one hour.
const KEPT: i64 = 3_600 * 1_000_000;

thread_local! {
    static TAB: Cell<Option<u64>> = const { Cell::new(None) };
}

/// This tab's own number.
fn tab() -> String {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "any number will do"
    )]
    let made = || (browser::random() * 1e15) as u64;
    let tab = TAB.get().unwrap_or_else(made);
    TAB.set(Some(tab));
    tab.to_string()
}

fn prefix(agent: AgentId) -> String {
    format!("casella:heard:{agent}:")
}

fn key(agent: AgentId, alert: Alert) -> String {
    let prefix = prefix(agent);
    match alert {
        Alert::Offer {
            conversation,
            expires_at,
        } => format!("{prefix}{conversation}:{}", expires_at.0),
        Alert::Message { conversation, seq } => format!("{prefix}{conversation}:{seq}"),
    }
}

/// Takes the alert unless a tab has taken it.
pub fn take(agent: AgentId, alert: Alert) -> bool {
    let key = key(agent, alert);
    let free = storage::get(&key).is_none();
    if free {
        storage::set(&key, &format!("{} {}", browser::now().0, tab()));
    }
    free
}

/// Whether this tab has the alert. A browser that stores nothing has only tabs on their own.
pub fn is_own(agent: AgentId, alert: Alert) -> bool {
    storage::get(&key(agent, alert))
        .is_none_or(|claim| claim.split_once(' ').is_some_and(|(_, by)| by == tab()))
}

/// Drops the claims of long ago.
pub fn clean(agent: AgentId) {
    let now = browser::now().0;
    storage::retain(&prefix(agent), |claim| {
        claim
            .split_once(' ')
            .and_then(|(at, _)| at.parse::<i64>().ok())
            .is_some_and(|at| now.saturating_sub(at) < KEPT)
    });
}
