//! `cargo xtask`: every task of the project, one command each.

mod assets;
mod browser;
mod budget;
mod cluster;
mod dev;
mod load;
mod program;
mod server;
mod setup;
mod slots;
mod test;

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result};
use assets::Profile;
use clap::{CommandFactory, Parser, Subcommand};

/// Every task of the project. Each one sets up what it needs by itself.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Build Casella and start it with demo data
    Run {
        /// Further arguments of `casella serve`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// The same, rebuilt and restarted at every change of a source
    Dev {
        /// Further arguments of `casella serve`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run all tests, or the parts that are named
    Test { parts: Vec<test::Part> },
    /// Build one release binary with all assets inside
    Build,
    /// Print what browsers have to load, with the bars
    Budget,
    /// Measure speed and memory against their bars
    Bench {
        /// `slots`, or further arguments of the load tool
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Fill a fresh database with many conversations, the same each time
    Seed {
        /// --conversations N (else a million), --database-url URL (else a file in data/)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Kill the server again and again while people write, and look for lost messages
    Faults {
        /// Further arguments of the load tool, such as --short
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build what browsers load into target/site
    Assets {
        /// Build fast instead of small
        #[arg(long)]
        quick: bool,
    },
    /// Draw the pictures of the README and of every screen
    Pictures,
    /// Install what the tasks need, which every task does by itself as well
    Setup,
}

fn main() -> ExitCode {
    match perform() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    go_to_project()?;
    match arguments.task {
        None => Arguments::command().print_help()?,
        Some(Task::Run { arguments }) => server::run_demo(&arguments)?,
        Some(Task::Dev { arguments }) => dev::watch(&arguments)?,
        Some(Task::Test { parts }) => return test::perform(&parts),
        Some(Task::Build) => server::build_single_binary()?,
        Some(Task::Budget) => budget::perform()?,
        Some(Task::Bench { arguments }) => load::bench(&arguments)?,
        Some(Task::Seed { arguments }) => load::seed(&arguments)?,
        Some(Task::Faults { arguments }) => load::faults(&arguments)?,
        Some(Task::Assets { quick }) => assets::build(Profile::of(quick), false)?,
        Some(Task::Pictures) => browser::pictures()?,
        Some(Task::Setup) => setup::everything()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Tasks name files from the project's folder, wherever cargo was called.
fn go_to_project() -> Result<()> {
    let package =
        env::var_os("CARGO_MANIFEST_DIR").context("please start this by `cargo xtask`")?;
    let project = std::path::Path::new(&package)
        .parent()
        .context("xtask lies in the project")?;
    env::set_current_dir(project)?;
    Ok(())
}
