//! `cargo xtask bench` and `cargo xtask faults`: the load tool of `end2end/load`.

use std::fs;

use anyhow::Result;

use crate::browser;
use crate::cluster::{Cluster, URL_VARIABLE};
use crate::program::{find, program, run, step};
use crate::server;
use crate::setup::apt;
use crate::slots;

/// The option of a fault run that is part of `cargo xtask test`: unoptimised
/// programs, which are built for the other tests anyway.
pub const SHORT: &str = "--short";

/// `cargo xtask bench`: speeds and memory, at the sockets, in the browser, and of what is worked
/// out; or the one measurement that is named.
pub fn bench(arguments: &[String]) -> Result<()> {
    let named = arguments.first().map(String::as_str);
    if named == Some("slots") {
        return slots::bench();
    }
    let cluster = Cluster::start()?;
    let at_sockets = perform_on(&cluster.url(), "bench", arguments);
    // In the browser there are all of them, or those of this name.
    let only = match named {
        None => None,
        Some("inbox") => Some("bench/inbox.spec.ts"),
        Some(_) => return at_sockets,
    };
    let in_browser = browser::bench(&server::build_release()?, &cluster.url(), only);
    let of_slots = if named.is_none() {
        slots::bench()
    } else {
        Ok(())
    };
    // A bar that is not kept hides no other figure.
    at_sockets.and(in_browser).and(of_slots)
}

/// Where `cargo xtask seed` puts a database when none is named.
const SEEDED: &str = "data/seed.db";

/// `cargo xtask seed`: a large database; without `--database-url` a new SQLite file.
pub fn seed(arguments: &[String]) -> Result<()> {
    let mut arguments = arguments.to_vec();
    let named = |argument: &String| argument.starts_with("--database-url");
    if !arguments.iter().any(named) {
        fs::create_dir_all("data")?;
        arguments.push(format!("--database-url=sqlite:{SEEDED}"));
        println!("Into {SEEDED}; `cargo xtask run --database-url sqlite:{SEEDED}` shows it");
    }
    let server = server::build_release()?;
    step("Running the load tool: seed");
    run(program(server::binary("release", "load")?)
        .arg("seed")
        .args(&arguments)
        .env("CASELLA_BIN", server))
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
