//! Playwright in `end2end`, against a server that it starts itself.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result};

use crate::assets::{self, Profile};
use crate::cluster::{Cluster, URL_VARIABLE};
use crate::program::{run, step};
use crate::server;
use crate::setup::{self, calendars};

/// What Playwright runs with, built and ready.
pub struct Browser {
    playwright: Command,
}

impl Browser {
    /// Builds what browsers load as it is released, and finds a browser for `server`.
    pub fn ready(server: &Path, postgres: &str) -> Result<Self> {
        let chromium = setup::chromium::ready()?;
        let node = setup::node::ready()?;
        assets::build(Profile::Release, false)?;
        let mut playwright = node.tool("playwright");
        playwright
            .arg("test")
            .current_dir("end2end")
            .env("CASELLA_BIN", server)
            .env("CASELLA_CHROMIUM", chromium)
            .env(calendars::PYTHON_VARIABLE, calendars::servers()?)
            .env(URL_VARIABLE, postgres);
        Ok(Self { playwright })
    }

    /// Runs the stories; writes a JSON report of them to `report`.
    pub fn stories(mut self, report: &Path) -> Result<ExitStatus> {
        step("Running the browser stories");
        self.playwright
            .arg("--reporter=list,json")
            .env("PLAYWRIGHT_JSON_OUTPUT_FILE", std::path::absolute(report)?)
            .status()
            .context("cannot start Playwright")
    }

    /// Runs what another configuration file names.
    fn other(mut self, configuration: &str) -> Result<()> {
        run(self.playwright.args(["--config", configuration]))
    }
}

/// Measures the speeds that an agent sees, on a release build of the server; `only` those of a file.
pub fn bench(server: &Path, postgres: &str, only: Option<&str>) -> Result<()> {
    let mut browser = Browser::ready(server, postgres)?;
    browser.playwright.args(only);
    step("Measuring in the browser");
    browser.other("bench.config.ts")
}

/// `cargo xtask pictures`: draws the README's pictures and every screen.
pub fn pictures() -> Result<()> {
    let cluster = Cluster::start()?;
    let server: PathBuf = server::build_debug()?;
    let browser = Browser::ready(&server, &cluster.url())?;
    step("Drawing the pictures");
    browser.other("pictures.config.ts")
}
