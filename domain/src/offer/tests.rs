use super::*;
use crate::Timestamp;

fn agent(n: u8) -> AgentId {
    AgentId::new(Timestamp(0), [n; 10])
}

fn team(n: u8) -> TeamId {
    TeamId::new(Timestamp(0), [n; 10])
}

fn candidate(n: u8) -> Candidate {
    Candidate {
        agent: agent(n),
        available: true,
        reach: Reach::Connected,
        open: 0,
        limit: 5,
    }
}

fn away(n: u8) -> Candidate {
    Candidate {
        available: false,
        ..candidate(n)
    }
}

const SEARCH: Search = Search {
    owner: None,
    owner_away: OwnerAway::Team,
    team: None,
    beyond_team: false,
};

#[test]
fn turns_go_round_in_strict_sequence() {
    let mut turns = Turns::new([3, 1, 2].map(candidate), None);
    let order: Vec<_> = (0..5).map(|_| turns.first(&SEARCH)).collect();
    assert_eq!(
        order,
        [1, 2, 3, 1, 2].map(|n| Some((agent(n), Pool::Everyone)))
    );
    assert_eq!(turns.moved().collect::<Vec<_>>(), [(None, agent(2))]);
}

#[test]
fn an_agent_who_is_away_gone_or_full_is_passed_over_and_keeps_the_place() {
    let gone = Candidate {
        reach: Reach::Gone,
        ..candidate(2)
    };
    let full = Candidate {
        open: 5,
        ..candidate(3)
    };
    let all = [away(1), gone, full, candidate(4), candidate(5)];
    let mut turns = Turns::new(all, Some(agent(3)));
    let next = |turns: &mut Turns, not| turns.next(Pool::Everyone, not).map(|(next, _)| next);
    assert_eq!(next(&mut turns, None), Some(agent(4)));
    assert_eq!(next(&mut turns, Some(agent(5))), Some(agent(4)));
    turns.candidate_mut(agent(4)).unwrap().available = false;
    assert_eq!(next(&mut turns, Some(agent(5))), None);
    assert_eq!(next(&mut turns, None), Some(agent(5)));
}

#[test]
fn who_is_reached_by_push_comes_after_who_is_connected() {
    let push = |n| Candidate {
        reach: Reach::Push,
        ..candidate(n)
    };
    let mut turns = Turns::new([push(1), push(2), candidate(3)], None);
    assert_eq!(turns.first(&SEARCH).unwrap().0, agent(3));
    assert_eq!(turns.first(&SEARCH).unwrap().0, agent(3));
    turns.candidate_mut(agent(3)).unwrap().open = 5;
    assert_eq!(turns.first(&SEARCH).unwrap().0, agent(1));
    assert_eq!(turns.first(&SEARCH).unwrap().0, agent(2));
}

#[test]
fn a_team_has_its_own_order_and_turn() {
    let mut turns = Turns::new([1, 2, 3].map(candidate), None);
    turns.add_team(team(9), vec![agent(3), agent(1)], Some(agent(3)));
    let search = Search {
        team: Some(team(9)),
        ..SEARCH
    };
    let order: Vec<_> = (0..3).map(|_| turns.first(&search).unwrap()).collect();
    assert_eq!(order, [1, 3, 1].map(|n| (agent(n), Pool::Team(team(9)))));
    assert_eq!(turns.first(&SEARCH).unwrap().0, agent(1));
}

#[test]
fn beyond_the_team_only_if_the_site_allows_it() {
    let mut turns = Turns::new([away(1), candidate(2)], None);
    turns.add_team(team(9), vec![agent(1)], None);
    let search = |beyond_team| Search {
        team: Some(team(9)),
        beyond_team,
        ..SEARCH
    };
    assert_eq!(turns.first(&search(false)), None);
    assert_eq!(turns.first(&search(true)), Some((agent(2), Pool::Everyone)));
    assert!(turns.anybody(Some(team(9)), true) && !turns.anybody(Some(team(9)), false));
    // The second comes from the pool of the first alone.
    assert_eq!(turns.next(Pool::Team(team(9)), Some(agent(1))), None);
    assert_eq!(turns.next(Pool::Owner, None), None);
}

#[test]
fn the_owner_comes_before_every_other_rule() {
    let mut turns = Turns::new([1, 2].map(candidate), None);
    let search = |owner_away| Search {
        owner: Some(agent(2)),
        owner_away,
        ..SEARCH
    };
    assert_eq!(
        turns.first(&search(OwnerAway::Fallback)),
        Some((agent(2), Pool::Owner))
    );
    assert_eq!(turns.moved().count(), 0);
    turns.candidate_mut(agent(2)).unwrap().open = 5;
    assert_eq!(turns.first(&search(OwnerAway::Fallback)), None);
    assert_eq!(
        turns.first(&search(OwnerAway::Team)),
        Some((agent(1), Pool::Everyone))
    );
}
