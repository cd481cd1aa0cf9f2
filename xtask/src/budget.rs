//! `cargo xtask budget`: what browsers have to load, each size with its bar.
//!
//! Measured at a running server with the released files: every byte of every
//! answer's body, as it is sent to a browser that takes brotli.

mod served;
mod table;

use anyhow::{Context, Result, bail};

use crate::assets::{self, Profile};
use crate::server;
use served::Served;
use table::Row;
pub use table::Table;

/// Where a page names a file that it loads.
const ASSETS: &str = "/assets/";

/// Prints the sizes. Errors when one is over its bar.
pub fn perform() -> Result<()> {
    let table = measure()?;
    println!("{table}");
    if table.broken() > 0 {
        bail!("{} of the sizes are over their bar", table.broken());
    }
    Ok(())
}

/// Builds what is released, and measures it.
pub fn measure() -> Result<Table> {
    assets::build(Profile::Release, false)?;
    let served = Served::start(&server::build_debug()?)?;
    let loader = format!("/w/{}.js", served::SITE);
    let chat = format!("/w/{}/frame?lang=en", served::SITE);
    let size = served.fetch(&loader, None)?.size();
    let session = served.sign_in()?;
    // The chat is to be 52 KB again and the inbox 280: what strangers may do was bounded first.
    Ok(Table::new(vec![
        Row::new("loader", 23, vec![("script".to_owned(), size)]),
        Row::new("open chat", 540, page(&served, &chat, None)?),
        Row::new(
            "inbox, sign-in page",
            2_890,
            page(&served, "/sign-in", None)?,
        ),
        Row::new(
            "inbox, first load",
            2_890,
            page(&served, "/", Some(&session))?,
        ),
    ]))
}

/// A page and every file that it names.
fn page(served: &Served, path: &str, cookie: Option<&str>) -> Result<Vec<(String, u64)>> {
    let page = served.fetch(path, cookie)?;
    let mut parts = vec![("page, with its texts".to_owned(), page.size())];
    for file in files(&page.text()?) {
        let kind = file.rsplit_once('.').map(|(_, kind)| kind.to_owned());
        let kind = kind.with_context(|| format!("{file} has no extension"))?;
        parts.push((kind, served.fetch(&file, cookie)?.size()));
    }
    // Script, WebAssembly and style: fewer means that the page was not understood.
    if parts.len() < 4 {
        bail!("{path} names only {} files", parts.len() - 1);
    }
    Ok(parts)
}

/// The paths of the files that a page names, each once.
fn files(page: &str) -> Vec<String> {
    let mut files: Vec<String> = page
        .split(['"', '\''])
        .filter(|word| word.starts_with(ASSETS))
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    files
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn the_files_of_a_page_are_found_once() {
        let page = r#"<link href="/assets/b.css"><link rel="preload" href="/assets/a.wasm">
            <script src='/assets/a.js'></script><a href="/assets/a.wasm">"#;
        assert_eq!(
            files(page),
            ["/assets/a.js", "/assets/a.wasm", "/assets/b.css"]
        );
    }
}
