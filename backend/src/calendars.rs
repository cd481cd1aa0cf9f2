//! The calendars that agents have elsewhere: connecting them, reading when the agents are busy,
//! writing meetings into them.
//!
//! What was last read is in the store and counts, whether the account answers or not; nobody waits
//! for a server of others. [`Worker`] reads and writes, for each account on one node at a time.

mod caldav;
mod connect;
mod consent;
mod event;
mod feed;
mod follow;
mod google;
mod moment;
mod oauth;
mod outcome;
mod outlook;
mod reading;
mod service;
mod stretches;
mod work;

use std::time::Duration;

use http::StatusCode;

pub use event::Event;
pub use follow::follow;
pub use oauth::OAuthApp;
pub(crate) use outcome::is_troubled;
pub use reading::Turns;
pub use work::{AT_ONCE, Worker};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why an account did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It refuses who asks; asking again is of no use.
    #[error("the account refuses access")]
    Refused,
    /// What was asked for is not there.
    #[error("the calendar is not there")]
    Gone,
    /// It refuses this one thing, of which it may think better; all else may work.
    #[error("{0}")]
    NotAllowed(String),
    /// There is more of it than is read.
    #[error("{0}")]
    TooLarge(&'static str),
    /// The address is none, or may not be reached.
    #[error("{0}")]
    Address(&'static str),
    /// The address has a port that may not be reached.
    #[error("{}", crate::outgoing::OutgoingError::Port)]
    Port,
    /// It lets in only who signs in in some other way.
    #[error("the server wants to be signed in to in a way that is not known here")]
    SignIn,
    /// Not this time; perhaps after this long.
    #[error("{0}")]
    Unreachable(String, Option<Duration>),
}

/// A status that ends what was tried. What a server says of one request is that request's alone,
/// unless it says that nobody is let in, or that nothing works at present.
fn unexpected(status: StatusCode) -> Trouble {
    let said = || format!("the server answered {status}");
    match status {
        StatusCode::UNAUTHORIZED => Trouble::Refused,
        StatusCode::NOT_FOUND | StatusCode::GONE => Trouble::Gone,
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Trouble::Unreachable(said(), None),
        _ => Trouble::NotAllowed(said()),
    }
}
