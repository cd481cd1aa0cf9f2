//! How many letters somebody may still get.
//!
//! What is counted are letters that wait and letters that went within the hour, so that no hour has
//! more of them than the bound, whenever they go.

use std::collections::{HashMap, HashSet};

use domain::{Timestamp, bound::Bound, text::Email, visitor::ProfileField};
use uuid::Uuid;

use crate::{
    directory::Directory,
    meeting::Addresses,
    store::{
        self, Connection,
        mail::{HOUR, Share, Spent},
        visitor::Known,
    },
};

/// What is known of letters that were caused.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    /// Whose letters were read.
    known: HashSet<Uuid>,
    spent: Vec<Spent>,
    /// Meetings that were confirmed by email: of visitors, and of hashes of network addresses.
    confirmed: HashMap<Uuid, u32>,
}

impl Budget {
    /// Reads what these recipients got, unless that is known.
    pub async fn read(
        &mut self,
        connection: &mut Connection,
        recipients: impl Iterator<Item = Uuid>,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let new: Vec<_> = recipients.filter(|of| self.known.insert(*of)).collect();
        let spent = store::mail::spent(connection, &new, now).await?;
        self.spent.extend(spent);
        Ok(())
    }

    /// What was [`confirmed`](store::mail::confirmed).
    pub fn set_confirmed(&mut self, counted: Vec<(Uuid, u32)>) {
        self.confirmed.extend(counted);
    }

    /// How many meetings this visitor, or this network address, was sent confirmations of.
    pub fn confirmed(&self, of: Uuid) -> usize {
        let count = self.confirmed.get(&of).copied().unwrap_or_default();
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// One more.
    pub fn confirm(&mut self, of: Uuid) {
        *self.confirmed.entry(of).or_default() += 1;
    }

    /// From when on a recipient can get another letter of a share, of which they get so many within
    /// an hour.
    pub fn next(&self, recipient: Uuid, share: Share, most: Bound, now: Timestamp) -> Timestamp {
        let mut times: Vec<_> = self
            .of(recipient)
            .filter(|spent| spent.share == share)
            .map(|spent| spent.at)
            .collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        // Whatever went or waits, the last ones of the bound are at least an hour before.
        let full = most.amount().checked_sub(1).and_then(|at| times.get(at));
        full.map_or(now, |at| now.max(*at + HOUR))
    }

    /// Letters of a recipient that went within the hour, or wait.
    pub fn of(&self, recipient: Uuid) -> impl Iterator<Item = &Spent> {
        self.spent
            .iter()
            .filter(move |spent| spent.recipient == recipient)
    }

    /// A letter that is to go at an instant.
    pub fn spend(&mut self, recipient: Uuid, share: Share, kind: &str, at: Timestamp) {
        self.spent.push(Spent {
            recipient,
            share,
            kind: kind.to_owned(),
            at,
        });
    }
}

/// What an address is to this Casella.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody vouched for it: anybody may have typed it.
    Stranger,
    /// A signed identity or an agent set it.
    Vouched,
    /// An agent's.
    Agent,
}

impl Standing {
    /// Of an address to which a visitor's letters go.
    pub fn of(email: &str, known: Option<&Known>, directory: &Directory) -> Self {
        let same = |other: &Email| other.eq_ignore_ascii_case(email);
        if directory.agents().any(|agent| same(&agent.email)) {
            return Self::Agent;
        }
        let vouched = known.is_some_and(|known| {
            known.held.has(ProfileField::Email)
                && known.visitor.profile.email.as_ref().is_some_and(same)
        });
        if vouched {
            Self::Vouched
        } else {
            Self::Stranger
        }
    }

    /// Letters within an hour that visitors cause about meetings.
    pub fn meetings(self) -> Bound {
        match self {
            Self::Stranger => Bound::MailToStranger,
            Self::Vouched => Bound::MailToVouched,
            Self::Agent => Bound::MailOfMeetings,
        }
    }

    /// Letters within an hour about replies that were not seen.
    pub fn replies(self) -> Bound {
        match self {
            Self::Stranger | Self::Agent => Bound::MailOfReplies,
            Self::Vouched => Bound::MailToVouched,
        }
    }

    /// All letters within an hour that strangers cause.
    pub fn hourly(self) -> Option<u32> {
        let all: &[Bound] = match self {
            Self::Stranger => &[Bound::MailToStranger, Bound::MailOfReplies],
            Self::Vouched => return None,
            Self::Agent => &[
                Bound::MailOfMeetings,
                Bound::MailOfReplies,
                Bound::MailOfRequests,
                Bound::MailTogether,
            ],
        };
        let sum = all.iter().map(|bound| bound.amount()).sum::<usize>();
        u32::try_from(sum).ok()
    }
}

/// The keyed hash of an address that mail goes to. What ends in the same mailbox is one.
pub fn recipient(addresses: &Addresses, email: &str) -> Uuid {
    addresses.hash(b"mail", folded(email).as_bytes())
}

fn folded(email: &str) -> String {
    let email = email.to_lowercase();
    let Some((local, domain)) = email.rsplit_once('@') else {
        return email;
    };
    let local = local.split('+').next().unwrap_or(local);
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
        domain => {
            let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
            format!("{local}@{domain}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_mailbox_are_one_recipient() {
        for (one, other) in [
            ("Ada@Acme.example", "ada@acme.example"),
            ("ada+1@acme.example", "ada+pay@acme.example"),
            ("a.da@gmail.com", "ada@googlemail.com"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("a.da@acme.example"), folded("ada@acme.example"));
        assert_ne!(folded("ada@acme.example"), folded("bob@acme.example"));
    }

    #[test]
    fn no_hour_has_more_letters_than_the_bound() {
        let (one, most) = (Uuid::from_u128(1), Bound::MailToStranger);
        let mut budget = Budget::default();
        let minute = std::time::Duration::from_secs(60);
        let (mut now, mut at) = (Timestamp(1_000_000_000), Vec::new());
        for step in 0..40_u32 {
            let due = budget.next(one, Share::Meetings, most, now);
            budget.spend(one, Share::Meetings, "meeting", due);
            at.push(due);
            now = now + minute * (step % 7);
        }
        at.sort_unstable();
        for window in at.windows(most.amount() + 1) {
            let (first, last) = (window[0], window[most.amount()]);
            assert!(last.since(first) >= HOUR, "{window:?}");
        }
        assert_eq!(
            budget.next(one, Share::Replies, Bound::MailOfReplies, now),
            now
        );
    }
}
