//! Who could be asked now: all agents as they stand, and whose turn it was last.

use std::collections::HashMap;

use domain::{AgentId, TeamId, Timestamp, offer::Turns};

use crate::{
    Clock,
    directory::Directory,
    store::{self, Connection, duty::Duty, standing::Standing},
};

/// The right to offer, which one commit has at a time, and what is known with it.
pub struct Turn {
    /// Who was asked last of everyone.
    pub last: Option<AgentId>,
    /// How all agents stand.
    pub standings: Vec<Standing>,
}

impl Turn {
    /// Waits for the turn, and reads how the agents stand then.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take(connection: &mut Connection, clock: &Clock) -> Result<Self, sqlx::Error> {
        let last = store::turn::lock(connection).await?;
        let standings = store::standing::all(connection, clock.now()).await?;
        Ok(Self { last, standings })
    }
}

/// All agents, and the turns of everyone and of some teams.
#[derive(Default)]
pub struct Roster {
    pub turns: Turns,
    pub standings: HashMap<AgentId, Standing>,
}

impl Roster {
    /// Reads it for whoever offers nothing, and so needs no turn.
    ///
    /// # Errors
    /// What the database says.
    pub async fn watch(
        connection: &mut Connection,
        directory: &Directory,
        teams: &[TeamId],
        now: Timestamp,
    ) -> Result<Self, sqlx::Error> {
        let turn = Turn {
            last: None,
            standings: store::standing::all(connection, now).await?,
        };
        let (roster, _) = Self::read(connection, directory, turn, teams, now).await?;
        Ok(roster)
    }

    /// Of how all agents stand, and whose turn it was `last` of everyone; the rest is read. Who was
    /// due to become available or unavailable by now counts as that already; these duties are
    /// returned as well.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(
        connection: &mut Connection,
        directory: &Directory,
        Turn { last, standings }: Turn,
        teams: &[TeamId],
        now: Timestamp,
    ) -> Result<(Self, Vec<Duty>), sqlx::Error> {
        let mut standings: HashMap<_, _> = standings
            .into_iter()
            .map(|standing| (standing.agent, standing))
            .collect();
        let changing: Vec<_> = standings
            .values()
            .filter(|standing| standing.change_at.is_some_and(|at| at <= now))
            .map(|standing| standing.agent)
            .collect();
        let duties = store::duty::of(connection, changing).await?;
        for duty in &duties {
            if let Some(standing) = standings.get_mut(&duty.agent) {
                standing.available = duty.availability(now).available;
            }
        }
        let mut turns = Turns::new(standings.values().map(Standing::candidate), last);
        let last = store::turn::of_teams(connection, teams).await?;
        for team in teams {
            if let Some(order) = directory.members(*team) {
                turns.add_team(*team, order.to_vec(), last.get(team).copied());
            }
        }
        Ok((Self { turns, standings }, duties))
    }
}
