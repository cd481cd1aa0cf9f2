//! `casella agent …`

use std::sync::Arc;

use anyhow::Context;
use backend::{AgentChanges, Casella, NewAgent};
use clap::{Args, Subcommand};
use domain::{
    AgentId, Language,
    agent::{Agent, CHAT_LIMITS, Role},
    text::{Email, Field},
};

use super::password::PasswordSource;

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Add an agent
    Add(Add),
    /// List all agents
    List,
    /// Change an agent; what is not named stays
    Set(Set),
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
    /// As visitors see it
    #[arg(long)]
    name: String,
    /// agent, supervisor or admin
    #[arg(long, default_value_t = Role::Agent)]
    role: Role,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, Args)]
pub struct Set {
    /// The agent's email
    email: String,
    /// As visitors see it
    #[arg(long)]
    name: Option<String>,
    /// A new email to sign in with
    #[arg(long)]
    new_email: Option<String>,
    /// agent, supervisor or admin
    #[arg(long)]
    role: Option<Role>,
    /// The inbox's language: en, it, or auto for the browser's
    #[arg(long)]
    language: Option<String>,
    /// How many chats at once, 1 to 10
    #[arg(long)]
    chat_limit: Option<u8>,
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
                for agent in casella.agents().await? {
                    print(&agent);
                }
                Ok(())
            }
            Self::Disable { email } => {
                let changes = AgentChanges {
                    disabled: Some(true),
                    ..AgentChanges::default()
                };
                let agent = find(casella, email).await?;
                print(&casella.set_agent(agent, changes).await?);
                Ok(())
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
        print(&added.context("password: expected 8 to 200 characters")?);
        Ok(())
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
        print(&casella.set_agent(agent, changes).await?);
        Ok(())
    }
}

fn parse_email(email: String) -> anyhow::Result<Email> {
    let parsed = Email::try_from(email);
    parsed.context("email: expected an address like name@example.com")
}

fn parse_name(name: String) -> anyhow::Result<Field> {
    Field::try_from(name).context("name: expected 1 to 200 characters")
}

async fn find(casella: &Arc<Casella>, email: String) -> anyhow::Result<AgentId> {
    let email = parse_email(email)?;
    let agent = casella.agent_by_email(&email).await?;
    let agent = agent.with_context(|| format!("email: no agent has {email}"))?;
    Ok(agent.id)
}

fn print(agent: &Agent) {
    let Agent {
        name, email, role, ..
    } = agent;
    let language = agent.language.map_or("auto", Language::tag);
    let limit = agent.chat_limit;
    let disabled = if agent.disabled { "\tdisabled" } else { "" };
    println!("{email}\t{name}\t{role}\tlanguage {language}\tchats {limit}{disabled}");
}
