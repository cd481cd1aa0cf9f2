//! The calendar that an agent has elsewhere, as the agent's settings show it.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Whose calendar it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CalendarKind {
    /// Any server that speaks CalDAV (RFC 4791).
    CalDav,
    /// Google Calendar.
    Google,
    /// Outlook, by Microsoft Graph.
    Outlook,
}

impl CalendarKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CalDav, Self::Google, Self::Outlook];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CalDav => "caldav",
            Self::Google => "google",
            Self::Outlook => "outlook",
        }
    }

    /// What [`CalendarKind::as_str`] made.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Whether an account can be read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CalendarState {
    /// It can.
    Works,
    /// It refuses who asks: password changed, consent withdrawn. The agent must connect anew.
    Refused,
    /// It has not answered since then. What was last read counts, writing is tried again.
    Unreachable { since: Timestamp },
}

/// One calendar of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCalendar {
    /// What the account calls it among themselves; no more than a key.
    pub address: String,
    /// What the agent calls it.
    pub name: String,
    /// Whether meetings could be written to it.
    pub writable: bool,
    /// Whether its events make the agent busy.
    pub busy: bool,
    /// Whether meetings are written to it; at most one is.
    pub written: bool,
}

/// Something that an agent should know of one calendar or meeting, while the account works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarNotice {
    /// The calendar refuses a meeting; it is tried again.
    NotWritten {
        /// What the event is called.
        name: String,
        at: Timestamp,
    },
    /// The calendar refuses that a meeting that is off is removed; it is tried again.
    NotRemoved { at: Timestamp },
    /// Events that could not be read, or not wholly, and may not keep time free.
    Unread {
        calendar: String,
        count: u32,
        /// What the first of them is called; empty if that is not known.
        first: String,
        at: Option<Timestamp>,
    },
    /// The calendar refuses to be read. What was last read still counts.
    Refused { calendar: String },
    /// There is too much in the calendar. What was last read still counts besides.
    TooLarge { calendar: String },
}

/// An agent's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarAccount {
    pub kind: CalendarKind,
    /// Who signs in there.
    pub user: String,
    pub state: CalendarState,
    /// When busy times were last read; none: not yet.
    pub read_at: Option<Timestamp>,
    pub calendars: Vec<ListedCalendar>,
    /// Whether invitations that the agent has not answered make busy.
    pub unanswered: bool,
    pub notices: Vec<CalendarNotice>,
}

/// What an agent's settings show of calendars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarSettings {
    pub account: Option<CalendarAccount>,
    /// Which kinds the operator has set up besides CalDAV.
    pub offered: Vec<CalendarKind>,
    /// Whether there is a private feed. Its path is told once, when it is made.
    pub feed: bool,
}

/// Why an account could not be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConnectTrouble {
    /// The address is none, or may not be reached from here.
    Address,
    /// Name or password are wrong, or the consent was not given.
    Refused,
    /// There is no calendar.
    NoCalendar,
    /// Nobody answers there, or not as a calendar does.
    Unreachable,
    /// The address has a port that may not be reached from here.
    Port,
    /// It wants to be signed in to in a way that is not known here.
    SignIn,
}
