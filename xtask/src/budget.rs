//! `cargo xtask budget`: what browsers have to load, each size with its bar.

mod table;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::assets::{self, Profile};
use table::Row;
pub use table::Table;

/// Prints the sizes. Errors when one is over its bar.
pub fn perform() -> Result<()> {
    let table = measure()?;
    println!("{table}");
    if table.broken() > 0 {
        bail!("{} of the sizes are over their bars", table.broken());
    }
    Ok(())
}

/// Builds what is released, and measures it as it is sent (brotli).
pub fn measure() -> Result<Table> {
    assets::build(Profile::Release, false)?;
    Ok(Table::new(vec![
        Row::new("loader", 2, files(&["loader.js"])?),
        Row::new(
            "open chat",
            48,
            files(&["chat.js", "chat.wasm", "chat.css"])?,
        ),
        Row::new(
            "inbox, first load",
            250,
            files(&["inbox.js", "inbox.wasm", "inbox.css"])?,
        ),
    ]))
}

fn files(names: &[&str]) -> Result<Vec<(String, u64)>> {
    names
        .iter()
        .map(|name| {
            let path = assets::compressed(name)?;
            let facts = fs::metadata(&path)
                .with_context(|| format!("cannot measure {}", path.display()))?;
            Ok(((*name).to_owned(), facts.len()))
        })
        .collect()
}
