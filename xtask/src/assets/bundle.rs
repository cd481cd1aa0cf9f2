//! Scripts and style sheets, each bundled into one small file by esbuild.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::wasm::Glue;
use crate::program::show;
use crate::setup::node::Node;

/// What browsers of the last three years understand.
const BROWSERS: &str = "--target=es2022,chrome109,firefox115,safari16.4";
/// The visitor's scripts. `frame.js` runs in the chat's frame and may import
/// its neighbours and `./widget.js`; `loader.js` runs in the company's page.
const VISITOR_SCRIPTS: &str = "widget/loader";
const STYLES: &str = "style";

/// The inbox's script: loads the WebAssembly at `wasm_url` and hydrates the page.
pub fn inbox(glue: &Glue, wasm_url: &str, reload: bool, node: &Node) -> Result<Vec<u8>> {
    let entry = glue.folder().join("entry.js");
    let mut text = format!(
        "import init, {{ hydrate }} from \"./{}\";\n\
         init({{ module_or_path: __WASM__ }}).then(hydrate);\n",
        glue.script()
    );
    if reload {
        text.push_str(RELOAD);
    }
    fs::write(&entry, text)?;
    module(&entry, wasm_url, &[], node)
}

/// Asks every second whether the page's files are still there: a build removes
/// those that it has replaced. The server is started anew just then, so the page
/// waits until it answers. For `cargo xtask dev`.
const RELOAD: &str = r#"
const ask = async (address) => {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return fetch(address, { cache: "no-store" }).catch(() => undefined);
};
const gone = async () => {
  const sheets = [...document.styleSheets].map((sheet) => sheet.href).filter(Boolean);
  for (const file of [import.meta.url, ...sheets]) {
    if ((await ask(file))?.status === 404) return true;
  }
  return false;
};
(async () => {
  while (!(await gone()));
  while (!(await ask("/readyz"))?.ok);
  location.reload();
})();
"#;

/// The script that draws booking cards, which the chat loads with the first of them.
pub fn card(node: &Node) -> Result<Vec<u8>> {
    let entry = Path::new(VISITOR_SCRIPTS).join("card.js");
    bundle(&entry, &["--format=esm", BROWSERS], node)
}

/// The script of the chat's frame, with the WebAssembly's own inside; that of booking cards is at
/// `card_url`.
pub fn chat(glue: &Glue, wasm_url: &str, card_url: &str, node: &Node) -> Result<Vec<u8>> {
    for entry in fs::read_dir(VISITOR_SCRIPTS).context("cannot read widget/loader")? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "js") {
            fs::copy(
                &file,
                glue.folder().join(file.file_name().unwrap_or_default()),
            )?;
        }
    }
    let card = format!("--define:__CARD__=\"{card_url}\"");
    let options = [card.as_str(), "--external:/assets/*"];
    module(&glue.folder().join("frame.js"), wasm_url, &options, node)
}

/// An ES module in which `__WASM__` is the address of its WebAssembly.
fn module(entry: &Path, wasm_url: &str, further: &[&str], node: &Node) -> Result<Vec<u8>> {
    let define = format!("--define:__WASM__=\"{wasm_url}\"");
    let mut options = vec!["--format=esm", BROWSERS, &define];
    options.extend(further);
    bundle(entry, &options, node)
}

/// The loader, a plain script. It reads its site's settings from the free name
/// `__CASELLA_SITE__`, which the server replaces, in this very text, by a JSON
/// object; esbuild leaves free names alone.
pub fn loader(node: &Node) -> Result<Vec<u8>> {
    const SETTINGS: &[u8] = b"__CASELLA_SITE__";
    let entry = Path::new(VISITOR_SCRIPTS).join("loader.js");
    let script = bundle(&entry, &["--format=iife", BROWSERS], node)?;
    let places = script
        .windows(SETTINGS.len())
        .filter(|window| *window == SETTINGS)
        .count();
    if places != 1 {
        bail!(
            "{} must name __CASELLA_SITE__ exactly once, not {places} times",
            entry.display()
        );
    }
    Ok(script)
}

/// The inbox's service worker, a plain script.
pub fn worker(node: &Node) -> Result<Vec<u8>> {
    let entry = Path::new("frontend/worker.js");
    bundle(entry, &["--format=iife", BROWSERS], node)
}

/// A style sheet of `style`, with all that it imports.
pub fn style(sheet: &str, node: &Node) -> Result<Vec<u8>> {
    bundle(
        &Path::new(STYLES).join(sheet),
        &["--target=chrome109,firefox115,safari16.4"],
        node,
    )
}

fn bundle(entry: &Path, options: &[&str], node: &Node) -> Result<Vec<u8>> {
    let mut esbuild = node.tool("esbuild");
    esbuild
        .arg(entry)
        .args([
            "--bundle",
            "--minify",
            "--charset=utf8",
            "--legal-comments=none",
            "--log-level=warning",
        ])
        .args(options);
    read_bytes(&mut esbuild)
}

fn read_bytes(command: &mut Command) -> Result<Vec<u8>> {
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", show(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", show(command), output.status);
    }
    Ok(output.stdout)
}
