//! A compiler for WebAssembly.
//!
//! The compiler in use may have the target, or rustup can add it. Where
//! rustup's server is out of reach, Debian's compiler for web pages takes its
//! place for the browser's part: it comes with the source of the standard
//! library, which is compiled once into `target/wasm-std`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::apt;
use crate::program::{cargo, find, program, read, run, step};

pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-llvm",
    "lld-22",
];
/// rustup has been seen to hang where its server is out of reach.
const RUSTUP_SECONDS: &str = "180";
const STD_FOLDER: &str = "target/wasm-std";

/// Which compiler builds for the browser.
pub enum Toolchain {
    /// The one that started this task.
    Own,
    /// Debian's, with the standard library in this folder.
    Debian { sysroot: PathBuf },
}

impl Toolchain {
    /// A cargo that can build for [`TARGET`].
    pub fn cargo(&self) -> Command {
        let Self::Debian { sysroot } = self else {
            return cargo();
        };
        let mut command = debian_cargo();
        command.env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            format!("--sysroot={}", sysroot.display()),
        );
        command
    }
}

/// Finds or makes a compiler for [`TARGET`].
pub fn ready() -> Result<Toolchain> {
    let own = own_library()?;
    if has_core(&own) {
        return Ok(Toolchain::Own);
    }
    if let Some(sysroot) = debian_sysroot().filter(|folder| has_core(&library(folder))) {
        return Ok(Toolchain::Debian { sysroot });
    }
    if add_by_rustup() && has_core(&own) {
        return Ok(Toolchain::Own);
    }
    if debian_sysroot().is_none() {
        apt::install("a Rust compiler for WebAssembly", DEBIAN_PACKAGES)?;
    }
    let sysroot = debian_sysroot()
        .context("Debian's Rust compiler for WebAssembly was installed, but does not start")?;
    build_library(&sysroot)?;
    Ok(Toolchain::Debian { sysroot })
}

/// Where the compiler in use would keep the target's standard library.
fn own_library() -> Result<PathBuf> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder = read(program(rustc).args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(folder.into())
}

fn has_core(library: &Path) -> bool {
    fs::read_dir(library).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    })
}

fn add_by_rustup() -> bool {
    if find(&["rustup"]).is_none() {
        return false;
    }
    step("Adding the WebAssembly target by rustup");
    let mut command = program("timeout");
    command.args([RUSTUP_SECONDS, "rustup", "target", "add", TARGET]);
    // rustup shows a stack to whoever has this on; one line is enough here.
    command.env("RUST_BACKTRACE", "0");
    let added = run(&mut command);
    if added.is_err() {
        eprintln!("rustup could not add it; using Debian's compiler for web pages instead.");
    }
    added.is_ok()
}

/// The folder for the standard library of Debian's compiler, named after that
/// compiler's version; none while it or its source is not installed.
fn debian_sysroot() -> Option<PathBuf> {
    if !debian_library_source().is_dir() {
        return None;
    }
    let version = read(program(DEBIAN_RUSTC).arg("--version")).ok()?;
    let number = version.split_whitespace().nth(1)?;
    Some(env::current_dir().ok()?.join(STD_FOLDER).join(number))
}

fn debian_library_source() -> &'static Path {
    Path::new("/usr/lib/rustlib/src/rust/library")
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// Debian's cargo and rustc, whatever rustup has set for this process.
fn debian_cargo() -> Command {
    let mut command = program(DEBIAN_CARGO);
    command.env("RUSTC", DEBIAN_RUSTC);
    for variable in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTUP_TOOLCHAIN",
        "RUSTDOC",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Compiles the standard library from Debian's source, offline, and puts it
/// where `--sysroot` finds it. About half a minute.
fn build_library(sysroot: &Path) -> Result<()> {
    step("Building Rust's standard library for WebAssembly (about a minute, once)");
    let work = sysroot.with_extension("build");
    fs::create_dir_all(&work)?;
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"wasm-std\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
         [lib]\npath = \"lib.rs\"\n[workspace]\n",
    )?;
    fs::write(work.join("lib.rs"), "#![no_std]\n")?;
    let vendored = debian_library_source().join("vendor");
    run(debian_cargo()
        .current_dir(&work)
        .args(["build", "--release", "--offline", "--quiet"])
        .args([
            "-Zbuild-std=std,panic_abort",
            "--target",
            TARGET,
            "--target-dir",
            "target",
        ])
        .args(["--config", "source.crates-io.replace-with=\"vendored\""])
        .arg("--config")
        .arg(format!(
            "source.vendored.directory=\"{}\"",
            vendored.display()
        ))
        // The only way to -Z on a stable compiler; for this one call.
        .env("RUSTC_BOOTSTRAP", "1"))?;
    install_library(
        &work.join("target").join(TARGET).join("release/deps"),
        sysroot,
    )?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// Copies under another name first, so that an interrupted copy is never taken
/// for a finished one.
fn install_library(built: &Path, sysroot: &Path) -> Result<()> {
    let finished = library(sysroot);
    let unfinished = finished.with_extension("part");
    fs::create_dir_all(&unfinished)?;
    let mut copied = 0;
    for entry in fs::read_dir(built)? {
        let file = entry?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "rlib")
        {
            fs::copy(&file, unfinished.join(file.file_name().unwrap_or_default()))?;
            copied += 1;
        }
    }
    if copied == 0 {
        bail!(
            "the build of the standard library left no .rlib in {}",
            built.display()
        );
    }
    fs::rename(&unfinished, &finished).with_context(|| {
        format!(
            "cannot put the standard library into {}",
            finished.display()
        )
    })
}
