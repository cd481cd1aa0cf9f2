//! Python, and packages of it in an environment of their own.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::apt;
use crate::program::{program, run, step, succeeds};

/// The one on `PATH`, and where that is too old or without environments, Debian's.
const PROGRAMS: [&str; 2] = ["python3", "/usr/bin/python3"];
/// Succeeds where packages can be installed. 3.10 is the limit of `icalendar`.
const CHECK: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/// A Python with packages.
pub struct Python {
    /// The folder of its programs.
    bin: PathBuf,
}

impl Python {
    /// Itself.
    pub fn program(&self) -> PathBuf {
        self.bin.join("python")
    }

    /// `path` with its programs before all others, `python` among them.
    pub fn before(&self, path: &OsString) -> Result<OsString> {
        let folders = std::iter::once(self.bin.clone()).chain(env::split_paths(path));
        Ok(env::join_paths(folders)?)
    }
}

/// Makes sure of an environment in the folder `environment` with the packages that the file
/// `requirements` names.
pub fn ready(environment: &str, requirements: &str) -> Result<Python> {
    let folder = env::current_dir()?.join(environment);
    let python = Python {
        bin: folder.join("bin"),
    };
    let own = python.bin.join("python");
    let wanted = hex::encode(Sha256::digest(
        fs::read(requirements).with_context(|| format!("cannot read {requirements}"))?,
    ));
    let stamp = folder.join(".casella-requirements");
    let installed = fs::read_to_string(&stamp).is_ok_and(|found| found == wanted);
    // The Python that the environment was made of may have been replaced since.
    if installed && succeeds(program(&own).arg("--version")) {
        return Ok(python);
    }
    step(&format!("Installing the Python packages of {requirements}"));
    run(program(base()?)
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    run(program(&own)
        .args(["-m", "pip", "install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(Path::new(requirements)))?;
    fs::write(&stamp, wanted).context("cannot note that the Python packages are installed")?;
    Ok(python)
}

/// A Python that environments can be made of.
fn base() -> Result<&'static str> {
    if let Some(found) = usable() {
        return Ok(found);
    }
    apt::install("Python with environments", &["python3", "python3-venv"])?;
    match usable() {
        Some(found) => Ok(found),
        None => bail!("Python 3.10 or later is missing; please install it from python.org"),
    }
}

fn usable() -> Option<&'static str> {
    PROGRAMS
        .into_iter()
        .find(|python| succeeds(program(python).args(["-c", CHECK])))
}
