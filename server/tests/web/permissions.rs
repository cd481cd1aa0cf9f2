//! The table of permissions against everything that can be asked: every route, every function and
//! every frame, by everybody, about a conversation in every stand. Each combination is really
//! sent; it must be done or refused as [`needed`] says, and what is refused changes nothing.
//!
//! What is sent is enumerated by matches without a wildcard, so that a new frame does not compile
//! and a new route fails here until somebody says what it asks for.

mod agents;
mod call;
mod files;
mod functions;
mod meetings;
mod pages;
mod scene;
mod visitors;

use std::fmt;

use domain::{
    Refusal,
    agent::Role,
    permission::{Action, Least, Stand, needed},
};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    Nobody,
    /// The visitor whose conversation it is.
    Visitor,
    OtherVisitor,
    Agent(Role),
}

impl Person {
    pub const ALL: [Self; 6] = [
        Self::Nobody,
        Self::Visitor,
        Self::OtherVisitor,
        Self::Agent(Role::Agent),
        Self::Agent(Role::Supervisor),
        Self::Agent(Role::Admin),
    ];

    /// Whether the table lets them.
    pub fn may(self, action: Action, stand: Stand) -> bool {
        needed(action, stand).is_some_and(|least| match least {
            Least::Anyone => true,
            Least::Visitor => self == Self::Visitor,
            Least::Agent(least) => matches!(self, Self::Agent(role) if role >= least),
        })
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Refused(Refusal),
    /// The same by HTTP.
    Status(u16),
}

impl Outcome {
    pub fn of<T>(result: Result<T, Refusal>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(refusal) => Self::Refused(refusal),
        }
    }

    fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::Status(200))
    }

    /// Whether it says no to the person, not to the form of what was sent.
    fn is_no(self) -> bool {
        match self {
            Self::Done => false,
            Self::Refused(refusal) => matches!(
                refusal,
                Refusal::Forbidden
                    | Refusal::NotFound
                    | Refusal::SignedOut
                    | Refusal::NoLongerWaiting
                    | Refusal::Ended
                    | Refusal::NotNow
            ),
            Self::Status(status) => matches!(status, 303 | 401 | 403 | 404 | 409),
        }
    }
}

/// One combination.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    pub person: Person,
    pub action: Action,
    pub stand: Stand,
    /// What came of it.
    pub outcome: Outcome,
    /// What a state that does not allow it now answers to those whom the table lets.
    pub not_now: Option<Outcome>,
    /// Whether anything is different now; none where nothing can be.
    pub changed: Option<bool>,
}

/// What was tried, and what was wrong.
#[derive(Default)]
pub struct Findings {
    tried: usize,
    wrong: Vec<String>,
}

impl Findings {
    pub fn add(&mut self, what: impl fmt::Debug, tried: Tried) {
        self.tried += 1;
        let may = tried.person.may(tried.action, tried.stand);
        let done = tried.outcome.is_done();
        let right = if may {
            let not_now = tried.not_now == Some(tried.outcome);
            (done && tried.changed != Some(false)) || (not_now && tried.changed != Some(true))
        } else {
            tried.outcome.is_no() && tried.changed != Some(true)
        };
        if !right {
            let should = if may { "allowed" } else { "refused" };
            self.wrong
                .push(format!("should be {should}: {what:?}, {tried:?}"));
        }
    }

    pub fn must(&mut self, what: impl fmt::Display, holds: bool) {
        self.tried += 1;
        if !holds {
            self.wrong.push(what.to_string());
        }
    }

    /// Fails with everything that was wrong.
    pub fn judge(self, least: usize) {
        println!("{} combinations", self.tried);
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        assert!(self.tried >= least, "only {} combinations", self.tried);
    }
}
