//! A compiler for WebAssembly, and the standard library that goes with it.
//!
//! The daily round takes the library as it comes: the compiler in use has the target, or rustup
//! adds it. What is released takes one that is compiled here for size, with panics that say
//! nothing: an eighth less to download. Where rustup's server is out of reach, Debian's compiler
//! for web pages takes its place for the browser's part; it comes with the library's source alone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::apt;
use crate::assets::Profile;
use crate::program::{ERASE, cargo, find, program, read, run, step};

pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";
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
/// For the library and for what is linked to it: a panic stops at once, and nothing is kept that
/// only its words or other output for developers would name.
const SMALL: &str =
    "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";
/// The only way to -Z on a stable compiler.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Flags for what runs in the browser, and not for build scripts.
const RUSTFLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

#[derive(Clone, Copy)]
enum Compiler {
    /// The one that started this task.
    Own,
    Debian,
}

/// What builds for the browser.
pub struct Toolchain {
    compiler: Compiler,
    profile: Profile,
    /// Where the standard library is that was compiled here; none if the compiler has its own.
    sysroot: Option<PathBuf>,
}

impl Toolchain {
    /// A cargo that can build for [`TARGET`].
    pub fn cargo(&self) -> Command {
        let mut flags = vec![ERASE.to_owned()];
        if let Some(sysroot) = &self.sysroot {
            flags.push(format!("--sysroot={}", sysroot.display()));
        }
        flags.extend(small(self.profile).map(str::to_owned));
        let mut command = self.compiler.cargo(&flags.join(" "));
        if self.profile == Profile::Release {
            command.env(UNSTABLE.0, UNSTABLE.1);
        }
        command
    }
}

/// Finds or makes what builds for the browser. Errors say what to install.
pub fn ready(profile: Profile) -> Result<Toolchain> {
    let compiler = compiler(profile)?;
    let sysroot = match (compiler, profile) {
        (Compiler::Own, Profile::Quick) => None,
        _ => Some(compiler.sysroot(profile)?),
    };
    if let Some(sysroot) = &sysroot
        && !has_core(&library(sysroot))
    {
        build_library(compiler, profile, sysroot)?;
    }
    Ok(Toolchain {
        compiler,
        profile,
        sysroot,
    })
}

/// The compiler in use, if it has what it needs or rustup adds that; else Debian's.
fn compiler(profile: Profile) -> Result<Compiler> {
    if own_is_ready(profile)? {
        return Ok(Compiler::Own);
    }
    let debian = Path::new(DEBIAN_SOURCE).is_dir();
    // rustup was asked when that library was made.
    if debian && has_core(&library(&Compiler::Debian.sysroot(profile)?)) {
        return Ok(Compiler::Debian);
    }
    let added = match profile {
        Profile::Quick => rustup("target", TARGET),
        Profile::Release => rustup("component", "rust-src"),
    };
    if added && own_is_ready(profile)? {
        return Ok(Compiler::Own);
    }
    if !debian {
        apt::install("a Rust compiler for WebAssembly", DEBIAN_PACKAGES)?;
    }
    Ok(Compiler::Debian)
}

/// Whether the compiler in use has the target, or for what is released the library's source.
fn own_is_ready(profile: Profile) -> Result<bool> {
    Ok(match profile {
        Profile::Quick => {
            let folder =
                read(
                    Compiler::Own
                        .rustc()
                        .args(["--print", "target-libdir", "--target", TARGET]),
                )?;
            has_core(Path::new(&folder))
        }
        Profile::Release => Compiler::Own.source()?.is_dir(),
    })
}

/// The flags for size, where it matters.
fn small(profile: Profile) -> Option<&'static str> {
    (profile == Profile::Release).then_some(SMALL)
}

impl Compiler {
    /// A cargo with these flags, and no others, for what runs in the browser.
    fn cargo(self, flags: &str) -> Command {
        let mut command = match self {
            Self::Own => cargo(),
            Self::Debian => debian_cargo(),
        };
        // These would set aside the ones below.
        command.env_remove("RUSTFLAGS");
        command.env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.env(RUSTFLAGS, flags);
        command
    }

    fn rustc(self) -> Command {
        match self {
            Self::Own => program(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())),
            Self::Debian => program(DEBIAN_RUSTC),
        }
    }

    /// Where the source of the standard library is, or would be.
    fn source(self) -> Result<PathBuf> {
        Ok(match self {
            Self::Own => Path::new(&read(self.rustc().args(["--print", "sysroot"]))?)
                .join("lib/rustlib/src/rust/library"),
            Self::Debian => DEBIAN_SOURCE.into(),
        })
    }

    /// The folder for a standard library that is compiled here, named after all that it is made
    /// from: a library serves no other compiler than its own.
    fn sysroot(self, profile: Profile) -> Result<PathBuf> {
        let version = read(self.rustc().arg("-vV")).context("the Rust compiler does not start")?;
        let flags = small(profile).unwrap_or_default();
        let made_from = hex::encode(Sha256::digest(format!("{version}\n{flags}")));
        let short = made_from.get(..16).unwrap_or(&made_from);
        Ok(env::current_dir()?.join(STD_FOLDER).join(short))
    }
}

fn has_core(library: &Path) -> bool {
    fs::read_dir(library).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    })
}

/// Adds a `target` or `component` to the compiler in use, if rustup has it.
fn rustup(kind: &str, name: &str) -> bool {
    if find(&["rustup"]).is_none() {
        return false;
    }
    step(&format!("Adding the {kind} {name} by rustup"));
    let mut command = program("timeout");
    command.args([RUSTUP_SECONDS, "rustup", kind, "add", name]);
    // rustup shows a stack to whoever has this on; one line is enough here.
    command.env("RUST_BACKTRACE", "0");
    let added = run(&mut command);
    if added.is_err() {
        eprintln!("rustup could not add it; using Debian's compiler for web pages instead.");
    }
    added.is_ok()
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// Debian's cargo and rustc, whatever rustup has set for this process.
fn debian_cargo() -> Command {
    let mut command = program(DEBIAN_CARGO);
    command.env("RUSTC", DEBIAN_RUSTC);
    for variable in ["RUSTUP_TOOLCHAIN", "RUSTDOC"] {
        command.env_remove(variable);
    }
    command
}

/// Compiles the standard library, and puts it where `--sysroot` finds it. About a minute.
fn build_library(compiler: Compiler, profile: Profile, sysroot: &Path) -> Result<()> {
    step("Building Rust's standard library for WebAssembly (about a minute, once)");
    let work = sysroot.with_extension("build");
    fs::create_dir_all(&work)?;
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"wasm-std\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
         [lib]\npath = \"lib.rs\"\n[workspace]\n",
    )?;
    fs::write(work.join("lib.rs"), "#![no_std]\n")?;
    let mut build = compiler.cargo(small(profile).unwrap_or_default());
    build
        .current_dir(&work)
        .args(["build", "--release", "--quiet"])
        .args(["--target", TARGET, "--target-dir", "target"])
        .arg("-Zbuild-std=std,panic_abort")
        .env(UNSTABLE.0, UNSTABLE.1);
    if profile == Profile::Release {
        build
            .arg("-Zbuild-std-features=optimize_for_size")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");
    }
    let vendored = compiler.source()?.join("vendor");
    if vendored.is_dir() {
        build
            .arg("--offline")
            .args(["--config", "source.crates-io.replace-with=\"vendored\""])
            .arg("--config")
            .arg(format!(
                "source.vendored.directory=\"{}\"",
                vendored.display()
            ));
    }
    run(&mut build)?;
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
