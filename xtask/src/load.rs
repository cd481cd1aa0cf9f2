//! `cargo xtask bench` and `cargo xtask faults`: the load tool of `end2end/load`.

use anyhow::Result;

use crate::browser;
use crate::cluster::{Cluster, URL_VARIABLE};
use crate::program::{find, program, run, step};
use crate::server;
use crate::setup::apt;

/// The option of a fault run that is part of `cargo xtask test`: unoptimised
/// programs, which are built for the other tests anyway.
pub const SHORT: &str = "--short";

/// `cargo xtask bench`: speeds and memory, at the sockets and then in the browser; or the one
/// measurement that is named.
pub fn bench(arguments: &[String]) -> Result<()> {
    let cluster = Cluster::start()?;
    perform_on(&cluster.url(), "bench", arguments)?;
    if !arguments.is_empty() {
        return Ok(());
    }
    browser::bench(&server::build_release()?, &cluster.url())
}

/// `cargo xtask faults`, with a throw-away PostgreSQL beside it.
pub fn faults(arguments: &[String]) -> Result<()> {
    let cluster = Cluster::start()?;
    perform_on(&cluster.url(), "faults", arguments)
}

/// Runs the tool's `task` on a PostgreSQL that is running already.
pub fn perform_on(postgres: &str, task: &str, arguments: &[String]) -> Result<()> {
    if task == "faults" && find(&["strace"]).is_none() {
        // Without it the tool says that durability is not shown.
        if let Err(error) = apt::install("strace", &["strace"]) {
            eprintln!("warning: {error:#}");
        }
    }
    let short = arguments.iter().any(|argument| argument == SHORT);
    let (profile, server) = if short {
        ("debug", server::build_debug()?)
    } else {
        ("release", server::build_release()?)
    };
    step(&format!("Running the load tool: {task}"));
    run(program(server::binary(profile, "load")?)
        .arg(task)
        .args(arguments)
        .env("CASELLA_BIN", server)
        .env(URL_VARIABLE, postgres))
}
