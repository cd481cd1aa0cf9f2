//! `cargo xtask`: every task of the project, one command each.

mod assets;
mod program;
mod setup;

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result};
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
    /// Install what the tasks need: WebAssembly target, npm packages, browser, PostgreSQL
    Setup,
    /// Build what browsers load into target/site
    Assets {
        /// Build fast instead of small
        #[arg(long)]
        quick: bool,
    },
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
        Some(Task::Setup) => setup::everything()?,
        Some(Task::Assets { quick }) => {
            let profile = if quick {
                assets::Profile::Quick
            } else {
                assets::Profile::Release
            };
            assets::build(profile, false)?;
        }
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
