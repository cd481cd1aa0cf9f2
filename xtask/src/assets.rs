//! Everything that browsers load, made into `target/site`: the WebAssembly and
//! JavaScript of inbox and chat, the style sheets, the visitor's loader.

mod bundle;
mod names;
mod site;
mod unused;
mod wasm;

use std::fs::{self, File};

use anyhow::Result;

use crate::program::step;
use crate::setup;
use site::Site;

/// How much care goes into size.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Built fast, served as it is. For the daily round.
    Quick,
    /// As it is released: optimised and compressed.
    Release,
}

impl Profile {
    pub fn of(quick: bool) -> Self {
        if quick { Self::Quick } else { Self::Release }
    }

    /// The cargo profile of the same purpose.
    fn cargo(self) -> &'static str {
        match self {
            Self::Quick => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }
}

/// One program that runs in the browser.
struct Part {
    /// The name of its files in `target/site`.
    name: &'static str,
    /// The cargo package of its WebAssembly.
    package: &'static str,
}

const INBOX: Part = Part {
    name: "inbox",
    package: "frontend",
};
/// The inbox with the pages that few open, for who comes to those.
const OFFICE: Part = Part {
    name: "office",
    package: "office",
};
const CHAT: Part = Part {
    name: "chat",
    package: "widget",
};

/// Builds what has changed. With `reload`, pages load themselves anew when
/// their files have changed; for `cargo xtask dev` only.
pub fn build(profile: Profile, reload: bool) -> Result<()> {
    let _alone = alone()?;
    let toolchain = setup::wasm::ready(profile)?;
    let node = setup::node::ready()?;
    let mut site = Site::new(profile);
    for part in [INBOX, OFFICE, CHAT] {
        step(&format!("Building the {} for the browser", part.name));
        let glue = wasm::build(&part, profile, &toolchain, &node)?;
        let wasm_url = site.add_hashed(&format!("{}.wasm", part.name), &glue.wasm()?)?;
        let script = match part.name {
            "inbox" | "office" => bundle::inbox(&glue, &wasm_url, reload, &node)?,
            _ => {
                let card_url = site.add_hashed("card.js", &bundle::card(&node)?)?;
                bundle::chat(&glue, &wasm_url, &card_url, &node)?
            }
        };
        site.add_hashed(&format!("{}.js", part.name), &script)?;
    }
    for sheet in ["inbox.css", "office.css", "chat.css", "meeting.css"] {
        site.add_hashed(sheet, &bundle::style(sheet, &node)?)?;
    }
    site.add("loader.js", &bundle::loader(&node)?)?;
    site.add("worker.js", &bundle::worker(&node)?)?;
    site.finish()
}

/// Waits until no other task builds into the same folders; holds until dropped.
fn alone() -> Result<File> {
    fs::create_dir_all("target")?;
    let file = File::create("target/assets.lock")?;
    if file.try_lock().is_err() {
        step("Waiting for another task that builds for the browser");
        file.lock()?;
    }
    Ok(file)
}
