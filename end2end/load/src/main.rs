//! `load faults`, `load bench`, `load durability`: called by `cargo xtask faults` and `bench`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use load::{
    bench, database, durability,
    faults::{self, Ground, Plan},
    node, seed,
};
use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};

/// Load and faults against real servers on loopback.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Kills servers while everybody writes; then checks that nothing is lost, doubled or out of order.
    Faults(FaultArguments),
    /// Traces a server to show that no acknowledgement leaves before its commit is on the disk.
    Durability,
    /// Measures speeds and memory, each beside its bar.
    Bench {
        /// One measurement alone
        #[command(subcommand)]
        what: Option<Measurement>,
    },
    /// Fills a fresh database with many conversations.
    Seed {
        #[arg(long, default_value_t = 1_000_000)]
        conversations: u32,
        /// sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME
        #[arg(long)]
        database_url: String,
    },
    /// Keeps chats busy at a running server, for measuring what an inbox shows of them.
    Busy(load::busy::Busy),
}

#[derive(Subcommand)]
enum Measurement {
    /// A thousand requests at once for a team of a thousand agents, on two nodes
    Offers,
    /// How many messages are committed a second
    Rate,
    /// What the inbox reads from a large database
    Inbox(InboxArguments),
    /// Three hundred visitors and forty agents who share one address
    Office,
    /// What strangers can do to the people beside them
    Abuse(bench::abuse::Plan),
}

#[derive(clap::Args)]
struct InboxArguments {
    #[arg(long, default_value_t = 1_000_000)]
    conversations: u32,
    /// A database that was seeded before, instead of a new one of each kind.
    #[arg(long)]
    database_url: Option<String>,
}

#[derive(clap::Args)]
struct FaultArguments {
    /// A run of less than 90 s over all databases.
    #[arg(long)]
    short: bool,
    /// Kills on each database; else 200, or in a short run 10 and 5.
    #[arg(long)]
    kills: Option<usize>,
    /// PostgreSQL is skipped by `all` where CASELLA_TEST_POSTGRES_URL is not set.
    #[arg(long, value_enum, default_value = "all")]
    database: Grounds,
    #[arg(long, default_value_t = 20)]
    visitors: usize,
    #[arg(long, default_value_t = 5)]
    agents: usize,
    /// Repeats the moments and choices of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Grounds {
    Sqlite,
    Postgres,
    PostgresTwoNodes,
    All,
}

#[tokio::main]
async fn main() -> ExitCode {
    let task = async {
        match Arguments::parse().task {
            Task::Faults(arguments) => fault_runs(&arguments).await,
            Task::Bench { what } => bench_run(what).await,
            Task::Seed {
                conversations,
                database_url,
            } => seed_run(conversations, database_url).await,
            Task::Busy(busy) => busy.run().await.map(|()| true),
            Task::Durability => durability_run("release").await,
        }
    };
    // Dropping the task ends the servers that it has started and removes their folders.
    let outcome = tokio::select! {
        outcome = task => outcome,
        signal = interrupted() => signal.and_then(|()| bail!("interrupted")),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for the wish of a user or a supervisor to end this.
async fn interrupted() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupt = ctrl_c() => Ok(interrupt?),
    }
}

async fn bench_run(what: Option<Measurement>) -> Result<bool> {
    let binary = node::binary("release")?;
    match what {
        None => bench::run(binary).await,
        Some(Measurement::Offers) => bench::run_offers(binary).await,
        Some(Measurement::Rate) => bench::run_rates(binary).await,
        Some(Measurement::Office) => bench::office::run(binary).await,
        Some(Measurement::Abuse(plan)) => bench::abuse::run(binary, &plan).await,
        Some(Measurement::Inbox(inbox)) => {
            bench::inbox::run(binary, inbox.conversations, inbox.database_url).await
        }
    }
}

async fn seed_run(conversations: u32, database_url: String) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let settings = node::Settings {
        binary: node::binary("release")?,
        database_url,
        folder: folder.path().to_owned(),
        variables: vec![
            ("CASELLA_REQUESTS_PER_SECOND", "100000".to_owned()),
            ("CASELLA_FRAMES_PER_SECOND", "1000".to_owned()),
        ],
    };
    seed::fill(&settings, conversations).await?;
    println!(
        "Agents sign in as {} (a supervisor) to {} with the password {}",
        seed::email(1),
        seed::email(seed::AGENTS),
        seed::PASSWORD
    );
    Ok(true)
}

async fn durability_run(built: &str) -> Result<bool> {
    if !durability::is_possible().await {
        println!("Durability is not shown: strace is missing");
        return Ok(true);
    }
    let shown = durability::run(node::binary(built)?).await?;
    println!(
        "Durability: {} messages, {} synchronisations, {} acknowledged before theirs, {} unclear, \
         shortest time from synchronised to acknowledged {:?}",
        shown.messages,
        shown.synchronisations,
        shown.early.len(),
        shown.unclear.len(),
        shown.shortest,
    );
    for text in shown.early.iter().chain(&shown.unclear).take(10) {
        println!("  {text}");
    }
    Ok(shown.early.is_empty() && shown.unclear.is_empty())
}

async fn fault_runs(arguments: &FaultArguments) -> Result<bool> {
    let built = if arguments.short { "debug" } else { "release" };
    let binary = node::binary(built)?;
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let mut sound = true;
    for ground in grounds(arguments.database)? {
        let kills = arguments.kills.unwrap_or(match (arguments.short, ground) {
            (true, Ground::Sqlite) => 10,
            (true, _) => 5,
            (false, _) => 200,
        });
        println!("{ground}: {kills} kills, seed {seed}");
        let report = faults::run(&Plan {
            ground,
            binary: binary.clone(),
            visitors: arguments.visitors,
            agents: arguments.agents,
            kills,
            acknowledged: if arguments.short { 500 } else { 10_000 },
            seed,
        })
        .await?;
        println!("  {report}");
        for finding in report.findings().iter().take(20) {
            println!("  {finding}");
        }
        sound &= report.is_clean();
    }
    if matches!(arguments.database, Grounds::All) {
        sound &= durability_run(built).await?;
    }
    Ok(sound)
}

fn grounds(wanted: Grounds) -> Result<Vec<Ground>> {
    let postgres = database::postgres_url().is_some();
    let all = [Ground::Sqlite, Ground::Postgres, Ground::PostgresTwoNodes];
    let grounds: Vec<Ground> = match wanted {
        Grounds::All if postgres => all.to_vec(),
        Grounds::All => {
            println!("PostgreSQL is left out: {} is not set", database::POSTGRES);
            vec![Ground::Sqlite]
        }
        Grounds::Sqlite => vec![Ground::Sqlite],
        Grounds::Postgres => vec![Ground::Postgres],
        Grounds::PostgresTwoNodes => vec![Ground::PostgresTwoNodes],
    };
    if !postgres && grounds.iter().any(|ground| *ground != Ground::Sqlite) {
        bail!(
            "set {} to a PostgreSQL where databases can be made",
            database::POSTGRES
        );
    }
    Ok(grounds)
}
