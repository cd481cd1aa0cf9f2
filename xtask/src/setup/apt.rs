//! Debian packages, for what cargo and npm cannot bring.

use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::program::{find, program, read, run, step};

/// Installs `packages`, needed for `purpose`.
///
/// Errors, naming what to install by hand, where this is not Debian, the user
/// is not root, or another package would have to be removed.
pub fn install(purpose: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if find(&["apt-get"]).is_none() {
        bail!(
            "{purpose} is missing, and there is no apt-get to install it with (on Debian: {list})"
        );
    }
    if read(program("id").arg("-u"))? != "0" {
        bail!("{purpose} is missing; please run: sudo apt-get install {list}");
    }
    step(&format!("Installing {purpose} ({list})"));
    static UPDATED: OnceLock<bool> = OnceLock::new();
    UPDATED.get_or_init(|| run(apt_get().args(["update", "-qq"])).is_ok());
    run(apt_get()
        .args([
            "install",
            "-qq",
            "-y",
            "--no-install-recommends",
            "--no-remove",
        ])
        .args(packages))
}

fn apt_get() -> std::process::Command {
    let mut command = program("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["-o", "Dpkg::Use-Pty=0"]);
    command
}
