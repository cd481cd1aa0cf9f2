//! A server of its own, to be measured from outside as a browser meets it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ureq::Agent;
use ureq::http::Response;

use crate::cluster::free_port;
use crate::program::{program, show, succeeds};

const FOLDER: &str = "target/budget";
const START_LIMIT: Duration = Duration::from_secs(30);
/// The site and the agent that the server knows. Names of usual lengths.
pub const SITE: &str = "acme";
const EMAIL: &str = "maya@example.com";
const PASSWORD: &str = "correct horse battery";
/// No page is larger.
const BODY_LIMIT: u64 = 20_000_000;

/// A running server with one site and one agent; stopped when dropped.
pub struct Served {
    process: Child,
    origin: String,
    agent: Agent,
}

/// One answer, as it came over the network.
pub struct Answer {
    pub body: Vec<u8>,
    encoding: Option<String>,
}

impl Served {
    /// Starts `binary` on an empty database.
    pub fn start(binary: &Path) -> Result<Self> {
        let folder = PathBuf::from(FOLDER);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let casella = |words: &[&str]| {
            let mut command = program(binary);
            command
                .args(words)
                .env("CASELLA_DATA_DIR", FOLDER)
                .env("CASELLA_LISTEN", &address)
                .env("CASELLA_LOG", "warn");
            command
        };
        let site = [
            "site",
            "add",
            SITE,
            "--name",
            "Acme",
            "--origin",
            "http://127.0.0.1:3001",
        ];
        let agent = [
            "agent",
            "add",
            EMAIL,
            "--name",
            "Maya Rossi",
            "--password-stdin",
        ];
        administer(&mut casella(&site), "")?;
        administer(&mut casella(&agent), PASSWORD)?;
        let process = casella(&["serve"]).stdout(Stdio::null()).spawn()?;
        let configuration = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        let mut served = Self {
            process,
            origin: format!("http://{address}"),
            agent: configuration.into(),
        };
        served.wait_until_ready()?;
        Ok(served)
    }

    /// Fetches a path as a browser would, with a cookie if one is given.
    pub fn fetch(&self, path: &str, cookie: Option<&str>) -> Result<Answer> {
        let mut request = self
            .agent
            .get(format!("{}{path}", self.origin))
            .header("accept-encoding", "br, gzip")
            .header("accept-language", "en");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let mut response = request.call()?;
        if response.status() != 200 {
            bail!("{path} answered {}", response.status());
        }
        let encoding = header(&response, "content-encoding");
        let body = response
            .body_mut()
            .with_config()
            .limit(BODY_LIMIT)
            .read_to_vec()?;
        Ok(Answer { body, encoding })
    }

    /// Signs the agent in; returns the cookie of the session.
    pub fn sign_in(&self) -> Result<String> {
        let response = self
            .agent
            .post(format!("{}/api/sign-in", self.origin))
            .header("origin", &self.origin)
            .header("content-type", "application/postcard")
            .send(&postcard(&[EMAIL, PASSWORD])?[..])?;
        let cookie = header(&response, "set-cookie").with_context(|| {
            format!("signing in answered {} without a cookie", response.status())
        })?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            if self.fetch("/readyz", None).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the server stopped at its start ({status})");
            }
            if started.elapsed() > START_LIMIT {
                bail!("the server was not ready after {START_LIMIT:?}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if !succeeds(program("kill").args(["-TERM", &self.process.id().to_string()])) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

impl Answer {
    /// In bytes, as sent.
    pub fn size(&self) -> u64 {
        u64::try_from(self.body.len()).unwrap_or(u64::MAX)
    }

    /// The text, unpacked.
    pub fn text(&self) -> Result<String> {
        let body = match self.encoding.as_deref() {
            None => self.body.clone(),
            Some("br") => {
                let mut unpacked = Vec::new();
                brotli::BrotliDecompress(&mut &*self.body, &mut unpacked)?;
                unpacked
            }
            Some(other) => bail!("the page came as {other}, though brotli was asked for"),
        };
        Ok(String::from_utf8(body)?)
    }
}

fn header<B>(response: &Response<B>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

/// Runs a command of `casella` with a line of input.
fn administer(command: &mut Command, input: &str) -> Result<()> {
    let shown = show(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "{input}")?;
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Texts in postcard's form: each behind its length, here always one byte.
fn postcard(texts: &[&str]) -> Result<Vec<u8>> {
    const LARGEST: u8 = 127;
    let mut bytes = Vec::new();
    for text in texts {
        let length = u8::try_from(text.len())
            .ok()
            .filter(|length| *length <= LARGEST);
        bytes.push(length.context("too long a text")?);
        bytes.extend_from_slice(text.as_bytes());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_behind_their_lengths() {
        assert_eq!(postcard(&["ab", ""]).unwrap(), [2, b'a', b'b', 0]);
        assert!(postcard(&["x".repeat(128).as_str()]).is_err());
    }
}
