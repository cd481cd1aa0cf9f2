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
    /// One sharing of an agent's calendar in a conversation: a booking card.
    CardId
    /// A command, chosen by its sender; repeated with the same id it takes effect once.
    CommandId
    /// A chat between a visitor and the company.
    ConversationId
    /// A file that somebody attached.
    FileId
    /// A booked slot in an agent's calendar.
    MeetingId
    /// A saved reply.
    ReplyId
    /// A signed-in browser of an agent.
    SessionId
    /// A website that carries the chat.
    SiteId
    /// Agents who serve a site, in an order.
    TeamId
    /// A person on a site.
    VisitorId
}

impl CommandId {
    /// The id under which a command is tried once more after a refusal, which is the lasting
    /// answer to this one. It follows from this one alone, so that two tabs that try the same
    /// command again ask for one thing; it keeps the time that this one sorts by.
    pub fn retry(self) -> Self {
        let (high, low) = self.0.as_u64_pair();
        let low = mixed(low ^ mixed(high));
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(
            low.to_be_bytes()
                .into_iter()
                .chain(mixed(low).to_be_bytes()),
        ) {
            *to = from;
        }
        Self(Builder::from_unix_timestamp_millis(high >> 16, &random).into_uuid())
    }
}

/// A bijection that turns inputs which differ in one bit into outputs which differ in about half
/// of them (the last step of SplitMix64). It guards against chance, not against an enemy.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_attempt_has_an_id_of_its_own_that_any_tab_derives_alike() {
        let first = |n: u8| CommandId::new(Timestamp(1_700_000_000_000_000), [n; 10]);
        let attempts =
            |id: CommandId| core::iter::successors(Some(id), |id| Some(id.retry())).take(50);
        assert!(attempts(first(1)).eq(attempts(first(1))));
        let all: HashSet<CommandId> = (0..=255).flat_map(|n| attempts(first(n))).collect();
        assert_eq!(all.len(), 256 * 50);
        for id in all {
            assert_eq!(id.0.get_version_num(), 7);
            assert_eq!(id.0.as_u64_pair().0 >> 16, 1_700_000_000_000);
        }
    }
}
