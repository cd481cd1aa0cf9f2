//! PostgreSQL's programs, for the throw-away cluster of the tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::apt;
use crate::program::find;

/// The folder that holds `initdb`, `pg_isready` and `postgres`.
pub fn ready() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    apt::install("PostgreSQL", &["postgresql"])?;
    installed().context("PostgreSQL was installed, but its `initdb` was not found")
}

/// On `PATH`, else the newest version in Debian's folder.
fn installed() -> Option<PathBuf> {
    if let Some(initdb) = find(&["initdb"]) {
        // A link on PATH often leads to one program only, not to its neighbours.
        let initdb = initdb.canonicalize().ok()?;
        let folder = initdb.parent()?;
        if is_complete(folder) {
            return Some(folder.to_owned());
        }
    }
    fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|version| is_complete(&version.join("bin")))
        .max_by_key(|version| version_number(version))
        .map(|version| version.join("bin"))
}

fn version_number(folder: &Path) -> u32 {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().parse().unwrap_or(0)
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "pg_isready", "postgres"]
        .iter()
        .all(|name| folder.join(name).is_file())
}
