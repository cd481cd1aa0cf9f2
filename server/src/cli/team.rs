//! `casella team …`

use std::sync::Arc;

use anyhow::{Context, bail};
use backend::Casella;
use clap::Subcommand;
use domain::{AgentId, agent::Agent, team::Team, text::Field};

use super::agent;

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Add a team
    Add {
        /// Its name, 1 to 200 characters, unique in any case
        name: String,
        /// Emails of its members, in the order in which chats go round
        members: Vec<String>,
    },
    /// List all teams with their members, in the order in which chats go round
    List,
    /// Add members at the end of the order, or remove them
    Member {
        /// The team's name
        team: String,
        /// Email of an agent to add; repeat it for several. A member stays in place
        #[arg(
            long = "add",
            value_name = "EMAIL",
            required_unless_present = "removed"
        )]
        added: Vec<String>,
        /// Email of a member to remove; repeat it for several
        #[arg(long = "remove", value_name = "EMAIL", id = "removed")]
        removed: Vec<String>,
    },
    /// Put the members into another order
    Order {
        /// The team's name
        team: String,
        /// Emails of all members, in the order in which chats are to go round
        #[arg(required = true)]
        members: Vec<String>,
    },
}

impl Task {
    pub async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        let agents = casella.agents().await?;
        match self {
            Self::Add { name, members } => {
                let name = Field::try_from(name).context("name: expected 1 to 200 characters")?;
                let members = ids(&agents, &members)?;
                if let Some(team) = casella.team_by_name(&name).await? {
                    bail!("name: there is a team {} already", team.name);
                }
                let team = casella.add_team(name).await?;
                print(&casella.set_team_members(team.id, members).await?, &agents);
            }
            Self::List => {
                for team in casella.teams().await? {
                    print(&team, &agents);
                }
            }
            Self::Member {
                team,
                added,
                removed,
            } => {
                let team = find(casella, &team).await?;
                let removed = ids(&agents, &removed)?;
                if let Some(stranger) = removed.iter().find(|id| !team.members.contains(id)) {
                    bail!("remove: {} is no member", email(*stranger, &agents));
                }
                let mut members = team.members;
                members.extend(ids(&agents, &added)?);
                members.retain(|member| !removed.contains(member));
                print(&casella.set_team_members(team.id, members).await?, &agents);
            }
            Self::Order { team, members } => {
                let team = find(casella, &team).await?;
                let members = ids(&agents, &members)?;
                let (mut wanted, mut known) = (members.clone(), team.members.clone());
                wanted.sort_unstable();
                known.sort_unstable();
                if wanted != known {
                    let emails: Vec<&str> =
                        team.members.iter().map(|id| email(*id, &agents)).collect();
                    bail!("order: expected each member once: {}", emails.join(" "));
                }
                print(&casella.set_team_members(team.id, members).await?, &agents);
            }
        }
        Ok(())
    }
}

/// A team by name.
///
/// # Errors
/// If there is none; says which there are.
pub async fn find(casella: &Arc<Casella>, name: &str) -> anyhow::Result<Team> {
    if let Some(team) = casella.team_by_name(name).await? {
        return Ok(team);
    }
    let teams = casella.teams().await?;
    if teams.is_empty() {
        bail!("team: there is no team {name}; add it by `casella team add`");
    }
    let names: Vec<&str> = teams.iter().map(|team| &*team.name).collect();
    bail!(
        "team: there is no team {name}; expected one of: {}",
        names.join(", ")
    )
}

fn ids(agents: &[Agent], emails: &[String]) -> anyhow::Result<Vec<AgentId>> {
    emails
        .iter()
        .map(|email| Ok(agent::among(agents, email.clone())?.id))
        .collect()
}

fn email(id: AgentId, agents: &[Agent]) -> &str {
    let agent = agents.iter().find(|agent| agent.id == id);
    agent.map_or("", |agent| &agent.email)
}

fn print(team: &Team, agents: &[Agent]) {
    let members: Vec<&str> = team.members.iter().map(|id| email(*id, agents)).collect();
    println!("{}\t{}", team.name, members.join(" "));
}
