//! The command line.

mod account;
mod agent;
mod clock;
mod hours;
mod meeting;
mod password;
mod site;
mod site_key;
mod team;
mod visitor;

use std::{io::Write as _, sync::Arc, time::Duration};

use anyhow::Context;
use backend::Casella;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::{Config, Flags, Settings},
    demo, log,
    serve::{self, Running},
};

/// Casella, an agent inbox for live chat.
///
/// Every setting is a flag, a variable or a key of the TOML file, in this order of strength.
#[derive(Debug, Parser)]
#[command(name = "casella", version)]
pub struct Cli {
    #[command(subcommand)]
    task: Task,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Serve inbox and chat
    Serve {
        /// Also add demo data, once, and serve a demo company's page
        #[arg(long)]
        demo: bool,
    },
    /// Add, list and change the agents who answer
    #[command(subcommand)]
    Agent(agent::Task),
    /// Add and list the teams that serve sites, and order their members
    #[command(subcommand)]
    Team(team::Task),
    /// Add, list and import accounts: companies whose chats go to their owner first
    #[command(subcommand)]
    Account(account::Task),
    /// List and unblock visitors who are refused
    #[command(subcommand)]
    Visitor(visitor::Task),
    /// Add, list and change the sites that carry the chat
    #[command(subcommand)]
    Site(Box<site::Task>),
    /// Bring the database's tables up to this version
    Migrate,
    /// Print the configuration in force, with secrets hidden
    Config,
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// What went wrong and what to do, in one line.
    pub fn run(self) -> anyhow::Result<()> {
        let settings = Settings::gather(&self.flags)?;
        let config = Config::parse(&settings)?;
        if let Task::Config = self.task {
            print!("{settings}");
            return Ok(());
        }
        log::begin(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            match self.task {
                Task::Serve { demo } => run(config, demo).await,
                Task::Agent(task) => task.run(&open(&config).await?).await,
                Task::Team(task) => task.run(&open(&config).await?).await,
                Task::Account(task) => task.run(&open(&config).await?).await,
                Task::Visitor(task) => task.run(&open(&config).await?).await,
                Task::Site(task) => task.run(&open(&config).await?).await,
                Task::Migrate => {
                    open(&config).await?;
                    println!("The database is up to date.");
                    Ok(())
                }
                Task::Config => Ok(()),
            }
        })
    }
}

async fn open(config: &Config) -> anyhow::Result<Arc<Casella>> {
    serve::open(config, clock::clock()).await
}

/// How long a server that has failed takes to tell its clients.
const FAREWELL_LIMIT: Duration = Duration::from_secs(2);

/// Serves until SIGTERM or SIGINT.
async fn run(config: Config, demo: bool) -> anyhow::Result<()> {
    // Taken over first, so that none is missed.
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be taken")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be taken")?;
    let running = serve::start(config, clock::clock(), demo).await?;
    announce(&running).await?;
    tell_setup_code(&running).await?;
    let node = Arc::clone(&running.node);
    let failed = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        () = node.casella.fallen() => true,
    };
    if failed {
        // What can still be told to clients is told; what hangs is not waited for.
        let _ = tokio::time::timeout(FAREWELL_LIMIT, running.stop()).await;
        anyhow::bail!("a part of the server has failed, and the server with it: see the log");
    }
    running.stop().await;
    Ok(())
}

/// Says how the first admin is made while there is none, on standard error and not in the log, which
/// may be kept where others read it. The code stands in the address's fragment, which browsers keep
/// to themselves.
async fn tell_setup_code(running: &Running) -> anyhow::Result<()> {
    let Some(code) = running.node.casella.setup_code().await? else {
        return Ok(());
    };
    let mut out = std::io::stderr().lock();
    let page = format!("{}{}", running.base, app::shell::SETUP);
    writeln!(
        out,
        "There is no admin yet. Make the first at {page}#{code}"
    )?;
    writeln!(out, "Setup code: {code}")?;
    Ok(())
}

/// Says where it is, on standard output: scripts wait for this line.
async fn announce(running: &Running) -> anyhow::Result<()> {
    let missing = running.node.assets.missing().await;
    let mut out = std::io::stdout().lock();
    if let Some(demo) = running.demo {
        writeln!(out, "Inbox:      {}", running.base)?;
        for (_, email) in demo::AGENTS.into_iter().chain([demo::SUPERVISOR]) {
            writeln!(out, "Sign in as: {email}, password {}", demo::PASSWORD)?;
        }
        writeln!(out, "Demo page:  http://{demo}")?;
    }
    match missing {
        None => writeln!(out, "Casella is ready at {}", running.base)?,
        Some(missing) => writeln!(
            out,
            "Casella serves {} but no pages: {missing}",
            running.base
        )?,
    }
    out.flush()?;
    Ok(())
}
