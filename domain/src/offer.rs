//! Who is offered a conversation.

use std::collections::HashMap;

use crate::{AgentId, TeamId, conversation::Pool, site::OwnerAway};

/// How an agent can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Not at all.
    Gone,
    /// By web push alone; comes after everybody who is connected.
    Push,
    /// Connected, or within 60 s of the last sign of life.
    Connected,
}

/// An agent who might be offered a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub agent: AgentId,
    /// Available by schedule and switch, and not disabled.
    pub available: bool,
    pub reach: Reach,
    /// Active conversations and open offers.
    pub open: u32,
    /// How many of them the agent may have.
    pub limit: u32,
}

impl Candidate {
    /// Whether a new conversation may be offered now.
    pub fn eligible(&self) -> bool {
        self.may_keep() && self.open < self.limit
    }

    /// Whether what is held out already may stay so.
    pub fn may_keep(&self) -> bool {
        self.available && self.reach > Reach::Gone
    }
}

/// Agents among whom offers go round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Round {
    /// All of them, also who cannot be asked now: the turn goes on from their place.
    order: Vec<AgentId>,
    last: Option<AgentId>,
    moved: bool,
}

/// How agents are sought for a new request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// The owner of the visitor's account.
    pub owner: Option<AgentId>,
    pub owner_away: OwnerAway,
    /// The site's team; none: everyone.
    pub team: Option<TeamId>,
    /// Whether everyone is asked when nobody of the team is eligible.
    pub beyond_team: bool,
}

/// Everybody who might be offered something, and whose turn it was last in each pool. The pool
/// of everyone is in the order of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    candidates: HashMap<AgentId, Candidate>,
    /// By team; none is everyone.
    rounds: HashMap<Option<TeamId>, Round>,
}

impl Turns {
    /// The turns of everyone.
    pub fn new(candidates: impl IntoIterator<Item = Candidate>, last: Option<AgentId>) -> Self {
        let candidates: HashMap<_, _> = candidates
            .into_iter()
            .map(|candidate| (candidate.agent, candidate))
            .collect();
        let mut order: Vec<_> = candidates.keys().copied().collect();
        order.sort_unstable();
        let mut turns = Self {
            candidates,
            rounds: HashMap::new(),
        };
        turns.add(None, order, last);
        turns
    }

    /// Adds a team's members in their order, and whose turn it was last.
    pub fn add_team(&mut self, team: TeamId, order: Vec<AgentId>, last: Option<AgentId>) {
        self.add(Some(team), order, last);
    }

    fn add(&mut self, team: Option<TeamId>, order: Vec<AgentId>, last: Option<AgentId>) {
        let round = Round {
            order,
            last,
            moved: false,
        };
        self.rounds.insert(team, round);
    }

    /// An agent who might be asked.
    pub fn candidate(&self, agent: AgentId) -> Option<&Candidate> {
        self.candidates.get(&agent)
    }

    /// The same, to be kept right while offers are made.
    pub fn candidate_mut(&mut self, agent: AgentId) -> Option<&mut Candidate> {
        self.candidates.get_mut(&agent)
    }

    /// Whom to ask first. The owner comes before every other rule and leaves the turns as they
    /// are; else the turn of the pool moves.
    pub fn first(&mut self, search: &Search) -> Option<(AgentId, Pool)> {
        if let Some(owner) = search.owner {
            let eligible = |owner| self.candidates.get(&owner).is_some_and(Candidate::eligible);
            if eligible(owner) {
                return Some((owner, Pool::Owner));
            }
            if search.owner_away == OwnerAway::Fallback {
                return None;
            }
        }
        let Some(team) = search.team else {
            return self.next(Pool::Everyone, None);
        };
        let first = self.next(Pool::Team(team), None);
        if first.is_none() && search.beyond_team {
            return self.next(Pool::Everyone, None);
        }
        first
    }

    /// The next eligible agent of a pool but `not`, who was asked already. Moves its turn.
    pub fn next(&mut self, pool: Pool, not: Option<AgentId>) -> Option<(AgentId, Pool)> {
        let round = self.rounds.get_mut(&team_of(pool)?)?;
        let next = next_in_turn(&round.order, &self.candidates, round.last, not)?;
        round.last = Some(next);
        round.moved = true;
        Some((next, pool))
    }

    /// The agents of a team, or of everyone, from the next in turn on; all of them, also who
    /// cannot be asked now. No turn moves.
    pub fn in_turn(&self, team: Option<TeamId>) -> impl Iterator<Item = AgentId> {
        let (order, last) = self
            .rounds
            .get(&team)
            .map_or((&[][..], None), |round| (&round.order[..], round.last));
        let start = begin(order, last);
        order.iter().cycle().skip(start).take(order.len()).copied()
    }

    /// Whether anybody could be asked, without an owner.
    pub fn anybody(&self, team: Option<TeamId>, beyond_team: bool) -> bool {
        let eligible = |team: Option<TeamId>| {
            self.rounds.get(&team).is_some_and(|round| {
                next_in_turn(&round.order, &self.candidates, round.last, None).is_some()
            })
        };
        eligible(team) || (beyond_team && eligible(None))
    }

    /// The turns that have moved: whose it was last, by team; none is everyone.
    pub fn moved(&self) -> impl Iterator<Item = (Option<TeamId>, AgentId)> {
        self.rounds
            .iter()
            .filter(|(_, round)| round.moved)
            .filter_map(|(team, round)| Some((*team, round.last?)))
    }
}

/// The team whose turn a pool follows; none is everyone. The owner has no turns.
fn team_of(pool: Pool) -> Option<Option<TeamId>> {
    match pool {
        Pool::Owner => None,
        Pool::Team(team) => Some(Some(team)),
        Pool::Everyone => Some(None),
    }
}

/// Round robin in strict sequence: the first eligible agent after `last` in `order`, which begins
/// anew behind its end; one who is connected before one who is reached by push alone. `not` was
/// asked already.
fn next_in_turn(
    order: &[AgentId],
    candidates: &HashMap<AgentId, Candidate>,
    last: Option<AgentId>,
    not: Option<AgentId>,
) -> Option<AgentId> {
    let start = begin(order, last);
    [Reach::Connected, Reach::Push]
        .into_iter()
        .find_map(|reach| {
            order
                .iter()
                .cycle()
                .skip(start)
                .take(order.len())
                .filter(|agent| Some(**agent) != not)
                .filter_map(|agent| candidates.get(agent))
                .find(|candidate| candidate.reach == reach && candidate.eligible())
                .map(|candidate| candidate.agent)
        })
}

/// Where a round goes on: after who was last.
fn begin(order: &[AgentId], last: Option<AgentId>) -> usize {
    last.and_then(|last| order.iter().position(|agent| *agent == last))
        .map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests;
