//! From a Rust package to WebAssembly and the JavaScript that goes with it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use super::{Part, Profile, names, unused};
use crate::program::{run, step};
use crate::setup::node::Node;
use crate::setup::wasm::{TARGET, Toolchain};

const TARGET_FOLDER: &str = "target/wasm";
/// Browsers of the last years know these features. `--all-features` would emit
/// instructions that Chromium refuses.
const OPTIMIZE: &[&str] = &[
    "-Oz",
    // Inlining makes less code, but code that compresses worse.
    "--always-inline-max-function-size=2",
    "--one-caller-inline-max-function-size=20",
    // What is said twice compresses better than what is kept for a second use.
    "--skip-pass=local-cse",
    // Without a promise of where data lies, every load and store is written alike.
    "--dealign",
    // The linker puts nothing into the first kilobyte.
    "--low-memory-unused",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    // Once more, with what is known by now of which values can be where.
    "--gufa",
    "-Oz",
    "--merge-similar-functions",
    "--gufa",
    "-Oz",
];

/// WebAssembly with its JavaScript, in a folder of its own.
pub struct Glue {
    folder: PathBuf,
    package: &'static str,
}

impl Glue {
    /// The folder that holds [`Self::script`]; a place for an entry that imports it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of the JavaScript module that loads the WebAssembly.
    pub fn script(&self) -> String {
        format!("{}.js", self.package)
    }

    /// The finished WebAssembly.
    pub fn wasm(&self) -> Result<Vec<u8>> {
        let file = self.wasm_file();
        fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
    }

    fn wasm_file(&self) -> PathBuf {
        self.folder.join(format!("{}_bg.wasm", self.package))
    }

    /// Notes which compiled file this was made from, and how.
    fn stamp(&self) -> PathBuf {
        self.folder.join("made-from")
    }
}

/// Compiles the package, and makes the JavaScript anew if that changed it.
pub fn build(part: &Part, profile: Profile, toolchain: &Toolchain, node: &Node) -> Result<Glue> {
    let package = part.package;
    run(toolchain
        .cargo()
        .args(["build", "--package", package, "--target", TARGET])
        .args(["--profile", profile.cargo(), "--target-dir", TARGET_FOLDER]))?;
    let compiled = Path::new(TARGET_FOLDER)
        .join(TARGET)
        .join(profile.cargo())
        .join(format!("{package}.wasm"));
    let glue = Glue {
        folder: Path::new(TARGET_FOLDER)
            .join("glue")
            .join(profile.cargo())
            .join(package),
        package,
    };
    let stamp = stamp(&fs::read(&compiled)?)?;
    if fs::read_to_string(glue.stamp()).is_ok_and(|found| found == stamp) {
        return Ok(glue);
    }
    if glue.folder.exists() {
        fs::remove_dir_all(&glue.folder)?;
    }
    generate(&compiled, &glue, profile)?;
    if profile == Profile::Release {
        optimize(&glue, node)?;
    }
    fs::write(glue.stamp(), stamp)?;
    Ok(glue)
}

/// The compiled file's content, and the very program that works on it.
fn stamp(compiled: &[u8]) -> Result<String> {
    let content = hex::encode(Sha256::digest(compiled));
    let program = fs::metadata(env::current_exe()?)?.modified()?;
    Ok(format!("{content} {program:?}"))
}

fn generate(compiled: &Path, glue: &Glue, profile: Profile) -> Result<()> {
    let release = profile == Profile::Release;
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        // The file's name has a hash; the entry passes its address.
        .omit_default_module_path(true)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate_output()
        .with_context(|| format!("wasm-bindgen failed on {}", compiled.display()))?;
    let mut names_of_imports = Vec::new();
    if release {
        let own = format!("./{}_bg.js", glue.package);
        let imports = output.wasm_mut().imports.iter_mut();
        for (number, import) in imports.filter(|import| import.module == own).enumerate() {
            let short = names::short(number);
            names_of_imports.push((std::mem::replace(&mut import.name, short.clone()), short));
        }
    }
    // The script takes its final form when it is written.
    output.emit(&glue.folder)?;
    if !release {
        return Ok(());
    }
    let file = glue.folder.join(glue.script());
    let mut script = unused::without_unused_classes(&fs::read_to_string(&file)?);
    script = names::rename(&script, &names_of_imports)?;
    // What the script does not take goes, and then the code that only it needs.
    let mut names_of_exports = Vec::new();
    let exports = &mut output.wasm_mut().exports;
    for id in exports.iter().map(|export| export.id()).collect::<Vec<_>>() {
        let export = exports.get_mut(id);
        if names::uses_of_export(&script, &export.name).is_empty() {
            exports.delete(id);
        } else {
            let short = names::short(names_of_exports.len());
            names_of_exports.push((std::mem::replace(&mut export.name, short.clone()), short));
        }
    }
    output.emit(&glue.folder)?;
    fs::write(file, names::rename_exports(&script, &names_of_exports))?;
    Ok(())
}

fn optimize(glue: &Glue, node: &Node) -> Result<()> {
    step("Making it small (wasm-opt)");
    let file = glue.wasm_file();
    let optimized = file.with_extension("opt");
    run(node
        .tool("wasm-opt")
        .args(OPTIMIZE)
        .arg(&file)
        .arg("-o")
        .arg(&optimized))?;
    fs::rename(optimized, file)?;
    Ok(())
}
