//! Who is offered a conversation.

use crate::AgentId;

/// An agent who might be offered a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub agent: AgentId,
    /// The switch `Available` is on.
    pub available: bool,
    /// Connected, or within 60 s of the last sign of life.
    pub reachable: bool,
    /// Active conversations and open offers.
    pub open: u32,
    /// How many of them the agent may have.
    pub limit: u32,
}

impl Candidate {
    /// Whether a new conversation may be offered now.
    pub fn eligible(&self) -> bool {
        self.available && self.reachable && self.open < self.limit
    }
}

/// Round robin in strict sequence: the first eligible agent after `last` in the order of
/// `candidates`, which begins anew behind its end. `not` was asked already.
pub fn next_in_turn(
    candidates: &[Candidate],
    last: Option<AgentId>,
    not: Option<AgentId>,
) -> Option<AgentId> {
    let start = last
        .and_then(|last| {
            candidates
                .iter()
                .position(|candidate| candidate.agent == last)
        })
        .map_or(0, |at| at + 1);
    candidates
        .iter()
        .cycle()
        .skip(start)
        .take(candidates.len())
        .find(|candidate| candidate.eligible() && Some(candidate.agent) != not)
        .map(|candidate| candidate.agent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn agent(n: u8) -> AgentId {
        AgentId::new(Timestamp(0), [n; 10])
    }

    fn candidate(n: u8) -> Candidate {
        Candidate {
            agent: agent(n),
            available: true,
            reachable: true,
            open: 0,
            limit: 5,
        }
    }

    #[test]
    fn turns_go_round_in_strict_sequence() {
        let team = [candidate(1), candidate(2), candidate(3)];
        let mut last = None;
        let mut order = Vec::new();
        for _ in 0..5 {
            last = next_in_turn(&team, last, None);
            order.push(last);
        }
        assert_eq!(order, [1, 2, 3, 1, 2].map(|n| Some(agent(n))));
    }

    #[test]
    fn an_agent_who_is_away_gone_or_full_is_passed_over() {
        let team = [
            Candidate {
                available: false,
                ..candidate(1)
            },
            Candidate {
                reachable: false,
                ..candidate(2)
            },
            Candidate {
                open: 5,
                ..candidate(3)
            },
            candidate(4),
        ];
        assert_eq!(next_in_turn(&team, Some(agent(4)), None), Some(agent(4)));
        assert_eq!(next_in_turn(&team, None, Some(agent(4))), None);
    }
}
