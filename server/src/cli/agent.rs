//! `casella agent …`

use std::sync::Arc;

use anyhow::Context;
use backend::{AgentChanges, Casella, NewAgent};
use clap::{Args, Subcommand};
use domain::{
    AgentId, Language, TeamId,
    agent::{Agent, CHAT_LIMITS, Role},
    availability::Schedule,
    team::Team,
    text::{Email, Field},
};

use super::{hours, meeting, password::PasswordSource, team};

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Add an agent
    Add(Add),
    /// List all agents
    List,
    /// Change an agent; what is not named stays
    Set(Box<Set>),
    /// End an agent's sessions and refuse to sign in
    Disable {
        /// The agent's email
        email: String,
    },
    /// Replace an agent's password, and end the sessions
    Password {
        /// The agent's email
        email: String,
        #[command(flatten)]
        password: PasswordSource,
    },
}

#[derive(Debug, Args)]
pub struct Add {
    /// With which the agent signs in
    email: String,
    /// As visitors see it, 1 to 200 characters
    #[arg(long)]
    name: String,
    /// agent, supervisor (sees and takes over everyone's chats) or admin
    #[arg(long, default_value_t = Role::Agent)]
    role: Role,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, Args)]
pub struct Set {
    /// The agent's email
    email: String,
    /// As visitors see it, 1 to 200 characters
    #[arg(long)]
    name: Option<String>,
    /// A new email to sign in with
    #[arg(long)]
    new_email: Option<String>,
    /// agent, supervisor (sees and takes over everyone's chats) or admin; another role ends the
    /// agent's sessions
    #[arg(long)]
    role: Option<Role>,
    /// The inbox's language: en, it, or auto for the browser's [default of a new agent: auto]
    #[arg(long)]
    language: Option<String>,
    /// How many chats at once, open offers counted: 1 to 10 [default of a new agent: 5]
    #[arg(long, visible_alias = "limit")]
    chat_limit: Option<u8>,
    /// A team to be in; repeat it for several. Leaves the others; added at the end of a team's
    /// order
    #[arg(long = "team", value_name = "NAME")]
    teams: Vec<String>,
    /// Be in no team
    #[arg(long, conflicts_with = "teams")]
    no_team: bool,
    /// Time zone of the hours, like Europe/Rome [default: UTC]
    #[arg(long)]
    zone: Option<String>,
    /// Weekly hours in which chats are offered, like `mon-fri 09:00-12:30,13:30-17:00`: days mon
    /// to sun, times until 24:00, at most 12 blocks a day; a night shift is two blocks. Repeat it
    /// for other days. Replaces all hours there were
    #[arg(long, visible_alias = "schedule", value_name = "DAYS TIMES")]
    hours: Vec<String>,
    /// No hours: unavailable until switched on
    #[arg(long, conflicts_with = "hours")]
    no_hours: bool,
    #[command(flatten)]
    meetings: meeting::Changes,
    /// Whether the agent may not sign in
    #[arg(long)]
    disabled: Option<bool>,
}

impl Task {
    pub async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => add.run(casella).await,
            Self::Set(set) => set.run(casella).await,
            Self::List => {
                let teams = casella.teams().await?;
                for agent in casella.agents().await? {
                    print(casella, &agent, &teams).await?;
                }
                Ok(())
            }
            Self::Disable { email } => {
                let changes = AgentChanges {
                    disabled: Some(true),
                    ..AgentChanges::default()
                };
                let agent = find(casella, email).await?;
                casella.set_agent(agent, changes).await?;
                show(casella, agent).await
            }
            Self::Password { email, password } => {
                let agent = find(casella, email).await?;
                let password = password.read()?;
                let set = casella.set_password(agent, &password).await;
                set.context("password: expected 8 to 200 characters")?;
                println!("The password is changed.");
                Ok(())
            }
        }
    }
}

impl Add {
    async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        let email = parse_email(self.email)?;
        let name = parse_name(self.name)?;
        if casella.agent_by_email(&email).await?.is_some() {
            anyhow::bail!("email: {email} is an agent already");
        }
        let new = NewAgent {
            name,
            email,
            password: self.password.read()?,
            role: self.role,
        };
        let added = casella.add_agent(new).await;
        let added = added.context("password: expected 8 to 200 characters")?;
        show(casella, added.id).await
    }
}

