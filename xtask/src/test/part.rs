//! The parts of `cargo xtask test`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::calendars;
use super::count::{self, Count};
use super::letters;
use crate::browser::Browser;
use crate::budget;
use crate::cluster::{Cluster, URL_VARIABLE};
use crate::load;
use crate::program::{HOST_PACKAGES, cargo, show};
use crate::server;
use crate::setup;

/// One part, to be run alone or with the others, cheapest first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Format,
    Clippy,
    Unit,
    Calendars,
    Store,
    Model,
    Http,
    Permissions,
    Abuse,
    Budget,
    Faults,
    Browser,
}

/// What the parts share, made when the first of them wants it.
#[derive(Default)]
pub struct Surroundings {
    postgres: Option<Cluster>,
}

impl Surroundings {
    fn postgres_url(&mut self) -> Result<String> {
        if self.postgres.is_none() {
            self.postgres = Some(Cluster::start()?);
        }
        Ok(self.postgres.as_ref().map(Cluster::url).unwrap_or_default())
    }
}

impl Part {
    pub const ALL: &[Self] = &[
        Self::Format,
        Self::Clippy,
        Self::Unit,
        Self::Calendars,
        Self::Store,
        Self::Model,
        Self::Http,
        Self::Permissions,
        Self::Abuse,
        Self::Budget,
        Self::Faults,
        Self::Browser,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Clippy => "clippy",
            Self::Unit => "unit",
            Self::Calendars => "calendars",
            Self::Store => "store",
            Self::Model => "model",
            Self::Http => "http",
            Self::Permissions => "permissions",
            Self::Abuse => "abuse",
            Self::Budget => "budget",
            Self::Faults => "faults",
            Self::Browser => "browser",
        }
    }

    /// Runs it. Errors where it could not be run at all.
    pub fn perform(self, surroundings: &mut Surroundings) -> Result<Count> {
        match self {
            Self::Format => format(),
            Self::Clippy => clippy(),
            Self::Unit => unit(),
            Self::Calendars => calendars_and_letters(&surroundings.postgres_url()?),
            Self::Store => store(&surroundings.postgres_url()?),
            Self::Model => model(),
            Self::Http => http(&surroundings.postgres_url()?),
            Self::Permissions => permissions(&surroundings.postgres_url()?),
            Self::Abuse => abuse(&surroundings.postgres_url()?),
            Self::Budget => sizes(),
            Self::Faults => faults(&surroundings.postgres_url()?),
            Self::Browser => browser(&surroundings.postgres_url()?),
        }
    }
}

fn format() -> Result<Count> {
    setup::cargo_component("rustfmt", "fmt")?;
    check(cargo().args(["fmt", "--all", "--check"]))
}

/// Server and browser in calls of their own: one joint call would unify their
/// features, and check what nobody builds.
fn clippy() -> Result<Count> {
    setup::cargo_component("clippy", "clippy")?;
    const CALLS: [&[&str]; 4] = [
        &[],
        &["--package", "frontend"],
        &["--package", "office"],
        &["--package", "widget"],
    ];
    let mut count = Count::default();
    for packages in CALLS {
        count += check(cargo().arg("clippy").args(packages).args([
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))?;
    }
    Ok(count)
}

/// Of the unit tests, the random walk is a part of its own.
const MODEL: &str = "node::model::";
/// How calendars are read is tested from outside, as fast as a unit test.
const CALENDARS: &str = "busy";

fn unit() -> Result<Count> {
    let targets = ["--lib", "--bins", "--test", CALENDARS];
    let mut count = host_test(&[&targets[..], &["--", "--skip", MODEL]].concat(), None)?;
    count += count::cargo_test(cargo().args(["test", "--package", "xtask"]))?;
    Ok(count)
}

/// What others wrote for calendars and mail, beside what is done here.
fn calendars_and_letters(postgres: &str) -> Result<Count> {
    let mut count = calendars::perform(postgres)?;
    count += letters::perform(postgres)?;
    Ok(count)
}

fn store(postgres: &str) -> Result<Count> {
    host_test(&["--test", "store"], Some(postgres))
}

/// The random walk at its full length. Unoptimised: building it once more, optimised, takes longer
/// than the walk.
fn model() -> Result<Count> {
    count::cargo_test(
        cargo()
            .args(["test", "--package", "backend", "--lib", MODEL])
            .env("CASELLA_MODEL_STEPS", "100000"),
    )
}

/// Of the tests of the server, these are a part of their own.
const PERMISSIONS: &str = "permissions::";

fn http(postgres: &str) -> Result<Count> {
    let targets = ["--test", "web", "--test", "command", "--test", "serve"];
    host_test(
        &[&targets[..], &["--", "--skip", PERMISSIONS]].concat(),
        Some(postgres),
    )
}

/// Everything that can be asked, by everybody, against the table of permissions.
fn permissions(postgres: &str) -> Result<Count> {
    host_test(&["--test", "web", PERMISSIONS], Some(postgres))
}

/// Whatever can be sent, at random: nothing of it makes the store refuse.
fn abuse(postgres: &str) -> Result<Count> {
    host_test(&["--test", "abuse"], Some(postgres))
}

fn sizes() -> Result<Count> {
    let table = budget::measure()?;
    println!("{table}");
    Ok(Count {
        passed: table.kept(),
        failed: table.broken(),
    })
}

fn faults(postgres: &str) -> Result<Count> {
    let outcome = load::perform_on(postgres, "faults", &[load::SHORT.to_owned()]);
    if let Err(error) = &outcome {
        eprintln!("error: {error:#}");
    }
    let mut count = Count::of(outcome.is_ok());
    // That the checker finds what it is for; on the server that was just built.
    count += host_test(&["--test", "broken_on_purpose"], None)?;
    Ok(count)
}

fn browser(postgres: &str) -> Result<Count> {
    let browser = Browser::ready(&server::build_debug()?, postgres)?;
    let report = Path::new("target/playwright.json");
    if report.exists() {
        fs::remove_file(report)?;
    }
    let status = browser.stories(report)?;
    let report = fs::read_to_string(report).context("Playwright left no report")?;
    count::playwright(&report, status.success())
}

fn host_test(targets: &[&str], postgres: Option<&str>) -> Result<Count> {
    let mut command = cargo();
    command
        .args(["test", "--no-fail-fast"])
        .args(HOST_PACKAGES)
        .args(targets);
    if let Some(url) = postgres {
        command.env(URL_VARIABLE, url);
    }
    count::cargo_test(&mut command)
}

/// A program whose end is its only result.
fn check(command: &mut Command) -> Result<Count> {
    let status = command
        .status()
        .with_context(|| format!("cannot start `{}`", show(command)))?;
    Ok(Count::of(status.success()))
}
