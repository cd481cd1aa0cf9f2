//! The browser of the browser stories.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::apt;
use crate::program::find;

/// Chromium's program: the one named by `CASELLA_CHROMIUM`, else one on `PATH`,
/// else Debian's, installed now.
pub fn ready() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CASELLA_CHROMIUM") {
        return Ok(named.into());
    }
    if let Some(found) = on_path() {
        return Ok(found);
    }
    // Without any font a page has no text.
    apt::install("Chromium", &["chromium", "fonts-liberation"])?;
    on_path().context("Chromium was installed, but `chromium` is not on PATH")
}

fn on_path() -> Option<PathBuf> {
    find(&[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ])
}
