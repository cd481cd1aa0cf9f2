//! How much somebody may upload in a day.

use std::hash::Hash;

use domain::{AgentId, ConversationId, Refusal, VisitorId, bound::Bound};

use crate::bound::{Buckets, Source};

/// What is left for everybody, on this node.
pub struct Budgets {
    visitors: Budget<VisitorId>,
    conversations: Budget<ConversationId>,
    addresses: Budget<Source>,
    /// Of their own, so that no visitor uses them up.
    agents: Budget<AgentId>,
}

/// Files and their bytes.
struct Budget<K: Hash + Eq + Clone> {
    files: Buckets<K>,
    bytes: Buckets<K>,
}

impl<K: Hash + Eq + Clone> Budget<K> {
    fn new(files: Bound, bytes: Bound) -> Self {
        Self {
            files: Buckets::new(files),
            bytes: Buckets::new(bytes),
        }
    }

    fn take(&self, key: &K, bytes: u32) -> Result<(), Refusal> {
        self.files.take(key)?;
        self.bytes.take_bytes(key, bytes)
    }

    fn forget_quiet(&self) {
        self.files.forget_quiet();
        self.bytes.forget_quiet();
    }
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            visitors: Budget::new(Bound::VisitorFiles, Bound::VisitorFileBytes),
            conversations: Budget::new(Bound::ConversationFiles, Bound::ConversationFileBytes),
            addresses: Budget::new(Bound::AddressFiles, Bound::AddressFileBytes),
            agents: Budget::new(Bound::AgentFiles, Bound::AgentFileBytes),
        }
    }
}

impl Budgets {
    /// Takes a visitor's file.
    ///
    /// # Errors
    /// [`Refusal::TooManyFiles`].
    pub fn take_of_visitor(
        &self,
        visitor: VisitorId,
        conversation: ConversationId,
        from: Source,
        bytes: u32,
    ) -> Result<(), Refusal> {
        self.visitors.take(&visitor, bytes)?;
        self.conversations.take(&conversation, bytes)?;
        self.addresses.take(&from, bytes)
    }

    /// Takes an agent's file.
    ///
    /// # Errors
    /// [`Refusal::TooManyFiles`].
    pub fn take_of_agent(&self, agent: AgentId, bytes: u32) -> Result<(), Refusal> {
        self.agents.take(&agent, bytes)
    }

    /// Forgets who has long been quiet.
    pub fn forget_quiet(&self) {
        self.visitors.forget_quiet();
        self.conversations.forget_quiet();
        self.addresses.forget_quiet();
        self.agents.forget_quiet();
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    const LARGE: u32 = 10 * 1024 * 1024;

    fn source(last: u8) -> Source {
        std::net::IpAddr::from([10, 0, 0, last]).into()
    }

    #[test]
    fn a_visitor_has_an_amount_a_day_whatever_others_do_and_agents_have_their_own() {
        let budgets = Budgets::default();
        let visitor = |n| VisitorId::new(Timestamp(0), [n; 10]);
        let chat = |n| ConversationId::new(Timestamp(0), [n; 10]);
        let take = |n, bytes| budgets.take_of_visitor(visitor(n), chat(n), source(1), bytes);
        let large = Bound::VisitorFileBytes.amount() / 10 / 1024 / 1024;
        for _ in 0..large {
            assert_eq!(take(1, LARGE), Ok(()));
        }
        assert_eq!(take(1, LARGE), Err(Refusal::TooManyFiles));
        for _ in 0..Bound::VisitorFiles.amount() {
            assert_eq!(take(2, 1), Ok(()));
        }
        assert_eq!(take(2, 1), Err(Refusal::TooManyFiles));
        let agent = AgentId::new(Timestamp(0), [1; 10]);
        assert_eq!(budgets.take_of_agent(agent, LARGE), Ok(()));
    }

    #[test]
    fn an_office_of_three_hundred_visitors_shares_an_address_on_an_ordinary_day() {
        let budgets = Budgets::default();
        let megabytes = 2 * 1024 * 1024;
        for number in 0..300_u16 {
            let [high, low] = number.to_be_bytes();
            let visitor = VisitorId::new(Timestamp(0), [high, low, 0, 0, 0, 0, 0, 0, 0, 0]);
            let chat = ConversationId::new(Timestamp(0), [high, low, 1, 0, 0, 0, 0, 0, 0, 0]);
            for _ in 0..3 {
                let taken = budgets.take_of_visitor(visitor, chat, source(1), megabytes);
                assert_eq!(taken, Ok(()), "{number}");
            }
        }
    }

    #[test]
    fn one_address_with_many_visitors_has_an_amount_too() {
        let budgets = Budgets::default();
        let take = |number: usize| {
            let [high, low, ..] = u16::try_from(number).unwrap().to_be_bytes();
            let visitor = VisitorId::new(Timestamp(0), [high, low, 0, 0, 0, 0, 0, 0, 0, 0]);
            let chat = ConversationId::new(Timestamp(0), [high, low, 1, 0, 0, 0, 0, 0, 0, 0]);
            budgets.take_of_visitor(visitor, chat, source(1), LARGE)
        };
        let refused = (0..1_000).position(|number| take(number).is_err());
        assert!(refused.is_some_and(|taken| taken < 400), "{refused:?}");
    }
}
