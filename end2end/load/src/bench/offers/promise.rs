//! What must hold of offers, however many are asked for at once.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail};
use domain::{ConversationId, Timestamp};
use tokio::time::Instant;

/// A visitor's request that was taken.
#[derive(Clone, Copy, Debug)]
pub struct Requested {
    pub conversation: ConversationId,
    /// When it was sent.
    pub at: Instant,
    /// The visitor was told at once that nobody is there.
    pub fell_back: bool,
}

/// A banner in an agent's inbox.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// The agent's place in the team's order, from 0.
    pub place: usize,
    pub conversation: ConversationId,
    pub expires_at: Timestamp,
    /// When it came.
    pub at: Instant,
}

/// Checks one wave, as many requests as there are agents: each was offered once, and each agent
/// was asked once, in turn. Returns how long each banner took, in milliseconds.
///
/// # Errors
/// What does not hold.
pub fn check(requests: &[Requested], offers: &[Offered], agents: usize) -> Result<Vec<f64>> {
    let mut first: HashMap<ConversationId, &Offered> = HashMap::new();
    for offer in offers {
        if let Some(other) = first.insert(offer.conversation, offer) {
            bail!(
                "{} was offered to agents {} and {}",
                offer.conversation,
                other.place,
                offer.place
            );
        }
    }
    let mut asked = vec![0_usize; agents];
    let mut took = Vec::new();
    for request in requests {
        let offer = first
            .remove(&request.conversation)
            .with_context(|| format!("{} was offered to nobody", request.conversation))?;
        *asked.get_mut(offer.place).context("an unknown agent")? += 1;
        took.push(offer.at.duration_since(request.at).as_secs_f64() * 1_000.0);
    }
    if let Some(offer) = first.into_values().next() {
        bail!("{} was offered, but not asked for", offer.conversation);
    }
    if let Some(place) = asked.iter().position(|times| *times != 1) {
        let times = asked.get(place).copied().unwrap_or(0);
        bail!("agent {place} was asked {times} times in a round of all");
    }
    in_turn(offers, agents)?;
    Ok(took)
}

/// Offers of one commit have one deadline; within it the turn goes from agent to agent without
/// leaving one out, and begins again after the last. Several nodes take their turns one after the
/// other, so that their commits share the round without gaps.
fn in_turn(offers: &[Offered], agents: usize) -> Result<()> {
    for places in commits(offers).values() {
        let mut places = places.clone();
        places.sort_unstable();
        let next = |place: usize| (place + 1) % agents;
        let begins = places
            .iter()
            .filter(|place| !places.iter().any(|other| next(*other) == **place))
            .count();
        // All of them in one commit have no beginning at all.
        if begins > 1 {
            bail!("a commit asked agents {places:?}: not one after the other");
        }
    }
    Ok(())
}

fn commits(offers: &[Offered]) -> BTreeMap<Timestamp, Vec<usize>> {
    let mut commits: BTreeMap<Timestamp, Vec<usize>> = BTreeMap::new();
    for offer in offers {
        commits
            .entry(offer.expires_at)
            .or_default()
            .push(offer.place);
    }
    commits
}

/// In how many commits the offers were made.
pub fn batches(offers: &[Offered]) -> usize {
    commits(offers).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> ConversationId {
        let mut bytes = [0; 10];
        bytes[9] = u8::try_from(n).unwrap();
        ConversationId::new(Timestamp(0), bytes)
    }

    /// Agents asked in this order, in commits of two.
    fn wave(places: &[usize]) -> Result<Vec<f64>> {
        let at = Instant::now();
        let request = |n| Requested {
            conversation: id(n),
            at,
            fell_back: false,
        };
        let requests: Vec<_> = (0..places.len()).map(request).collect();
        let offers: Vec<_> = places
            .iter()
            .enumerate()
            .map(|(n, place)| Offered {
                place: *place,
                conversation: id(n),
                expires_at: Timestamp(i64::try_from(n / 2).unwrap()),
                at,
            })
            .collect();
        check(&requests, &offers, places.len())
    }

    #[tokio::test]
    async fn turns_may_begin_anywhere_and_go_round() {
        assert_eq!(wave(&[3, 0, 1, 2]).unwrap().len(), 4);
        assert!(wave(&[2, 3, 0, 1]).is_ok());
    }

    #[tokio::test]
    async fn an_agent_left_out_is_found() {
        assert!(wave(&[0, 2, 1, 3]).is_err());
        assert!(wave(&[0, 1, 1, 2]).is_err());
    }

    #[tokio::test]
    async fn a_request_offered_twice_or_never_is_found() {
        let at = Instant::now();
        let request = Requested {
            conversation: id(1),
            at,
            fell_back: false,
        };
        let offer = Offered {
            place: 0,
            conversation: id(1),
            expires_at: Timestamp(0),
            at,
        };
        assert!(check(&[request], &[offer], 1).is_ok());
        assert!(check(&[request], &[offer, offer], 1).is_err());
        assert!(check(&[request], &[], 1).is_err());
        assert!(check(&[], &[offer], 1).is_err());
    }
}
