//! The folder `target/site`: what the server serves under `/assets/`, and what
//! a release carries inside.
//!
//! A file's name holds a hash of its content, so that browsers may keep it for
//! ever. `manifest.json` maps plain names to those (`inbox.js` to
//! `inbox-0123456789ab.js`). A release has `.br` and `.gz` beside each file;
//! a quick build has not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use sha2::{Digest, Sha256};

use super::Profile;

const MANIFEST: &str = "manifest.json";

/// Where the server finds the files.
const URL: &str = "/assets/";
/// Hexadecimal digits of the hash in a file's name: 48 bits.
const HASH_DIGITS: usize = 12;
const COMPRESSED: [&str; 2] = ["br", "gz"];

/// The site under construction.
pub struct Site {
    profile: Profile,
    manifest: BTreeMap<String, String>,
}

/// The folder that everything ends up in.
fn folder() -> &'static Path {
    Path::new("target/site")
}

impl Site {
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            manifest: BTreeMap::new(),
        }
    }

    /// Adds a file under a name with its hash; returns its address on the server.
    pub fn add_hashed(&mut self, name: &str, content: &[u8]) -> Result<String> {
        let digits: String = hex::encode(Sha256::digest(content))
            .chars()
            .take(HASH_DIGITS)
            .collect();
        let (stem, extension) = name
            .rsplit_once('.')
            .context("a file of the site has an extension")?;
        let file = format!("{stem}-{digits}.{extension}");
        self.put(name, file, content)
    }

    /// Adds a file under its plain name.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<String> {
        self.put(name, name.to_owned(), content)
    }

    fn put(&mut self, name: &str, file: String, content: &[u8]) -> Result<String> {
        fs::create_dir_all(folder())?;
        let path = folder().join(&file);
        let unchanged = fs::read(&path).is_ok_and(|found| found == content);
        if !unchanged {
            fs::write(&path, content)?;
        }
        if self.profile == Profile::Release {
            for encoding in COMPRESSED {
                let beside = with_encoding(&path, encoding);
                if !(unchanged && beside.is_file()) {
                    fs::write(&beside, compress(encoding, content)?)?;
                }
            }
        }
        let url = format!("{URL}{file}");
        self.manifest.insert(name.to_owned(), file);
        Ok(url)
    }

    /// Writes the manifest, and removes what is not in it.
    pub fn finish(self) -> Result<()> {
        let mut wanted = BTreeSet::from([folder().join(MANIFEST)]);
        for file in self.manifest.values() {
            let path = folder().join(file);
            if self.profile == Profile::Release {
                wanted.extend(COMPRESSED.map(|encoding| with_encoding(&path, encoding)));
            }
            wanted.insert(path);
        }
        let text = serde_json::to_string_pretty(&self.manifest)?;
        // At once, since a server that is running may read it now.
        let unfinished = Path::new("target/manifest.json.part");
        fs::write(unfinished, text)?;
        fs::rename(unfinished, folder().join(MANIFEST))?;
        for entry in fs::read_dir(folder())? {
            let path = entry?.path();
            if !wanted.contains(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// The path of a file's compressed form, `chat.js` to `chat.js.br`.
fn with_encoding(path: &Path, encoding: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(encoding);
    name.into()
}

fn compress(encoding: &str, content: &[u8]) -> Result<Vec<u8>> {
    if encoding == "br" {
        let parameters = BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            size_hint: content.len(),
            ..BrotliEncoderParams::default()
        };
        let mut compressed = Vec::new();
        brotli::BrotliCompress(&mut &*content, &mut compressed, &parameters)?;
        return Ok(compressed);
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn compressed_files_hold_the_same_content() {
        let content = "the same words, again and again; ".repeat(200).into_bytes();
        let mut unpacked = Vec::new();
        let packed = compress("br", &content).unwrap();
        assert!(packed.len() < 200);
        brotli::BrotliDecompress(&mut &*packed, &mut unpacked).unwrap();
        assert_eq!(unpacked, content);

        unpacked.clear();
        let packed = compress("gz", &content).unwrap();
        flate2::read::GzDecoder::new(&*packed)
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, content);
    }

    #[test]
    fn a_compressed_file_stands_beside_its_original() {
        assert_eq!(
            with_encoding(Path::new("a/chat.js"), "br"),
            Path::new("a/chat.js.br")
        );
    }
}