impl Set {
    async fn run(self, casella: &Arc<Casella>) -> anyhow::Result<()> {
        if let Some(limit) = self.chat_limit
            && !CHAT_LIMITS.contains(&limit)
        {
            anyhow::bail!("chat-limit: expected 1 to 10, not {limit}");
        }
        let language = match self.language.as_deref() {
            None => None,
            Some("auto") => Some(None),
            Some(tag) => Some(Some(tag.parse::<Language>().context("language")?)),
        };
        let changes = AgentChanges {
            name: self.name.map(parse_name).transpose()?,
            email: self.new_email.map(parse_email).transpose()?,
            role: self.role,
            language,
            chat_limit: self.chat_limit,
            disabled: self.disabled,
        };
        let agent = find(casella, self.email).await?;
        let teams = match self.no_team {
            true => Some(Vec::new()),
            false if self.teams.is_empty() => None,
            false => Some(teams(casella, &self.teams).await?),
        };
        let schedule = casella.schedule_of(agent).await?;
        let zone = match self.zone {
            Some(zone) => Some(hours::zone("zone", zone)?),
            None => schedule.zone().cloned(),
        };
        let schedule = if self.no_hours || !self.hours.is_empty() {
            hours::parse(zone, &self.hours)?
        } else {
            Schedule::new(zone, schedule.days().clone())?
        };
        let meetings = casella.meeting_hours_of(agent).await?;
        let new_meetings = self.meetings.applied_to(&meetings)?;
        // Everything is checked: only now anything is changed.
        casella.set_agent(agent, changes).await?;
        if schedule != casella.schedule_of(agent).await? {
            casella.set_schedule_of(agent, schedule).await?;
        }
        if new_meetings != meetings {
            casella.set_meeting_hours_of(agent, new_meetings).await?;
        }
        if let Some(wanted) = teams {
            move_to(casella, agent, &wanted).await?;
        }
        show(casella, agent).await
    }
}

async fn teams(casella: &Arc<Casella>, names: &[String]) -> anyhow::Result<Vec<TeamId>> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(team::find(casella, name).await?.id);
    }
    Ok(ids)
}

/// Makes an agent a member of these teams alone, at the end of those that are new.
async fn move_to(casella: &Arc<Casella>, agent: AgentId, wanted: &[TeamId]) -> anyhow::Result<()> {
    for team in casella.teams().await? {
        let mut members = team.members.clone();
        match (members.contains(&agent), wanted.contains(&team.id)) {
            (true, false) => members.retain(|member| *member != agent),
            (false, true) => members.push(agent),
            _ => continue,
        }
        casella.set_team_members(team.id, members).await?;
    }
    Ok(())
}

fn parse_email(email: String) -> anyhow::Result<Email> {
    let parsed = Email::try_from(email);
    parsed.context("email: expected an address like name@example.com")
}

fn parse_name(name: String) -> anyhow::Result<Field> {
    Field::try_from(name).context("name: expected 1 to 200 characters")
}

/// An agent by email, in any case, among these.
///
/// # Errors
/// If nobody has it.
pub fn among(agents: &[Agent], email: String) -> anyhow::Result<&Agent> {
    let email = parse_email(email)?;
    let agent = agents
        .iter()
        .find(|agent| agent.email.to_lowercase() == email.to_lowercase());
    agent.with_context(|| format!("email: no agent has {email}"))
}

async fn find(casella: &Arc<Casella>, email: String) -> anyhow::Result<AgentId> {
    let email = parse_email(email)?;
    let agent = casella.agent_by_email(&email).await?;
    let agent = agent.with_context(|| format!("email: no agent has {email}"))?;
    Ok(agent.id)
}

async fn show(casella: &Arc<Casella>, id: AgentId) -> anyhow::Result<()> {
    let agents = casella.agents().await?;
    let agent = agents.iter().find(|agent| agent.id == id);
    let agent = agent.context("the agent is gone")?;
    print(casella, agent, &casella.teams().await?).await
}

async fn print(casella: &Arc<Casella>, agent: &Agent, teams: &[Team]) -> anyhow::Result<()> {
    let schedule = casella.schedule_of(agent.id).await?;
    let meetings = casella.meeting_hours_of(agent.id).await?;
    let Agent {
        name, email, role, ..
    } = agent;
    let language = agent.language.map_or("auto", Language::tag);
    let limit = agent.chat_limit;
    let disabled = if agent.disabled { "\tdisabled" } else { "" };
    let teams: Vec<&str> = teams
        .iter()
        .filter(|team| team.members.contains(&agent.id))
        .map(|team| &*team.name)
        .collect();
    let teams = match teams.as_slice() {
        [] => "none".to_owned(),
        teams => teams.join(", "),
    };
    let hours = hours::words(&schedule);
    let meetings = meeting::words(&meetings);
    println!(
        "{email}\t{name}\t{role}\tlanguage {language}\tchats {limit}\tteams {teams}\thours {hours}\t\
         meetings {meetings}{disabled}"
    );
    Ok(())
}
