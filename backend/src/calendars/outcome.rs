//! What comes of working on an agent's account, and what follows for when it is worked on next.

use std::time::Duration;

use domain::{MeetingId, Timestamp, calendar::CalendarState, meeting::Span};

use super::{DAY, Trouble};
use crate::{
    random,
    store::{self, Connection, calendar::Account},
};

/// How often an account is read that works.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// How long after the first failure it is tried again, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);

/// What came of working on an account.
#[derive(Default)]
pub struct Outcome {
    /// Something was written, or found to be as it should.
    pub wrote: bool,
    /// What keeps everything from being written.
    pub unwritten: Option<Trouble>,
    /// What came of reading, if that was due.
    pub read: Option<Result<Read, Trouble>>,
}

/// What was read.
pub struct Read {
    pub busy: Vec<Span>,
    /// How each calendar was read, by address.
    pub calendars: Vec<(String, store::calendar::notice::Read)>,
    /// Meetings that stand there under another id than the one that was written.
    pub twins: Vec<(MeetingId, String)>,
}

impl Outcome {
    /// Whether reading may be tried after writing: not if nobody is let in, or the server asked to
    /// be left alone.
    pub fn may_read(&self) -> bool {
        !matches!(
            self.unwritten,
            Some(Trouble::Refused | Trouble::SignIn | Trouble::Unreachable(_, Some(_)))
        )
    }

    /// What follows for the account. Only reading says when it is read next: what is wrong with
    /// writing keeps no calendar from being read.
    pub fn apply(&self, account: &mut Account, now: Timestamp) {
        let read = self.read.as_ref();
        let trouble = match (read, &self.unwritten) {
            (Some(Err(trouble)), _) => Some(trouble),
            (_, Some(trouble @ (Trouble::Refused | Trouble::SignIn))) => Some(trouble),
            (Some(Ok(_)), _) => None,
            (None, trouble) => trouble.as_ref(),
        };
        if let Some(Ok(_)) = read {
            account.read_at = Some(now);
            account.due_at = now + EVERY;
        }
        let Some(trouble) = trouble else {
            if self.wrote || read.is_some() {
                account.state = CalendarState::Works;
                account.failures = 0;
            }
            return;
        };
        tracing::warn!(agent = %account.agent, error = %trouble, "an agent's calendars cannot be reached");
        account.failures = account.failures.saturating_add(1);
        let after = match trouble {
            Trouble::Unreachable(_, after) => *after,
            _ => None,
        };
        if read.is_some() {
            account.due_at = now + pause(account.failures, after);
        } else if let Some(after) = after {
            // It asked to be left alone, and that may be for long.
            account.due_at = account.due_at.max(now + after.min(EVERY));
        }
        account.state = match (trouble, account.state) {
            (Trouble::Refused | Trouble::SignIn, _) => CalendarState::Refused,
            (_, unreachable @ CalendarState::Unreachable { .. }) => unreachable,
            _ => CalendarState::Unreachable { since: now },
        };
    }
}

/// Whether an agent should be told that something is wrong with the account: that it cannot be
/// reached, that a calendar refuses to be read, or a meeting to be written.
///
/// # Errors
/// What the database says.
pub async fn is_troubled(
    connection: &mut Connection,
    account: Option<&Account>,
) -> Result<bool, sqlx::Error> {
    let Some(account) = account else {
        return Ok(false);
    };
    let agent = account.agent;
    if account.state != CalendarState::Works {
        return Ok(true);
    }
    if !store::calendar::notice::refused(connection, agent, 1)
        .await?
        .is_empty()
    {
        return Ok(true);
    }
    let wrong = store::calendar::notice::calendars(connection, agent).await?;
    Ok(wrong.iter().any(|(_, read)| read.fault.is_some()))
}

/// How long to wait after so many failures in a row, and at least as long as the server asks.
pub fn pause(failures: i64, after: Option<Duration>) -> Duration {
    let doubled = u32::try_from(failures.saturating_sub(1))
        .unwrap_or(0)
        .min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doubled).min(LONGEST_WAIT);
    // Spread out, so that not all come back at the same moment.
    let [spread] = random::<1>();
    let wait = wait + wait / 1_024 * u32::from(spread);
    wait.max(after.unwrap_or_default().min(DAY))
}
