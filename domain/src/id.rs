//! Identifiers: UUIDv7, each kind its own type so that they cannot be mixed up.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::Timestamp;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// An id that sorts by `now` (to the millisecond), filled up with `random`.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(Builder::from_unix_timestamp_millis(now.unix_millis(), &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A company known by its email domain.
    AccountId
    /// An agent: a person who signs in and answers.
    AgentId
    /// A command, chosen by its sender; repeated with the same id it takes effect once.
    CommandId
    /// A chat between a visitor and the company.
    ConversationId
    /// A signed-in browser of an agent.
    SessionId
    /// A website that carries the chat.
    SiteId
    /// Agents who serve a site, in an order.
    TeamId
    /// A person on a site.
    VisitorId
}
