//! `load faults`: everybody writes while servers are killed at random moments.

use std::{
    fmt,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tokio::time::sleep;

use crate::{
    checker::Report,
    course::Pace,
    crowd::{Crowd, Size},
    database::{self, Database},
    journal::Journal,
    node::Settings,
    stage::Stage,
};

/// On what the servers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Ground {
    Sqlite,
    Postgres,
    /// Two servers on one PostgreSQL; one is killed at a time, its clients go to the other.
    PostgresTwoNodes,
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::PostgresTwoNodes => "PostgreSQL, two nodes",
        })
    }
}

/// One run.
pub struct Plan {
    pub ground: Ground,
    pub binary: PathBuf,
    pub visitors: usize,
    pub agents: usize,
    pub kills: usize,
    /// The run goes on after the last kill until this many messages were acknowledged.
    pub acknowledged: usize,
    /// From it follow all moments and choices of the run.
    pub seed: u64,
}

/// How long a server runs between two kills, in milliseconds.
const RUNS: std::ops::Range<u64> = 100..1_500;

/// How long it is down, in milliseconds, besides its start.
const DOWN: std::ops::Range<u64> = 0..150;

/// How long the messages that are still wanted may take after the last kill.
const REACH: Duration = Duration::from_secs(120);

/// How long what is missing at a reader may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes one run and judges it.
///
/// # Errors
/// If the run could not be made; what the checker finds is in the report.
pub async fn run(plan: &Plan) -> Result<Report> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut stage = set(plan).await?;
    let size = Size {
        visitors: plan.visitors,
        agents: plan.agents,
        pace: pace(plan),
    };
    let addresses = stage.addresses();
    let mut crowd = Crowd::gather(&stage, addresses, size, &mut random).await?;
    let outcome = perform(plan, &mut stage, &mut crowd, &mut random).await;
    crowd.leave().await?;
    let logs: Vec<String> = stage.nodes.iter().map(|node| node.log_end()).collect();
    stage.remove().await?;
    let (report, journals) = outcome.with_context(|| logs.join("\n"))?;
    if !report.is_clean() {
        let path = write_down(plan, &report, &journals)?;
        println!("  The journals are in {}", path.display());
    }
    Ok(report)
}

/// However long the run, a visitor has about a dozen conversations in it: a chat is given only the
/// newest twenty, and all are to be read in the end.
fn pace(plan: &Plan) -> Pace {
    // About what a visitor writes between two kills.
    let written = 10 * plan.kills.max(10);
    Pace {
        pause: Duration::from_millis(80),
        window: 3,
        chat_length: written / 10..written / 4,
        agent_ends: plan.kills.max(40),
    }
}

async fn set(plan: &Plan) -> Result<Stage> {
    let folder = tempfile::Builder::new()
        .prefix("casella-faults-")
        .tempdir_in(on_disk())?;
    let database = match plan.ground {
        Ground::Sqlite => Database::sqlite(&folder),
        Ground::Postgres | Ground::PostgresTwoNodes => {
            let cluster = database::postgres_url()
                .with_context(|| format!("{} is not set", database::POSTGRES))?;
            Database::postgres(&cluster).await?
        }
    };
    let settings = Settings {
        binary: plan.binary.clone(),
        database_url: database.url(),
        folder: folder.path().to_owned(),
        variables: vec![
            ("CASELLA_REQUESTS_PER_SECOND", "100000".to_owned()),
            ("CASELLA_FRAMES_PER_SECOND", "1000".to_owned()),
        ],
    };
    let nodes = match plan.ground {
        Ground::PostgresTwoNodes => 2,
        Ground::Sqlite | Ground::Postgres => 1,
    };
    Stage::set(settings, database, folder, nodes, plan.agents).await
}

async fn perform(
    plan: &Plan,
    stage: &mut Stage,
    crowd: &mut Crowd,
    random: &mut fastrand::Rng,
) -> Result<(Report, Vec<Journal>)> {
    // The first kill meets a run that is under way, not one that is being set up.
    crowd.reach(plan.visitors, PATIENCE).await?;
    let started = Instant::now();
    for kill in 1..=plan.kills {
        sleep(Duration::from_millis(random.u64(RUNS))).await;
        let at = random.usize(..stage.nodes.len());
        let node = stage.nodes.get_mut(at).context("there is no node")?;
        node.kill().await?;
        sleep(Duration::from_millis(random.u64(DOWN))).await;
        node.start().await?;
        if kill % 20 == 0 {
            println!(
                "  {kill} kills, {} acknowledged, {:.0} s",
                crowd.acknowledged(),
                started.elapsed().as_secs_f64()
            );
        }
    }
    crowd.reach(plan.acknowledged, REACH).await?;
    crowd.settle().await?;
    let last = stage.nodes.last().context("there is no node")?.address();
    crowd.judge(stage, &last, PATIENCE).await
}

/// Keeps what a run that went wrong has left, for reading.
fn write_down(plan: &Plan, report: &Report, journals: &[Journal]) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/faults");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{:?}-{}.txt", plan.ground, plan.seed));
    let mut file = File::create(&path)?;
    for finding in report.findings() {
        writeln!(file, "{finding}")?;
    }
    for journal in journals {
        writeln!(file, "\n{}", journal.who)?;
        for entry in &journal.entries {
            writeln!(file, "  {entry:?}")?;
        }
    }
    Ok(path)
}

/// A folder on a disk: the usual one for temporary files is in memory on many machines, where
/// durability costs nothing and takes no time.
pub fn on_disk() -> PathBuf {
    let disk = PathBuf::from("/var/tmp");
    if disk.is_dir() {
        disk
    } else {
        std::env::temp_dir()
    }
}
