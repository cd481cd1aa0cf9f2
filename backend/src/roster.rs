//! Who could be asked now: all agents as they stand, and whose turn it was last.

use std::collections::HashMap;

use domain::{AgentId, TeamId, Timestamp, offer::Turns};

use crate::store::{self, Connection, duty::Duty, standing::Standing};

/// All agents, and the turns of everyone and of some teams.
#[derive(Default)]
pub struct Roster {
    pub turns: Turns,
    pub standings: HashMap<AgentId, Standing>,
}

impl Roster {
    /// Reads it; `last` is whose turn it was last of everyone. Who was due to become available or
    /// unavailable by now counts as that already; these duties are returned as well.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(
        connection: &mut Connection,
        last: Option<AgentId>,
        teams: &[TeamId],
        now: Timestamp,
    ) -> Result<(Self, Vec<Duty>), sqlx::Error> {
        let mut standings: HashMap<_, _> = store::standing::all(connection, now)
            .await?
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
        for team in store::turn::of_teams(connection, teams).await? {
            turns.add_team(team.team, team.order, team.last);
        }
        Ok((Self { turns, standings }, duties))
    }
}
