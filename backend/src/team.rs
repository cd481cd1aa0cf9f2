//! Teams, as administrators set them.

use domain::{AgentId, Refusal, TeamId, team::Team, text::Field};

use crate::{
    Casella, Error,
    administration::taken,
    random,
    store::{self, team},
};

impl Casella {
    /// All teams, by name.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn teams(&self) -> Result<Vec<Team>, Error> {
        let mut connection = self.store.reader().await?;
        Ok(team::all(&mut connection).await?)
    }

    /// A team by name, in any case.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn team_by_name(&self, name: &str) -> Result<Option<Team>, Error> {
        let wanted = name.trim().to_lowercase();
        let mut teams = self.teams().await?.into_iter();
        Ok(teams.find(|team| team.name.to_lowercase() == wanted))
    }

    /// Adds a team without members.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] if there is one of this name.
    pub async fn add_team(&self, name: Field) -> Result<Team, Error> {
        if self.team_by_name(&name).await?.is_some() {
            return Err(Refusal::NotNow.into());
        }
        let now = self.clock.now();
        let added = Team {
            id: TeamId::new(now, random()),
            name,
            members: Vec::new(),
        };
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        team::add(&mut connection, added.id, &added.name, now)
            .await
            .map_err(taken)?;
        connection.commit().await?;
        Ok(added)
    }

    /// Replaces the members of a team; chats go round in this order. Somebody named twice stands
    /// where they are named first.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown team or agent.
    pub async fn set_team_members(&self, id: TeamId, members: Vec<AgentId>) -> Result<Team, Error> {
        let mut once: Vec<AgentId> = Vec::with_capacity(members.len());
        for member in members {
            if !once.contains(&member) {
                once.push(member);
            }
        }
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        let known = store::agent::all(&mut connection).await?;
        let all_known = once
            .iter()
            .all(|member| known.iter().any(|agent| agent.id == *member));
        if !all_known || !team::lock(&mut connection, id).await? {
            connection.rollback().await?;
            return Err(Refusal::NotFound.into());
        }
        team::set_members(&mut connection, id, &once).await?;
        let changed = team::all(&mut connection).await?;
        connection.commit().await?;
        drop(connection);
        let changed = changed.into_iter().find(|team| team.id == id);
        changed.ok_or_else(|| Refusal::NotFound.into())
    }
}
